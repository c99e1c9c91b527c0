"""The end: where the platform is, and the report that a customer signs."""

from __future__ import annotations

from pathlib import Path

import pytest

from installer.common.text import Language
from tests.tui.driver import LARGE, SMALL, Size, opened, until_shown, wizard
from tests.tui.journal import Engine
from tests.tui.recorded import Fake, plan
from tui.wizard import Wizard


@pytest.fixture
def site(tmp_path: Path) -> Wizard:
    """A site whose installation has ended well."""
    state = wizard(tmp_path, "n1")
    state.plan = plan("n1")
    engine = Engine(state.run_dir, state.plan)
    engine.begin()
    engine.do("running", "done")
    engine.finish("good")
    for lang, words in (("en", "# Acceptance report\n\ngood"), ("zh", "# 验收报告\n\n合格")):
        (state.run_dir / f"acceptance.{lang}.md").write_text(words)
    return state


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_it_says_where_the_platform_is_and_how_long_it_took(site: Wizard, lang: Language, size: Size) -> None:
    words = {
        "en": ["The platform is installed and accepted", "Container runtime", "Together"],
        "zh": ["平台已安装并通过验收", "容器运行时", "合计"],
    }
    async with opened(site, Fake(), "done", size) as pilot:
        await until_shown(pilot, *words[lang], "https://10.0.0.5:30443", "admin.token", f"acceptance.{lang}.md")


async def test_the_report_opens_in_the_language_in_use(site: Wizard) -> None:
    async with opened(site, Fake(), "done") as pilot:
        await until_shown(pilot, "https://10.0.0.5:30443")
        await pilot.press("o")
        await until_shown(pilot, "Acceptance report", "good")
        await pilot.press("f2")
        await until_shown(pilot, "验收报告", "合格")
        await pilot.press("escape")
        await until_shown(pilot, "https://10.0.0.5:30443", "平台已安装并通过验收")


async def test_from_the_end_everything_can_be_taken_back(site: Wizard) -> None:
    async with opened(site, Fake(), "done") as pilot:
        await until_shown(pilot, "https://10.0.0.5:30443")
        await pilot.press("escape")
        text = await until_shown(pilot, "►5 Install", "Roll back everything (u)")
        assert "Retry (r)" not in text
