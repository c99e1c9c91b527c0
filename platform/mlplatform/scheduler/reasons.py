"""Explanations in words. `brief` does not change while the rule holds, so it can be stored; `tell` is the whole, at this moment."""

from __future__ import annotations

from mlplatform.models.base import Text
from mlplatform.models.quantity import show_memory
from mlplatform.scheduler.state import UNLIMITED, Amount, Explanation, Pending, Release, Rule, State, Tenant

SHOWN = 5
"""Nodes and works that a sentence names."""
_BRIEF: dict[Rule, Text] = {
    "no_nodes": Text(
        en="No node is ready. It starts as soon as one is.", zh="没有就绪的节点。一旦有节点就绪即会启动。"
    ),
    "too_big": Text(
        en="It asks for {need}; that is more than all nodes have when idle. Ask for less, or add a node.",
        zh="请求 {need}，超过所有节点空闲时的容量。请减少请求或增加节点。",
    ),
    "over_quota": Text(
        en="It asks for {need}; that is more than the tenant {tenant} may ever use. Ask for less, or have the quota raised.",
        zh="请求 {need}，超过租户 {tenant} 的配额上限。请减少请求或提高配额。",
    ),
    "quota": Text(
        en="It needs {need}; the quota of the tenant {tenant} is in use.",
        zh="需要 {need}；租户 {tenant} 的配额已用完。",
    ),
    "capacity": Text(en="It needs {need}; there is not enough room now.", zh="需要 {need}；当前资源不足。"),
    "behind": Text(
        en="It needs {need}; starting it now would delay what is before it.",
        zh="需要 {need}；现在启动会推迟排在前面的工作。",
    ),
    "stopping": Text(
        en="It needs {need}; what holds the room is being stopped.", zh="需要 {need}；正在停止占用资源的工作。"
    ),
    "paused": Text(en="It is paused, and starts after it is resumed.", zh="已暂停，恢复后才会启动。"),
    "queue_paused": Text(
        en="Its queue is paused: nothing of it starts until an administrator resumes it.",
        zh="所在队列已暂停：管理员恢复之前不会启动其中的工作。",
    ),
}


def brief(rule: Rule, item: Pending) -> Text:
    """Which rule holds the item."""
    return _BRIEF[rule].format(need=_need(item), tenant=item.tenant)


def tell(why: Explanation, item: Pending, state: State, now: float) -> Text:
    """Rule, place in the queue, what would free it, and when."""
    parts = [brief(why.rule, item), _place(why, item, state)]
    if why.rule == "too_big":
        largest = sorted(state.nodes, key=lambda n: (n.total.gpu, n.total.cpu, n.total.memory), reverse=True)[:SHOWN]
        have = ", ".join(f"{n.name}: {show(n.total)}{' ' + n.gpu_model if n.gpu_model else ''}" for n in largest)
        parts.append(Text(en="The largest nodes: {have}.", zh="最大的节点：{have}。").format(have=have))
    if why.rule in ("quota", "over_quota"):
        tenant = next((t for t in state.tenants if t.name == item.tenant), Tenant(name=item.tenant))
        limit = Text(en="Its quota: {quota}; it may borrow: {more}.", zh="其配额：{quota}；可借用：{more}。")
        parts.append(limit.format(quota=show(tenant.quota), more=show(tenant.borrowing)))
    if why.frees:
        parts.append(_frees(why.frees, now))
    if why.expected is not None:
        start = Text(en="Expected start: in {time}.", zh="预计启动：{time}后。")
        parts.append(start.format(time=_duration(why.expected - now)))
    elif why.rule in ("quota", "capacity", "behind"):
        parts.append(
            Text(
                en="What holds the room does not end by itself: its start cannot be told.",
                zh="占用资源的工作不会自行结束，无法预计启动时间。",
            )
        )
    return Text(en=" ".join(p.en for p in parts), zh="".join(p.zh for p in parts))


def _place(why: Explanation, item: Pending, state: State) -> Text:
    queue = Text(en="service queue", zh="服务队列") if item.queue == "service" else Text(en="task queue", zh="任务队列")
    place = Text(en=f"Place {why.position} in the {queue.en}.", zh=f"位于{queue.zh}第 {why.position} 位。")
    if not why.ahead:
        return place
    name = next((p.name for p in state.pending if p.id == why.ahead), "") or why.ahead
    ahead = Text(en="Room is kept for {name} first.", zh="资源先留给 {name}。").format(name=name)
    return Text(en=f"{place.en} {ahead.en}", zh=f"{place.zh}{ahead.zh}")


def _frees(frees: tuple[Release, ...], now: float) -> Text:
    def listed(words: str, comma: str) -> str:
        return comma.join(f"{r.name or r.id or '…'} ({words.format(_duration(r.at - now))})" for r in frees[-SHOWN:])

    en, zh = listed("in {}", ", "), listed("{}后", "、")
    return Text(en=f"Room comes free when these end: {en}.", zh=f"以下工作结束后释放资源：{zh}。")


def _need(item: Pending) -> str:
    one = show(item.each) + (f" ({' / '.join(item.gpu_models)})" if item.gpu_models else "")
    return one if item.replicas == 1 else f"{item.replicas} × [{one}]"


def show(amount: Amount) -> str:
    """For people: `2 CPU, 1 GiB, 4 GPU`; what is unlimited shows as ∞."""
    cpu, memory, gpu = ("∞" if value >= UNLIMITED else None for value in amount)
    parts = [f"{cpu or format(amount.cpu / 1000, 'g')} CPU", memory or show_memory(max(amount.memory, 0))]
    return ", ".join([*parts, f"{gpu or amount.gpu} GPU"] if amount.gpu else parts)


def _duration(seconds: float) -> str:
    """Rounded up, as exact as an estimate is, in symbols that both languages use."""
    whole = max(10, -int(-seconds // 10) * 10)
    if whole < 120:
        return f"{whole} s"
    return f"{-(-whole // 60)} min" if whole < 7200 else f"{whole / 3600:.1f} h"
