"""Lineage as lines of text, oldest first: what each thing is, and what it came from."""

from __future__ import annotations

from collections.abc import Iterator

from mlplatform.models.base import Text
from mlplatform.models.lineage import Lineage, LineageNode

KINDS = {
    "dataset": Text(en="data set", zh="数据集"),
    "model": Text(en="model", zh="模型"),
    "output": Text(en="output", zh="输出"),
    "task": Text(en="task", zh="任务"),
    "service": Text(en="service", zh="服务"),
}
MORE = Text(en="… there is more than is shown", zh="…未全部显示")


def lines(lineage: Lineage, language: str) -> Iterator[str]:
    """One line a thing; a star marks the one that was asked for."""
    names = {node.id: f"{KINDS[node.kind].of(language)} {node.name}" for node in lineage.nodes}
    for node in lineage.nodes:
        star = "*" if node.id == lineage.id else " "
        sources = [f"{names[e.source]} ({e.role})" for e in lineage.edges if e.target == node.id]
        came = "  ← " + ", ".join(sources) if sources else ""
        yield f"{star} {node.id}  {names[node.id]} {_about(node)}{came}"
    if lineage.truncated:
        yield MORE.of(language)


def _about(node: LineageNode) -> str:
    words = [node.version if node.kind in ("dataset", "model") else f"[{node.version}]" if node.state else ""]
    words.append(node.state or "")
    words.append(f"{node.seconds:.1f} s" if node.seconds is not None else "")
    words += [f"{name}={value:.4g}" for name, value in sorted(node.metrics.items())]
    return " ".join(w for w in words if w)
