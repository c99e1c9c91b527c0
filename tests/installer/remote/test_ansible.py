"""Roles through a real Ansible, on the machine itself: events, results, secrets, stopping."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from installer.common.errors import SlipwayError
from installer.models.node import NodeAccess
from installer.remote import ansible
from installer.remote.ansible import RoleEvent, run_role

NODES = [NodeAccess(name=name, address="127.0.0.1", ssh=None) for name in ("n1", "n2")]
TASKS = """\
- name: Says
  ansible.builtin.command: printenv SLIPWAY_RUN
- name: Keeps a secret
  ansible.builtin.command: "false {{ password }}"
  no_log: true
  changed_when: false
  ignore_errors: true
- name: Changes nothing
  ansible.builtin.command: 'true'
  changed_when: false
- name: Fails on one
  ansible.builtin.shell: echo the reason >&2; exit 5
  when: inventory_hostname == "n2"
- name: Goes on
  ansible.builtin.command: 'true'
"""


@pytest.fixture
def roles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "product"
    (root / "installer/remote").mkdir(parents=True)
    (root / "installer/remote/callback").symlink_to(Path(ansible.__file__).parent / "callback")
    monkeypatch.setattr(ansible, "ROOT", root)
    return root / "roles"


def role(roles: Path, name: str, tasks: str) -> None:
    (roles / name / "tasks").mkdir(parents=True)
    (roles / name / "tasks/main.yml").write_text(tasks)


def test_a_role_on_two_nodes_of_which_one_fails(roles: Path, tmp_path: Path) -> None:
    role(roles, "mixed", TASKS)
    run_dir = tmp_path / "site.run"
    events: list[RoleEvent] = []
    results = run_role("mixed", NODES, {"password": "s3cret"}, run_dir, events.append)

    assert results["n1"].error is None and results["n1"].changed == 2
    error = results["n2"].error
    assert error and error.report.where == "n2" and error.report.what.en == "failed: Fails on one"
    assert error.report.why and "the reason" in error.report.why.en
    states = [(e.task, e.state) for e in events if e.node == "n1" and e.state != "started"]
    assert states == [
        ("Says", "changed"),
        ("Keeps a secret", "ignored"),
        ("Changes nothing", "ok"),
        ("Fails on one", "skipped"),
        ("Goes on", "changed"),
    ]
    log = (run_dir / "logs/mixed.log").read_text()
    assert "the reason" in log and "s3cret" not in log
    assert not any("s3cret" in e.message for e in events)
    assert [path.name for path in run_dir.iterdir()] == ["logs"], "the private folder with the variables is gone"


def test_a_role_is_stopped_in_the_middle_of_a_task(roles: Path, tmp_path: Path) -> None:
    role(roles, "long", "- name: Waits\n  ansible.builtin.command: sleep 600\n")
    stop = threading.Event()

    def seen(event: RoleEvent) -> None:
        if event.state == "started":
            stop.set()

    with pytest.raises(SlipwayError) as caught:
        run_role("long", NODES[:1], {}, tmp_path / "site.run", seen, stop=stop)
    assert "stopped" in caught.value.report.what.en


def test_a_broken_role_is_told_with_the_words_of_ansible(roles: Path, tmp_path: Path) -> None:
    role(roles, "broken", "- name: Wrong\n  ansible.builtin.no_such_module:\n")
    with pytest.raises(SlipwayError) as caught:
        run_role("broken", NODES[:1], {}, tmp_path / "site.run", lambda event: None)
    assert caught.value.report.why and "no_such_module" in caught.value.report.why.en


def test_what_ssh_said_is_taken_out_of_ansibles_words() -> None:
    node = NodeAccess(name="n1", address="10.0.0.1")

    def why(message: str) -> str:
        error = ansible._unreachable(node, RoleEvent("n1", "task", "unreachable", message))
        assert error.report.why
        return error.report.why.en

    refused = "ssh: connect to host 10.0.0.1 port 22: Connection refused"
    assert why(f"Task failed: Failed to connect to the host via ssh: {refused}") == refused
    assert why('Data could not be sent to remote host "n1". Make sure this host can be reached over ssh: ') == (
        "the connection broke off"
    )
