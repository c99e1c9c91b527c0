"""The plan: every step with its changes and how it is taken back; nothing starts without a yes."""

from __future__ import annotations

from pathlib import Path

import pytest

from installer.common.errors import SlipwayError
from installer.common.text import Language, Text
from tests.tui.driver import LARGE, SMALL, Size, opened, shown, until_shown, wizard
from tests.tui.journal import Engine, at_work
from tests.tui.recorded import Fake, plan
from tui.screens.plan import expected


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_steps_changes_and_undo_are_shown(tmp_path: Path, lang: Language, size: Size) -> None:
    words = {
        "en": [
            "5 steps, 4 changes, about 1:05",
            "Prepare the machine",
            "settings of the kernel",
            "The file is removed.",
        ],
        "zh": ["共 5 步、4 项改动，约 1:05", "准备机器", "内核参数", "删除该文件。"],
    }
    async with opened(wizard(tmp_path, "n1", "n2"), Fake(), "plan", size) as pilot:
        await until_shown(pilot, *words[lang], "/etc/prepare.conf")


async def test_only_a_yes_starts_the_engine(tmp_path: Path) -> None:
    state, fake = wizard(tmp_path, "n1"), Fake()
    async with opened(state, fake, "plan") as pilot:
        await until_shown(pilot, "3 steps")
        await pilot.press("ctrl+n")
        await until_shown(pilot, "Install now?")
        await pilot.press("escape")
        await until_shown(pilot, "3 steps")
        assert "install" not in fake.calls
        Engine(state.run_dir, plan("n1")).begin()
        with at_work(state.run_dir):
            await pilot.press("ctrl+n")
            await until_shown(pilot, "Install now?")
            await pilot.press("y")
            await until_shown(pilot, "►5 Install")
        assert "install" in fake.calls


async def test_an_engine_that_refuses_leaves_the_plan_open(tmp_path: Path) -> None:
    def refuse(fake: Fake) -> None:
        raise SlipwayError(
            Text(en="another run is at work on this site", zh="该站点已有一个任务在运行"),
            fix=Text(en="wait for its end", zh="等待其结束"),
        )

    async with opened(wizard(tmp_path, "n1"), Fake(on_start=refuse), "plan") as pilot:
        await until_shown(pilot, "3 steps")
        await pilot.press("ctrl+n")
        await until_shown(pilot, "Install now?")
        await pilot.press("y")
        await until_shown(pilot, "✗ another run is at work", "wait for its end")
        assert "►4 Plan" in shown(pilot.app)  # type: ignore[arg-type]


def test_machines_work_at_the_same_time() -> None:
    assert expected(plan("n1", "n2", "n3")) == expected(plan("n1")) == 65
