"""The run directory, and what is said when the inputs of a run have changed."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from installer.common.errors import SlipwayError
from installer.engine import changed_inputs, prepare, run_dir_of
from installer.engine.lock import EngineLock
from installer.plan import make_plan

from .world import FakeStage, World


def test_the_run_directory_is_private_and_holds_the_plan(tmp_path: Path) -> None:
    world = World()
    site_file = tmp_path / "site.yaml"
    site_file.write_text("the site, with its comments\n")
    plan = make_plan(world.site, tmp_path, [FakeStage("a", world)])
    run_dir = prepare(site_file, plan, None)
    assert run_dir == tmp_path / "site.run" == run_dir_of(site_file)
    assert stat.S_IMODE(run_dir.stat().st_mode) == 0o700
    assert (run_dir / "site.yaml").read_text() == site_file.read_text()
    assert type(plan).model_validate_json((run_dir / "plan.json").read_bytes()) == plan


def test_it_is_not_changed_under_an_engine(tmp_path: Path) -> None:
    world = World()
    site_file = tmp_path / "site.yaml"
    site_file.write_text("new")
    with EngineLock(run_dir_of(site_file)), pytest.raises(SlipwayError):
        prepare(site_file, make_plan(world.site, tmp_path, []), None)
    assert not (run_dir_of(site_file) / "site.yaml").exists()


def test_each_changed_value_is_named() -> None:
    old = World().site.model_dump(mode="json")
    new = World().site.model_copy(
        update={
            "profile": "lab",
            "nodes": [*World().site.nodes[:1], World().site.nodes[1].model_copy(update={"address": "10.9.9.9"})],
        }
    )
    error = changed_inputs(old, new.model_dump(mode="json"))
    assert error and error.report.why
    assert error.report.why.en.splitlines() == [
        "profile: 'standard' → 'lab'",
        "nodes[1].address: '10.0.0.2' → '10.9.9.9'",
    ]
    assert changed_inputs(old, old) is None
