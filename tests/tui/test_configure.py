"""The configuration: values with reasons, changes judged at once, the file written on the way on."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input, OptionList

from installer.common.text import Language
from installer.configure.host_keys import fingerprint
from installer.models.node import SshAccess
from tests.tui.driver import LARGE, SMALL, Size, enter, opened, shown, until, until_shown, wizard
from tests.tui.recorded import Fake
from tui.screens.configure import EDITABLE, Edit, leaves


async def choose(pilot, path: str) -> None:  # type: ignore[no-untyped-def]
    """Bring the cursor of the list to a value."""
    values = pilot.app.screen.query_one(OptionList)
    await until(pilot, lambda: values.option_count)
    values.highlighted = values.get_option_index(path)
    await pilot.pause()


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_each_value_has_its_reason(tmp_path: Path, lang: Language, size: Size) -> None:
    reason = {"en": "free on every node", "zh": "所有节点均未使用"}[lang]
    async with opened(wizard(tmp_path, "n1"), Fake(), "configure", size) as pilot:
        await choose(pilot, "kubernetes.podNetwork")
        text = await until_shown(pilot, "10.244.0.0/16", reason)
        assert "✎ kubernetes.podNetwork" in text


async def test_a_wrong_value_is_refused_at_the_field_and_a_good_one_taken(tmp_path: Path) -> None:
    state = wizard(tmp_path, "n1")
    async with opened(state, Fake(), "configure") as pilot:
        await choose(pilot, "kubernetes.podNetwork")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Edit))
        await enter(pilot, "value", "10.0.0.0/16")
        await pilot.press("enter")
        await until_shown(pilot, "✗ 10.0.0.0/16 collides with 10.0.0.0/24", "name another")
        assert pilot.app.screen.query_one(Input).value == "10.0.0.0/16"
        await enter(pilot, "value", "172.20.0.0/16")
        await pilot.press("enter")
        await until_shown(pilot, "172.20.0.0/16", "as you asked")
        assert state.answers.pod_network == "172.20.0.0/16"


async def test_escape_leaves_a_value_as_it_was(tmp_path: Path) -> None:
    state = wizard(tmp_path, "n1")
    async with opened(state, Fake(), "configure") as pilot:
        await choose(pilot, "kubernetes.podNetwork")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Edit))
        await enter(pilot, "value", "172.20.0.0/16")
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, Edit))
        assert state.answers.pod_network is None and "10.244.0.0/16" in shown(pilot.app)  # type: ignore[arg-type]


async def test_what_the_machines_decide_cannot_be_changed_here(tmp_path: Path) -> None:
    async with opened(wizard(tmp_path, "n1"), Fake(), "configure") as pilot:
        await choose(pilot, "kubernetes.version")
        await pilot.press("enter")
        await pilot.pause()
        assert not isinstance(pilot.app.screen, Edit)


async def test_the_port_is_a_number_to_the_generator(tmp_path: Path) -> None:
    state = wizard(tmp_path, "n1")
    async with opened(state, Fake(), "configure") as pilot:
        await choose(pilot, "platform.port")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Edit))
        await enter(pilot, "value", "three")
        await pilot.press("enter")
        await until_shown(pilot, "✗ this is no number")
        await enter(pilot, "value", "30500")
        await pilot.press("enter")
        await until(pilot, lambda: state.answers.platform_port == 30500)


async def test_another_file_is_replaced_only_after_a_question(tmp_path: Path) -> None:
    state, fake = wizard(tmp_path, "n1"), Fake()
    state.site_file.write_text("kind: Site\n")
    async with opened(state, fake, "configure") as pilot:
        await until_shown(pilot, "metadata.name")
        await pilot.press("ctrl+n")
        await until_shown(pilot, "exists and says something else")
        await pilot.press("enter")  # the safe answer has the focus
        await until_shown(pilot, "►3 Configure", "metadata.name")
        assert "write_site" not in fake.calls
        await pilot.press("ctrl+n")
        await until_shown(pilot, "exists and says something else")
        await pilot.press("y")
        await until_shown(pilot, "►4 Plan")
        assert "write_site" in fake.calls


async def test_a_host_key_is_shown_as_people_compare_it(tmp_path: Path) -> None:
    state = wizard(tmp_path, "n1")
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
    state.nodes[0] = state.nodes[0].model_copy(update={"ssh": SshAccess(host_key=key)})
    async with opened(state, Fake(), "configure") as pilot:
        await choose(pilot, "nodes[0].ssh.hostKey")
        await until_shown(pilot, fingerprint(key), "ssh-keygen -lf")


def test_what_can_be_changed_is_in_the_file(tmp_path: Path) -> None:
    from installer.configure import Answers
    from tests.tui.recorded import configuration, node

    made = configuration([node("n1", "10.0.0.5")], Answers())
    assert set(EDITABLE) <= set(leaves(made.site))
    assert set(EDITABLE.values()) <= set(Answers.model_fields)
