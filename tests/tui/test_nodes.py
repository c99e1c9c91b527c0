"""The first screen: machines are added and removed, and wrong input is named at its field."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from installer.common.text import Language
from tests.tui.driver import LARGE, SMALL, Size, enter, opened, shown, until_shown, wizard
from tests.tui.recorded import GOOD_KERNEL, Fake, report


@pytest.fixture
def fake() -> Fake:
    return Fake(reports=[report(GOOD_KERNEL)])


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_everything_that_is_asked_fits(tmp_path: Path, fake: Fake, lang: Language, size: Size) -> None:
    words = {
        "en": ["Add a machine", "Key file", "Bundle folder", "Site name", "Profile", "^n Next", "^q Close", "f2 中文"],
        "zh": ["添加机器", "密钥文件", "安装包目录", "站点名称", "配置类型", "^n 下一步", "^q 关闭", "f2 English"],
    }
    async with opened(wizard(tmp_path, "n1"), fake, "nodes", size) as pilot:
        await until_shown(pilot, "root@10.0.0.5", *words[lang])


async def test_machines_are_added_by_typing_and_removed(tmp_path: Path, fake: Fake) -> None:
    state = wizard(tmp_path)
    async with opened(state, fake, "nodes") as pilot:
        await until_shown(pilot, "(no machine yet)")
        await enter(pilot, "machine", "admin@10.1.1.1:2222")
        await pilot.press("enter")
        await enter(pilot, "machine", "root@10.1.1.2")
        await pilot.press("enter")
        await until_shown(pilot, "admin@10.1.1.1:2222", "root@10.1.1.2")
        assert [n.address for n in state.nodes] == ["10.1.1.1", "10.1.1.2"]
        assert len({n.name for n in state.nodes}) == 2
        pilot.app.screen.query_one("#machines").focus()
        await pilot.press("home", "delete")
        await pilot.pause()
        assert [n.address for n in state.nodes] == ["10.1.1.2"]


async def test_a_machine_is_not_added_twice(tmp_path: Path, fake: Fake) -> None:
    state = wizard(tmp_path, "n1")
    async with opened(state, fake, "nodes") as pilot:
        await enter(pilot, "machine", "root@10.0.0.5")
        await pilot.press("enter")
        await until_shown(pilot, "✗ this node is given twice")
        assert len(state.nodes) == 1


@pytest.mark.parametrize("words", ["root@", "root@10.0.0.9:99999", "a b", "root@10.0.0.9:ssh"])
async def test_an_address_that_is_none_is_refused_at_the_field(tmp_path: Path, fake: Fake, words: str) -> None:
    state = wizard(tmp_path)
    async with opened(state, fake, "nodes") as pilot:
        await enter(pilot, "machine", words)
        await pilot.press("enter")
        await until_shown(pilot, "✗")
        assert state.nodes == [] and pilot.app.screen.query_one("#machine", Input).value == words


async def test_nothing_goes_on_before_everything_is_right(tmp_path: Path, fake: Fake) -> None:
    state = wizard(tmp_path)
    async with opened(state, fake, "nodes") as pilot:
        await enter(pilot, "key", "/nonexistent/key")
        await enter(pilot, "bundle", "/nonexistent/bundle")
        await pilot.press("ctrl+n")
        await until_shown(pilot, "add at least one machine", "there is no such file", "no bundle here", "►1 Machines")
        assert pilot.app.screen.query_one("#machine", Input).has_focus
        await pilot.press("f2")
        await until_shown(pilot, "请至少添加一台机器", "没有这个文件", "这里没有安装包")
        await pilot.press("f2")
        await enter(pilot, "machine", "10.0.0.5")
        await enter(pilot, "key", __file__)
        await enter(pilot, "bundle", str(tmp_path / "bundle"))
        await pilot.press("ctrl+n")  # the machine was typed but not entered: it is taken
        await until_shown(pilot, "►2 Check")
        assert state.accesses()[0].ssh and state.accesses()[0].ssh.key == __file__


async def test_another_language_keeps_what_was_typed(tmp_path: Path, fake: Fake) -> None:
    async with opened(wizard(tmp_path, "n1"), fake, "nodes") as pilot:
        await enter(pilot, "machine", "root@10.9.9.9")
        await enter(pilot, "name", "shanghai")
        await pilot.press("f2")
        text = await until_shown(pilot, "站点名称", "root@10.9.9.9")
        assert "shanghai" in text and pilot.app.screen.query_one("#name", Input).has_focus


async def test_the_way_back_keeps_everything(tmp_path: Path, fake: Fake) -> None:
    async with opened(wizard(tmp_path, "n1"), fake, "nodes") as pilot:
        await enter(pilot, "name", "shanghai")
        await pilot.press("ctrl+n")
        await until_shown(pilot, "✓ 1 good")
        await pilot.press("escape")
        await until_shown(pilot, "►1 Machines", "shanghai", "root@10.0.0.5")
        assert "►2" not in shown(pilot.app)  # type: ignore[arg-type]
