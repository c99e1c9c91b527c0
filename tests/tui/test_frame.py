"""What holds for every screen: the whole way, both languages, any terminal."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.worker import WorkerFailed

from installer.common.errors import InvalidInput, SlipwayError
from installer.common.text import Language, Text
from installer.configure import Answers, write_site
from tests.tui.driver import SMALL, enter, opened, shown, until, until_shown, wizard
from tests.tui.journal import REFUSED, Engine, at_work
from tests.tui.recorded import GOOD_KERNEL, LITTLE_MEMORY, SWAP_ON, Fake, configuration, node, plan, report
from tui.app import SCREENS, SlipwayApp
from tui.texts import KEYS, SEVERITY, STATE, duration
from tui.wizard import resumed

CHINESE = re.compile(r"[\u4e00-\u9fff]")


async def test_the_whole_way_with_the_keyboard(tmp_path: Path) -> None:
    state = wizard(tmp_path)
    state.plan = None
    engines: list[Engine] = []

    def begin(fake: Fake) -> None:
        engine = Engine(state.run_dir, plan("n1"))
        engines.append(engine)
        engine.begin()
        engine.do("running", "done")
        engine.finish("good")

    fake = Fake(reports=[report(LITTLE_MEMORY), report(SWAP_ON, GOOD_KERNEL)], on_start=begin)
    async with opened(state, fake, "nodes") as pilot:
        await enter(pilot, "machine", "root@10.0.0.5")
        await pilot.press("enter", "ctrl+n")
        await until_shown(pilot, "►2 Check", "too little memory")
        await pilot.press("f5")
        await until_shown(pilot, "✗ 0 must be mended")
        await pilot.press("ctrl+n")
        await until_shown(pilot, "►3 Configure", "metadata.name")
        await pilot.press("ctrl+n")
        await until_shown(pilot, "►4 Plan", "3 steps")
        await pilot.press("ctrl+n")
        await until_shown(pilot, "Install now?")
        await pilot.press("y")
        await until_shown(pilot, "►6 Done", "https://10.0.0.5:30443")
    assert [c.split()[0] for c in fake.calls] == [
        "open_bundle", "probe", "check", "probe", "check", "configure", "write_site", "make_plan", "install",
    ]  # fmt: skip


@pytest.mark.parametrize("screen", list(SCREENS))
async def test_every_screen_fits_the_smallest_terminal_in_one_language(
    tmp_path: Path, screen: str, lang: Language
) -> None:
    state = wizard(tmp_path, "n1", "n2")
    state.plan = plan("n1", "n2")
    engine = Engine(state.run_dir, state.plan)
    engine.begin()
    engine.do("running", "failed")
    engine.finish("failed", REFUSED)
    async with opened(state, Fake(reports=[report(LITTLE_MEMORY, SWAP_ON)]), screen) as pilot:
        await pilot.app.workers.wait_for_complete()
        close = {"en": "^q Close", "zh": "^q 关闭"}[lang]
        lines = (await until_shown(pilot, close)).splitlines()
        assert len(lines) <= 24 and all(cell_len(line) <= 80 for line in lines)
        assert cell_len(lines[-1]) < 80, "the keys must fit in the last line"
        if lang == "en":
            chinese = CHINESE.findall(shown(pilot.app).replace("中文", ""))  # type: ignore[arg-type]
            assert not chinese
        else:
            names = [text.en for key, text in KEYS.items() if key != "language"]
            assert not any(f" {name}" in lines[-1] for name in names)


@pytest.mark.parametrize("screen", list(SCREENS))
async def test_a_terminal_that_changes_its_size_is_no_trouble(tmp_path: Path, screen: str) -> None:
    state = wizard(tmp_path, "n1", "n2")
    state.plan = plan("n1", "n2")
    Engine(state.run_dir, state.plan).begin()
    async with opened(state, Fake(reports=[report(LITTLE_MEMORY)]), screen) as pilot:
        for size in ((160, 50), (40, 10), (200, 12), SMALL):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert pilot.app.size == size
        assert "^q" in shown(pilot.app)  # type: ignore[arg-type]


async def test_closing_says_that_the_run_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = wizard(tmp_path, "n1")
    state.plan = plan("n1")
    Engine(state.run_dir, state.plan).begin()
    with at_work(state.run_dir):
        async with opened(state, Fake(), "install") as pilot:
            await until_shown(pilot, "Closing this window does not stop the run")
            await pilot.press("ctrl+q")
    assert "The run goes on" in capsys.readouterr().err


async def test_a_fault_of_ours_is_told_to_the_caller_not_to_the_screen(tmp_path: Path) -> None:
    fake = Fake(reports=[report(GOOD_KERNEL)])
    fake.check = lambda facts, wizard: 1 / 0  # type: ignore[method-assign,assignment,return-value]
    app = SlipwayApp(wizard(tmp_path, "n1"), fake, "check")
    with pytest.raises(WorkerFailed):
        async with app.run_test() as pilot:
            await until(pilot, lambda: app.fault)
    assert isinstance(app.fault, ZeroDivisionError)
    assert app._exit_renderables == []


async def test_without_colour_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    fake = Fake(reports=[report(LITTLE_MEMORY, SWAP_ON, GOOD_KERNEL)])
    async with opened(wizard(tmp_path, "n1", "n2"), fake, "check") as pilot:
        await until_shown(pilot, "✗ n2", "! n1", "✓ n1", "✗ must be mended")
        styles = [s.style for strip in pilot.app.screen._compositor.render_strips() for s in strip if s.style]
        colours = {c.get_truecolor() for style in styles for c in (style.color, style.bgcolor) if c and c.triplet}
        assert all(c.red == c.green == c.blue for c in colours)


async def test_brackets_are_words_and_no_markup(tmp_path: Path) -> None:
    odd = LITTLE_MEMORY.model_copy(update={"title": Text.same("[bold]of n[2]"), "why": Text.same("[rank0]: gone")})
    broken = SlipwayError(Text.same("[red]told"), where="site[0]", why=Text.same("[rank0]: File [/x]"))
    fake = Fake(reports=[report(odd)])
    async with opened(wizard(tmp_path, "n1"), fake, "check") as pilot:
        await until_shown(pilot, "✗ n2           [bold]of n[2]", "[rank0]: gone")
        fake.broken = broken
        await pilot.press("f5")
        await until_shown(pilot, "✗ [red]told", "site[0]", "[rank0]: File [/x]")


def test_symbols_are_one_cell_wide_in_every_terminal() -> None:
    for symbol, _, _ in [*SEVERITY.values(), *STATE.values()]:
        assert unicodedata.east_asian_width(symbol) in ("N", "Na", "H"), symbol


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (59.4, "59 s"), (60, "1:00"), (125, "2:05"), (3725, "1:02:05"), (-1, "0 s")]
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


class TestResumed:
    """Where the wizard opens."""

    def test_without_a_site_at_the_beginning(self, tmp_path: Path) -> None:
        state, screen = resumed(tmp_path / "site.yaml")
        assert (state.nodes, screen) == ([], "nodes")

    def test_at_a_run_that_failed(self, tmp_path: Path) -> None:
        engine = Engine(tmp_path / "site.run", plan("n1"))
        engine.begin()
        engine.do("running", "failed")
        engine.finish("failed")
        state, screen = resumed(tmp_path / "site.yaml")
        assert screen == "install" and state.plan and len(state.plan.steps) == 3

    def test_at_a_run_that_is_at_work(self, tmp_path: Path) -> None:
        Engine(tmp_path / "site.run", plan("n1")).begin()
        with at_work(tmp_path / "site.run"):
            assert resumed(tmp_path / "site.yaml")[1] == "install"

    def test_at_the_end_of_a_good_run(self, tmp_path: Path) -> None:
        engine = Engine(tmp_path / "site.run", plan("n1"))
        engine.begin()
        engine.do("running", "done")
        engine.finish("good")
        assert resumed(tmp_path / "site.yaml")[1] == "done"

    def test_at_the_beginning_after_everything_was_taken_back(self, tmp_path: Path) -> None:
        engine = Engine(tmp_path / "site.run", plan("n1"))
        engine.begin()
        engine.do("running", "undoing", "undone")
        engine.finish("good")
        assert resumed(tmp_path / "site.yaml")[1] == "nodes"

    def test_with_a_site_its_machines_are_there(self, tmp_path: Path) -> None:
        site = configuration([node("n1", "10.0.0.5"), node("n2", "10.0.0.6")], Answers(name="shanghai"))
        write_site(tmp_path / "site.yaml", site)
        state, screen = resumed(tmp_path / "site.yaml")
        assert screen == "nodes" and state.answers.name == "shanghai" and state.bundle_path == "/bundle"
        assert [n.address for n in state.nodes] == ["10.0.0.5", "10.0.0.6"]

    def test_a_site_that_is_wrong_is_refused_with_its_line(self, tmp_path: Path) -> None:
        (tmp_path / "site.yaml").write_text("apiVersion: slipway/v1\nkind: Site\nnods: []\n")
        with pytest.raises(InvalidInput):
            resumed(tmp_path / "site.yaml")
