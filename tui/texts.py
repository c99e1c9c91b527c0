"""The texts that several screens share: the names of keys, of states, of severities."""

from __future__ import annotations

from installer.common.text import Text
from installer.models.finding import Severity
from installer.models.journal import StepState

KEYS: dict[str, Text] = {
    "next": Text(en="Next", zh="下一步"),
    "back": Text(en="Back", zh="上一步"),
    "remove": Text(en="Remove machine", zh="移除机器"),
    "again": Text(en="Check again", zh="重新检查"),
    "edit": Text(en="Change", zh="修改"),
    "accept": Text(en="Accept", zh="接受"),
    "pause": Text(en="Pause", zh="暂停"),
    "resume": Text(en="Go on", zh="继续"),
    "abort": Text(en="Stop", zh="停止"),
    "retry": Text(en="Retry", zh="重试"),
    "undo_step": Text(en="Roll back", zh="回滚一步"),
    "undo_all": Text(en="Roll back all", zh="全部回滚"),
    "cancel": Text(en="Cancel", zh="取消"),
    "confirm": Text(en="Yes", zh="确定"),
    "report": Text(en="Report", zh="报告"),
    "restart": Text(en="From the start", zh="从头开始"),
    "language": Text(en="中文", zh="English"),
    "close": Text(en="Close", zh="关闭"),
}
"""What the footer calls a key, by the description of its binding; in the order shown."""

# The symbols are narrow in every terminal (not "ambiguous" in Unicode's East Asian widths), and say without colour
# what the colour says.
SEVERITY: dict[Severity, tuple[str, str, Text]] = {
    "fail": ("✗", "bold red", Text(en="must be mended", zh="必须修复")),
    "warn": ("!", "bold yellow", Text(en="warning", zh="警告")),
    "info": ("i", "cyan", Text(en="to know", zh="提示")),
    "ok": ("✓", "green", Text(en="good", zh="正常")),
}
"""Symbol, style and name of a severity, the worst first."""

STATE: dict[StepState, tuple[str, str, Text]] = {
    "waiting": (".", "dim", Text(en="waiting", zh="等待")),
    "running": ("►", "bold cyan", Text(en="running", zh="进行中")),
    "done": ("✓", "green", Text(en="done", zh="完成")),
    "failed": ("✗", "bold red", Text(en="failed", zh="失败")),
    "undoing": ("↺", "bold yellow", Text(en="undoing", zh="撤销中")),
    "undone": ("◦", "yellow", Text(en="undone", zh="已撤销")),
    "skipped": ("-", "dim", Text(en="skipped", zh="跳过")),
}
"""Symbol, style and name of a step's state."""

WHY = Text(en="Why", zh="原因")
FIX = Text(en="What to do", zh="处理办法")
WHERE = Text(en="Where", zh="位置")
SEEN = Text(en="Seen", zh="实测")


def duration(seconds: float) -> str:
    """`8 s`, `2:05` (minutes and seconds), `1:02:05`: short, and the same in every language."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
