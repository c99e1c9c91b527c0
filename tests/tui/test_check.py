"""The check screen: machine by machine, failures first, why and what to do."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from textual.widgets import OptionList

from installer.checks import registry
from installer.common.errors import SlipwayError
from installer.common.text import Language, Text
from tests.tui.driver import LARGE, SMALL, Size, opened, shown, until, until_shown, wizard
from tests.tui.recorded import GOOD_KERNEL, LITTLE_MEMORY, SWAP_ON, Fake, report


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_a_failure_says_why_and_what_to_do(tmp_path: Path, lang: Language, size: Size) -> None:
    fake = Fake(reports=[report(LITTLE_MEMORY, SWAP_ON, GOOD_KERNEL)])
    async with opened(wizard(tmp_path, "n1", "n2"), fake, "check", size) as pilot:
        assert LITTLE_MEMORY.fix and LITTLE_MEMORY.why
        text = await until_shown(pilot, str(LITTLE_MEMORY.title), str(LITTLE_MEMORY.fix.text))
        assert getattr(LITTLE_MEMORY.why, lang)[:12] in text
        assert "✗ 1" in text and "! 1" in text and "✓ 1" in text
        await pilot.press("tab", "end")  # the evidence may lie below what fits
        await until_shown(pilot, "$ cat /proc/meminfo", "2015484 kB")


async def test_a_failure_forbids_to_go_on_until_a_new_check_is_good(tmp_path: Path) -> None:
    fake = Fake(reports=[report(LITTLE_MEMORY), report(GOOD_KERNEL)])
    async with opened(wizard(tmp_path, "n1"), fake, "check") as pilot:
        await until_shown(pilot, "✗ 1 must be mended")
        await pilot.press("ctrl+n")
        assert "►2 Check" in shown(pilot.app)
        await pilot.press("f5")
        await until_shown(pilot, "✗ 0 must be mended", "✓ 1 good")
        assert fake.calls.count("probe") == 2
        await pilot.press("ctrl+n")
        await until_shown(pilot, "►3 Configure")


async def test_machines_appear_as_they_are_read(tmp_path: Path) -> None:
    fake = Fake(reports=[report(GOOD_KERNEL)], held=threading.Event())
    async with opened(wizard(tmp_path, "n1", "n2"), fake, "check") as pilot:
        text = await until_shown(pilot, "Reading the machines: 1 of 2")
        assert "reading…" in text and "8 CPU, 32.0 GiB" in text
        fake.held.set()
        await until_shown(pilot, "✓ 1 good")
        assert "reading…" not in shown(pilot.app)


async def test_a_machine_that_cannot_be_read_says_so_in_its_line(tmp_path: Path) -> None:
    fake = Fake(reports=[report(GOOD_KERNEL)], problems={"n2": "no route to host"})
    async with opened(wizard(tmp_path, "n1", "n2"), fake, "check") as pilot:
        await until_shown(pilot, "✗ unreachable: no route to host")


async def test_the_details_follow_the_chosen_line(tmp_path: Path) -> None:
    fake = Fake(reports=[report(LITTLE_MEMORY, SWAP_ON)])
    async with opened(wizard(tmp_path, "n1", "n2"), fake, "check") as pilot:
        await until_shown(pilot, "swap is on")
        await pilot.press("down")
        await until_shown(pilot, "$ swapoff -a")


async def test_an_error_of_the_probe_is_shown_with_what_to_do(tmp_path: Path) -> None:
    broken = SlipwayError(
        Text(en="the prober stopped", zh="探测中止"),
        where="installer.probe.helper",
        why=Text(en="out of memory", zh="内存耗尽"),
        fix=Text(en="check again", zh="重新检查"),
    )
    fake = Fake(reports=[report(GOOD_KERNEL)], broken=broken)
    async with opened(wizard(tmp_path, "n1"), fake, "check") as pilot:
        text = await until_shown(pilot, "✗ the prober stopped", "What to do:", "check again")
        assert "installer.probe.helper" in text and "out of memory" in text
        fake.broken = None
        await pilot.press("f5")
        await until_shown(pilot, "✓ 1 good")
        assert "the prober stopped" not in shown(pilot.app)


async def test_closing_does_not_wait_for_a_machine_that_does_not_answer(tmp_path: Path) -> None:
    fake = Fake(reports=[report(GOOD_KERNEL)], held=threading.Event())  # never set: it would wait for ever
    async with opened(wizard(tmp_path, "n1"), fake, "check") as pilot:
        await until(pilot, lambda: "probe" in fake.calls)
        await pilot.press("ctrl+q")


async def test_another_language_loses_nothing(tmp_path: Path) -> None:
    fake = Fake(reports=[report(LITTLE_MEMORY, SWAP_ON)])
    async with opened(wizard(tmp_path, "n1", "n2"), fake, "check") as pilot:
        await until_shown(pilot, "swap is on")
        await pilot.press("f2")
        text = await until_shown(pilot, "交换分区已启用", "必须修复", "下一步")
        assert "swap is on" not in text and fake.calls.count("probe") == 1


async def test_what_has_the_same_cause_is_told_under_it(tmp_path: Path) -> None:
    consequence = SWAP_ON.model_copy(update={"node": "n2"})
    cause = LITTLE_MEMORY.model_copy(update={"related": [consequence.id]})
    async with opened(
        wizard(tmp_path, "n1", "n2"), Fake(reports=[report(cause, consequence)]), "check", LARGE
    ) as pilot:
        await until_shown(pilot, "Goes with it", "swapoff -a")
        assert pilot.app.screen.query_one(OptionList).option_count == 2, "the machines"
        assert pilot.app.screen.query_one("#list", OptionList).option_count == 1


async def test_what_is_well_says_what_was_looked_at(tmp_path: Path) -> None:
    async with opened(wizard(tmp_path, "n1"), Fake(reports=[report(GOOD_KERNEL)]), "check") as pilot:
        about = registry()[GOOD_KERNEL.id].about
        await until_shown(pilot, f"✓ n1           {about}", "good: kernel 6.1")
