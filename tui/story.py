"""The journal as a story: one line for each event that a person may want to read."""

from __future__ import annotations

from datetime import datetime

from rich.text import Text as Line

from installer.common.text import Text
from installer.models.journal import Event, Notice, Paused, Progress, RunEnded, RunStarted, StepChanged
from installer.models.plan import Plan
from tui.texts import STATE, duration

ACTION: dict[str, Text] = {
    "install": Text(en="Installing", zh="正在安装"),
    "retry": Text(en="Going on", zh="正在继续"),
    "rollback": Text(en="Taking back", zh="正在撤销"),
}
PAUSED = Text(en="Paused", zh="已暂停")
STOPPING = Text(en="Stopping: the step at work is taken back", zh="正在停止：撤销当前步骤")
OUTCOME: dict[str, tuple[str, Text]] = {
    "good": ("✓", Text(en="ended well", zh="顺利结束")),
    "failed": ("✗", Text(en="failed", zh="失败")),
    "residue": ("!", Text(en="something is left", zh="有残留")),
    "interrupted": ("!", Text(en="stopped", zh="已停止")),
}


def story(event: Event, plan: Plan | None) -> Line | None:
    """The line of an event; None for one that says nothing by itself."""
    line = Line(clock(event.at) + " ", "dim")
    match event:
        case RunStarted():
            return line.append(str(ACTION[event.action]), "bold not dim")
        case StepChanged(state="waiting"):
            return None
        case StepChanged():
            symbol, style, name = STATE[event.state]
            took = f" ({duration(event.seconds)})" if event.seconds is not None else ""
            line.append(f"{symbol} {title(event.step, plan)}: {name}{took}", f"not dim {style}")
            return line.append(f" - {event.error.what}", "not dim") if event.error else line
        case Progress():
            return line.append(f"  {event.text}", "not dim")
        case Notice():
            return line.append(f"i {event.text}", "not dim cyan")
        case Paused():
            return line.append(str(PAUSED if event.paused else Text(en="Going on", zh="继续")))
        case RunEnded():
            symbol, words = OUTCOME[event.outcome]
            return line.append(f"{symbol} {words}", "bold not dim")


def title(step: str, plan: Plan | None) -> str:
    """What a step is called, and where it works."""
    planned = next((p for p in plan.steps if p.id == step), None) if plan else None
    if planned is None:
        return step
    return f"{planned.title} ({planned.node})" if planned.node else str(planned.title)


def stage_titles(plan: Plan | None) -> dict[str, Text]:
    return {step.stage: step.title for step in plan.steps} if plan else {}


def clock(at: str) -> str:
    """The time of day here: an engineer compares it with the watch on the wrist."""
    return datetime.fromisoformat(at).astimezone().strftime("%H:%M:%S")
