"""Driving the front end in tests: what is on the screen, and waiting for it by condition."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

from textual.events import Paste
from textual.pilot import Pilot
from textual.widgets import Input

from tests.tui.recorded import Fake, node
from tui.app import SlipwayApp
from tui.wizard import Wizard

Size = tuple[int, int]
SMALL: Size = (80, 24)
LARGE: Size = (160, 50)


def shown(app: SlipwayApp) -> str:
    """The characters on the screen, line by line, as a person sees them."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


async def until(pilot: Pilot[None], condition: Callable[[], object], seconds: float = 20) -> None:
    """Let the application work until the condition holds."""
    deadline = monotonic() + seconds
    while not condition():
        assert monotonic() < deadline, f"it never came to that; the screen shows:\n{shown(pilot.app)}"  # type: ignore[arg-type]
        await pilot.pause()


async def until_shown(pilot: Pilot[None], *words: str) -> str:
    """Let the application work until all the words are on the screen; returns what is shown."""
    await until(pilot, lambda: all(word in shown(pilot.app) for word in words))  # type: ignore[arg-type]
    return shown(pilot.app)  # type: ignore[arg-type]


async def enter(pilot: Pilot[None], field: str, words: str) -> None:
    """Replace what a field holds, as by pasting."""
    widget = pilot.app.screen.query_one(f"#{field}", Input)
    widget.focus()
    widget.value = ""
    widget.post_message(Paste(words))
    await until(pilot, lambda: widget.value == words)


def wizard(folder: Path, *names: str) -> Wizard:
    """A wizard with these machines and a bundle folder that exists."""
    bundle = folder / "bundle"
    bundle.mkdir(exist_ok=True)
    (bundle / "bundle.json").write_text("{}")
    nodes = [node(name, f"10.0.0.{number}") for number, name in enumerate(names, 5)]
    return Wizard(site_file=folder / "site.yaml", nodes=nodes, bundle_path=str(bundle))


@asynccontextmanager
async def opened(wizard: Wizard, fake: Fake, first: str, size: Size = SMALL) -> AsyncIterator[Pilot[None]]:
    """The application, opened at a screen in a terminal of this size."""
    async with SlipwayApp(wizard, fake, first).run_test(size=size) as pilot:
        await pilot.pause()
        yield pilot
