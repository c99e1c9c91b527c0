"""The run: followed from its journal, controlled, lost and found again, taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Button

from installer.common.errors import SlipwayError
from installer.common.text import Language, Text
from installer.models.plan import Plan
from tests.tui.driver import LARGE, SMALL, Size, opened, shown, until, until_shown, wizard
from tests.tui.journal import REFUSED, Engine, at_work
from tests.tui.recorded import Fake, plan
from tui.log import StoryLog
from tui.wizard import Wizard

RUNTIME = "nodes/n2/runtime"


@pytest.fixture
def site(tmp_path: Path) -> Wizard:
    state = wizard(tmp_path, "n1", "n2")
    state.plan = plan("n1", "n2")
    return state


@pytest.fixture
def engine(site: Wizard) -> Engine:
    assert isinstance(site.plan, Plan)
    return Engine(site.run_dir, site.plan)


def half_way(engine: Engine) -> None:
    """Both machines are prepared; the runtime is being laid down."""
    engine.begin()
    for name in ("n1", "n2"):
        engine.enter(f"nodes/{name}/prepare", "running")
        engine.enter(f"nodes/{name}/prepare", "done")
    for name in ("n1", "n2"):
        engine.enter(f"nodes/{name}/runtime", "running")
        engine.say(f"nodes/{name}/runtime", "importing images", "导入镜像")


def failed(engine: Engine) -> None:
    half_way(engine)
    engine.enter("nodes/n1/runtime", "done")
    engine.enter(RUNTIME, "failed", REFUSED)
    engine.finish("failed", REFUSED)


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_a_run_at_work_is_shown_machine_by_machine(
    site: Wizard, engine: Engine, lang: Language, size: Size
) -> None:
    words = {
        "en": ["Container runtime", "importing images", "2 of 5 steps done", "Closing this window does not stop"],
        "zh": ["容器运行时", "导入镜像", "已完成 2/5 步", "关闭此窗口不会停止运行"],
    }
    half_way(engine)
    with at_work(site.run_dir):
        async with opened(site, Fake(), "install", size) as pilot:
            text = await until_shown(pilot, *words[lang], "1/3")
            line = next(line for line in text.splitlines() if words[lang][0] in line)
            assert line.count("►") == 2 and "/20 s" in line
            assert text.count("✓ 0 s") == 2


async def test_events_appear_as_they_are_written(site: Wizard, engine: Engine) -> None:
    half_way(engine)
    with at_work(site.run_dir):
        async with opened(site, Fake(), "install") as pilot:
            await until_shown(pilot, "2 of 5 steps done")
            engine.enter("nodes/n1/runtime", "done")
            engine.enter(RUNTIME, "done")
            engine.enter("cluster/network", "running")
            engine.say("cluster/network", "waiting for Cilium", "等待 Cilium")
            await until_shown(pilot, "4 of 5 steps done", "Network (Cilium)", "waiting for Cilium")


async def test_the_end_of_a_good_run_opens_the_last_screen(site: Wizard, engine: Engine) -> None:
    half_way(engine)
    with at_work(site.run_dir):
        async with opened(site, Fake(), "install") as pilot:
            await until_shown(pilot, "2 of 5 steps done")
            engine.do("done")
            engine.finish("good")
            await until_shown(pilot, "►6 Done", "https://10.0.0.5:30443")


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_a_failure_shows_all_of_it_and_the_choices(
    site: Wizard, engine: Engine, lang: Language, size: Size
) -> None:
    words = {
        "en": ["containerd does not start", "the disk is full", "make 3 GiB of room", "Retry (r)", "Roll back everything (u)"],
        "zh": ["containerd 无法启动", "磁盘已满", "请在 /var 腾出 3 GiB 空间", "重试 (r)", "全部回滚 (u)"],
    }  # fmt: skip
    failed(engine)
    async with opened(site, Fake(), "install", size) as pilot:
        text = await until_shown(pilot, *words[lang], "n2")
        assert "Closing this window" not in text and "✗" in text


async def test_retry_starts_the_engine_and_follows_it_to_a_good_end(site: Wizard, engine: Engine) -> None:
    failed(engine)

    def go_on(fake: Fake) -> None:
        engine.begin("retry")
        engine.do("done")
        engine.finish("good")

    async with opened(site, Fake(on_start=go_on), "install") as pilot:
        await until_shown(pilot, "Retry (r)")
        assert isinstance(pilot.app.focused, Button) and pilot.app.focused.id == "retry"
        await pilot.press("enter")
        await until_shown(pilot, "►6 Done")


async def test_an_engine_that_cannot_start_says_why(site: Wizard, engine: Engine) -> None:
    failed(engine)

    def refuse(fake: Fake) -> None:
        raise SlipwayError(Text(en="another run is at work on this site", zh="该站点已有一个任务在运行"))

    async with opened(site, Fake(on_start=refuse), "install") as pilot:
        await until_shown(pilot, "Retry (r)")
        await pilot.press("r")
        await until_shown(pilot, "✗ another run is at work on this site")
        await pilot.press("f2")
        await until_shown(pilot, "✗ 该站点已有一个任务在运行", "重试 (r)")


async def test_an_engine_that_was_killed_is_told_from_one_that_failed(site: Wizard, engine: Engine) -> None:
    half_way(engine)  # and nobody holds the lock
    async with opened(site, Fake(), "install") as pilot:
        await until_shown(pilot, "the engine stopped in the middle", "Retry (r)")


async def test_rolling_everything_back_asks_and_shows_the_proof(site: Wizard, engine: Engine) -> None:
    failed(engine)

    def take_back(fake: Fake) -> None:
        engine.begin("rollback")
        engine.do("undoing", "undone")
        for name in ("n1", "n2"):
            engine.notice(f"{name}: equal to its first fingerprint", f"{name}：与最初的指纹一致")
        engine.finish("good")

    fake = Fake(on_start=take_back)
    async with opened(site, fake, "install") as pilot:
        await until_shown(pilot, "Roll back everything (u)")
        await pilot.press("u")
        await until_shown(pilot, "Take back everything")
        await pilot.press("n")
        await until_shown(pilot, "Retry (r)")
        assert "undo_all" not in fake.calls
        await pilot.press("u")
        await until_shown(pilot, "Take back everything")
        await pilot.press("y")
        text = await until_shown(
            pilot,
            "✓ Everything has been taken back",
            "✓ n1: equal to its first fingerprint",
            "✓ n2: equal to its first fingerprint",
        )
        assert "undo_all" in fake.calls and "Retry (r)" not in text and "undone" in text
        await pilot.press("ctrl+n")
        await until_shown(pilot, "►1 Machines")


async def test_what_a_rollback_left_is_listed(site: Wizard, engine: Engine) -> None:
    failed(engine)

    def leave_something(fake: Fake) -> None:
        engine.begin("rollback")
        engine.do("undoing", "undone")
        engine.notice("n1: file /etc/left.conf is still there", "n1：文件 /etc/left.conf 仍在")
        engine.finish("residue")

    async with opened(site, Fake(on_start=leave_something), "install") as pilot:
        await until_shown(pilot, "Roll back everything (u)")
        await pilot.press("u")
        await until_shown(pilot, "Take back everything")
        await pilot.press("y")
        text = await until_shown(pilot, "✗ something is left on the machines", "n1: file /etc/left.conf is still there")
        assert "has been taken back" not in text


async def test_commands_reach_the_engine(site: Wizard, engine: Engine) -> None:
    half_way(engine)
    fake = Fake()
    with at_work(site.run_dir):
        async with opened(site, fake, "install") as pilot:
            await until_shown(pilot, "p Pause", "s Stop")
            await pilot.press("p")
            await until(pilot, lambda: "send pause" in fake.calls)
            engine.pause(True)
            await until_shown(pilot, "Paused", "p Go on")
            await pilot.press("p")
            await until(pilot, lambda: "send resume" in fake.calls)
            await pilot.press("s")
            await until_shown(pilot, "Stop the run?")
            await pilot.press("y")
            text = await until_shown(pilot, "Stopping: the step at work is taken back")
            assert "send abort" in fake.calls and "s Stop" not in text
            engine.finish("interrupted")
            await until_shown(pilot, "! stopped", "Retry (r)")


async def test_closing_and_opening_again_shows_the_same_run(site: Wizard, engine: Engine) -> None:
    half_way(engine)
    with at_work(site.run_dir):
        for _ in range(2):
            async with opened(site, Fake(), "install") as pilot:
                await until_shown(pilot, "2 of 5 steps done", "importing images")
                await pilot.press("ctrl+q")
            assert pilot.app.return_code == 0


async def test_another_language_changes_the_log_too(site: Wizard, engine: Engine) -> None:
    half_way(engine)
    with at_work(site.run_dir):
        async with opened(site, Fake(), "install", LARGE) as pilot:
            await until_shown(pilot, "Prepare the machine (n1): done")
            await pilot.press("f2")
            text = await until_shown(pilot, "准备机器 (n1): 完成", "已完成 2/5 步")
            assert "Prepare the machine" not in text


async def test_twelve_machines_scroll(tmp_path: Path) -> None:
    names = [f"n{number}" for number in range(1, 13)]
    state = wizard(tmp_path, *names)
    state.plan = plan(*names)
    engine = Engine(state.run_dir, state.plan)
    engine.begin()
    engine.do("running")
    with at_work(state.run_dir):
        async with opened(state, Fake(), "install") as pilot:
            text = await until_shown(pilot, "n1", "Prepare the machine")
            assert "n12" not in text.splitlines()[5]
            await pilot.press(*["right"] * 100)
            await until(pilot, lambda: "n12" in shown(pilot.app))  # type: ignore[arg-type]
            assert "Prepare the machine" in shown(pilot.app)  # type: ignore[arg-type]


async def test_the_stage_at_work_is_in_sight(tmp_path: Path) -> None:
    state = wizard(tmp_path, "n1")
    one = plan("n1").steps[-1]
    stages = [f"stage-{number}" for number in range(30)]
    steps = [one.model_copy(update={"id": f"cluster/{s}", "stage": s, "title": Text.same(s)}) for s in stages]
    state.plan = plan("n1").model_copy(update={"steps": steps})
    engine = Engine(state.run_dir, state.plan)
    engine.begin()
    with at_work(state.run_dir):
        async with opened(state, Fake(), "install") as pilot:
            await until_shown(pilot, "stage-0")
            engine.enter("cluster/stage-25", "running")
            await until_shown(pilot, "stage-24", "stage-26", "s/40 s")


async def test_the_story_is_told_for_the_width_of_the_terminal(site: Wizard, engine: Engine) -> None:
    half_way(engine)
    engine.say("nodes/n1/runtime", "word " * 30 + "end", "词" * 90)
    with at_work(site.run_dir):
        async with opened(site, Fake(), "install", LARGE) as pilot:
            log = pilot.app.screen.query_one(StoryLog)
            for size in (SMALL, LARGE):
                await pilot.resize_terminal(*size)
                await until(pilot, lambda: log.lines and log.lines[-1].text.strip().endswith("end"))
                assert all(line.cell_length <= log.size.width for line in log.lines)
