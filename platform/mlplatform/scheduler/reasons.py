"""Why something waits, in words: what is missing, and what would free it."""

from __future__ import annotations

from collections.abc import Sequence

from mlplatform.models.base import Text
from mlplatform.models.quantity import show_memory
from mlplatform.models.workload import Reason
from mlplatform.scheduler.state import Amount, Node, Pending, Running


def no_nodes() -> Reason:
    return Reason(
        code="no_nodes",
        text=Text(en="No node is ready. It starts as soon as one is.", zh="没有就绪的节点。一旦有节点就绪即会启动。"),
    )


def too_big(item: Pending, nodes: Sequence[Node]) -> Reason:
    """Even an idle platform could not run it."""
    best = ", ".join(f"{n.name}: {_show(n.total)}{' ' + n.gpu_model if n.gpu_model else ''}" for n in nodes)
    return Reason(
        code="too_big",
        text=Text(
            en="It asks for {need}; that is more than all nodes have when idle ({best}). Ask for less, or add a node.",
            zh="请求 {need}，超过所有节点空闲时的容量（{best}）。请减少请求或增加节点。",
        ).format(need=_need(item), best=best),
    )


def short(item: Pending, free: dict[str, Amount], running: Sequence[Running]) -> Reason:
    """The resources are there, but in use."""
    have = ", ".join(f"{name}: {_show(amount)}" for name, amount in sorted(free.items()))
    if running:
        names = ", ".join(f"{r.name or r.id}" for r in running[:5]) + (" …" if len(running) > 5 else "")
        frees = Text(en="It starts when enough of these end: {names}.", zh="以下任务结束后即可启动：{names}。").format(
            names=names
        )
    else:
        frees = Text(en="It starts when what starts now has ended.", zh="待当前启动的任务结束后即可启动。")
    return Reason(
        code="capacity",
        text=Text(
            en=f"It needs {{need}}; free now: {{have}}. {_safe(frees.en)}",
            zh=f"需要 {{need}}；当前空闲：{{have}}。{_safe(frees.zh)}",
        ).format(need=_need(item), have=have),
    )


def behind(ahead: Pending) -> Reason:
    """Room is kept for something that has waited too long to be overtaken any more."""
    return Reason(
        code="behind",
        text=Text(
            en="Room is being kept for {name} ({id}), which has waited longest; it starts after that.",
            zh="正在为等待最久的 {name}（{id}）预留资源；待其启动之后启动。",
        ).format(name=ahead.name or ahead.id, id=ahead.id),
    )


def _safe(words: str) -> str:
    """Names come from users and may hold braces."""
    return words.replace("{", "{{").replace("}", "}}")


def _need(item: Pending) -> str:
    one = _show(item.each) + (f" ({' / '.join(item.gpu_models)})" if item.gpu_models else "")
    return one if item.replicas == 1 else f"{item.replicas} × [{one}]"


def _show(amount: Amount) -> str:
    parts = [f"{amount.cpu / 1000:g} CPU", show_memory(max(amount.memory, 0))]
    return ", ".join([*parts, f"{amount.gpu} GPU"] if amount.gpu else parts)
