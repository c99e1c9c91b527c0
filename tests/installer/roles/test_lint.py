"""What every role must be, read from its files."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from installer.common.paths import ROOT

ROLES = sorted(path for path in (ROOT / "roles").iterdir() if (path / "tasks").is_dir())
FORBIDDEN = {
    # the node's package manager and the network are not ours to use
    *("apt", "dnf", "yum", "package", "pip", "apt_repository", "yum_repository", "get_url", "uri", "git", "subversion"),
    # nor is what it holds: a blunt tool for which there is always a sharper one
    *("iptables", "reboot", "raw", "script"),
}
PLUGINS = {path.stem for path in (ROOT / "roles").glob("*/action_plugins/*.py")}
KEYWORDS = {
    *("name", "when", "register", "block", "rescue", "always", "vars", "no_log", "delegate_to", "notify", "loop"),
    *("changed_when", "failed_when", "environment", "become"),
}


def tasks_of(role: Path) -> list[dict]:
    def flat(tasks: list[dict]) -> list[dict]:
        return [t for task in tasks for t in [task, *(flat(task.get(k, [])) for k in ()), *nested(task)]]

    def nested(task: dict) -> list[dict]:
        return [t for key in ("block", "rescue", "always") for t in flat(task.get(key, []))]

    files = sorted((role / "tasks").glob("*.yml")) + sorted((role / "handlers").glob("*.yml"))
    return [task for file in files for task in flat(yaml.safe_load(file.read_text()))]


def module_of(task: dict) -> str | None:
    names = [key for key in task if key not in KEYWORDS]
    assert len(names) <= 1, f"{task['name']}: {names}"
    return names[0] if names else None


@pytest.fixture(params=ROLES, ids=lambda path: path.name)
def role(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_there_are_the_roles_of_the_installation() -> None:
    assert {path.name for path in ROLES} >= {"prepare", "deliver", "runtime", "kubelet", "init", "join"}


def test_only_builtin_modules_and_no_network(role: Path) -> None:
    for task in tasks_of(role):
        module = module_of(task)
        if module is None or module in PLUGINS:
            continue
        collection, _, name = module.rpartition(".")
        assert collection == "ansible.builtin", task["name"]
        assert name not in FORBIDDEN, task["name"]


def test_every_task_has_a_name_that_people_can_read(role: Path) -> None:
    for task in tasks_of(role):
        assert "block" in task or task.get("name", "")[:1].isupper(), task


def test_modes_are_said(role: Path) -> None:
    """A file written without a mode gets whatever the umask of the day gives."""
    for task in tasks_of(role):
        module = (module_of(task) or "").rpartition(".")[2]
        if module in ("copy", "template") or (
            module == "file" and task["ansible.builtin.file"].get("state") == "directory"
        ):
            assert "mode" in task[f"ansible.builtin.{module}"], task["name"]


def test_arguments_are_specified(role: Path) -> None:
    spec = yaml.safe_load((role / "meta/argument_specs.yml").read_text())["argument_specs"]["main"]
    assert spec["short_description"]
    for name, option in spec["options"].items():
        assert option["description"], name


def test_units_that_are_written_are_declared_as_touched(role: Path) -> None:
    touches = yaml.safe_load((role / "meta/slipway.yaml").read_text())["touches"]
    for task in tasks_of(role):
        module = (module_of(task) or "").rpartition(".")[2]
        if module in ("copy", "template") and "delegate_to" not in task:
            assert task[f"ansible.builtin.{module}"]["dest"] in touches["files"] or any(
                Path(task[f"ansible.builtin.{module}"]["dest"]).match(pattern) for pattern in touches["files"]
            ), task["name"]
        if module == "systemd_service":
            assert task["ansible.builtin.systemd_service"]["name"] in touches["units"]
