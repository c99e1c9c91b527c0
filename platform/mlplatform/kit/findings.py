"""What the kit found, and how it says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mlplatform.models.base import Text

Outcome = Literal["good", "failed", "note"]
"""A `note` is worth knowing and no breach of the contract."""
WORDS: dict[Outcome, Text] = {
    "good": Text(en="good  ", zh="通过"),
    "failed": Text(en="FAILED", zh="失败"),
    "note": Text(en="note  ", zh="提示"),
}
NOT_CHECKED = Text(
    en="Not checked here, since there is no cluster: the read-only root, the user 65532, the limits, the closed network, the image.",
    zh="此处没有集群，未检查：只读根文件系统、用户 65532、资源限制、封闭网络、镜像。",
)


@dataclass(frozen=True)
class Finding:
    """One thing that was checked."""

    check: str
    """Stable, for programs."""
    outcome: Outcome
    text: Text

    def show(self, language: str) -> str:
        return f"{WORDS[self.outcome].of(language)}  {self.check}: {self.text.of(language)}"

    def as_json(self) -> dict[str, object]:
        return {"check": self.check, "outcome": self.outcome, "text": self.text.model_dump()}


def good(findings: Sequence[Finding]) -> bool:
    """Whether the contract is kept."""
    return all(f.outcome != "failed" for f in findings)
