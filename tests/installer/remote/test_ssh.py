"""What ssh says, as errors that name node, cause and remedy; its configuration."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from installer.common.errors import SlipwayError
from installer.models.node import NodeAccess, SshAccess
from installer.remote import SshRemote, connect
from installer.remote import ssh as ssh_module
from installer.remote.ssh import explain, fingerprint

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJMAi9DLQCtv/4tVOfw7tmXkiiphO8Fv5T8mpqCGXN7h"
FINGERPRINT = "SHA256:OKGSYa+RPJOXL2oGVQX54SrGZvFJRwjxTi7S0tCH7IA"


def node(name: str = "n1", **access: object) -> NodeAccess:
    return NodeAccess(name=name, address="10.9.9.9", ssh=SshAccess.model_validate({"host_key": KEY, **access}))


CHANGED = """\
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
Host key verification failed.
"""


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("ssh: connect to host 10.9.9.9 port 22: Connection refused", "the node cannot be reached"),
        ("ssh: connect to host 10.9.9.9 port 22: Connection timed out", "the node cannot be reached"),
        ("ssh: Could not resolve hostname nowhere: Name or service not known", "the node cannot be reached"),
        ("client_loop: send disconnect: Broken pipe", "the node cannot be reached"),
        ("Timeout, server 10.9.9.9 not responding.", "the node cannot be reached"),
        ("root@10.9.9.9: Permission denied (publickey).", "the node refused the key"),
        ('Load key "/k": invalid format\nroot@10.9.9.9: Permission denied (publickey).', "the node refused the key"),
        (CHANGED, "the node's host key is not the one that was pinned"),
        (
            "No ED25519 host key is known for n1 and you have requested strict checking.\nHost key verification failed.",
            "the node's host key is not the one that was pinned",
        ),
    ],
)
def test_what_ssh_says_becomes_a_clear_error(said: str, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssh_module, "scan_host_key", lambda *_: "")
    error = SshRemote(node(), Path("/nowhere")).connection_error(255, said)
    assert error and error.report.what.en == what
    assert error.report.where.startswith("n1")
    assert error.report.fix and error.report.fix.zh


def test_a_changed_host_key_is_told_with_both_fingerprints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssh_module, "scan_host_key", lambda *_: "ssh-ed25519 AAAA")
    error = explain(node(), CHANGED)
    assert error.report.why
    assert fingerprint(KEY) in error.report.why.en and fingerprint("ssh-ed25519 AAAA") in error.report.why.en


def test_fingerprints_are_those_of_ssh_keygen(tmp_path: Path) -> None:
    (tmp_path / "key.pub").write_text(KEY)
    told = subprocess.run(
        ["ssh-keygen", "-lf", tmp_path / "key.pub"], capture_output=True, text=True, check=True
    ).stdout
    assert fingerprint(KEY) == told.split()[1]


@pytest.mark.parametrize(("code", "said"), [(255, "my own words"), (1, "Connection refused"), (0, "")])
def test_a_script_of_its_own_return_code_is_no_connection_error(code: int, said: str) -> None:
    assert SshRemote(node(), Path("/nowhere")).connection_error(code, said) is None


def test_sudo_that_asks_for_a_password_is_told(tmp_path: Path) -> None:
    error = SshRemote(node(user="eng"), tmp_path).connection_error(1, "sudo: a password is required\n")
    assert error and error.report.what.en == "no root rights on the node"
    assert error.report.fix and "eng ALL=(ALL) NOPASSWD: ALL" in error.report.fix.en


def test_another_user_becomes_root_by_sudo(tmp_path: Path) -> None:
    assert SshRemote(node(user="eng"), tmp_path).command("true")[-1] == "exec sudo -n /bin/sh -c true"
    assert SshRemote(node(), tmp_path).command("echo 'a b'")[-1] == """exec /bin/sh -c 'echo '"'"'a b'"'"''"""


def test_the_configuration_is_what_ssh_understands(tmp_path: Path) -> None:
    """Asked of ssh itself: `ssh -G` prints what it would do."""
    run_dir = tmp_path / "a folder with 100% spaces" / ("long" * 20)
    connect([node(port=2222, user="eng", key="/keys/one two"), node("n2", host_key=None)], run_dir)
    config = run_dir / "ssh/config"
    assert stat.S_IMODE(config.stat().st_mode) == 0o600

    def options(name: str) -> dict[str, str]:
        told = subprocess.run(["ssh", "-F", config, "-G", name], capture_output=True, text=True, check=True).stdout
        return dict(line.split(" ", 1) for line in told.splitlines() if " " in line)

    first, second = options("n1"), options("n2")
    assert (first["hostname"], first["port"], first["user"]) == ("10.9.9.9", "2222", "eng")
    assert first["identityfile"] == "/keys/one two" and first["identitiesonly"] == "yes"
    assert first["batchmode"] == "yes" and first["stricthostkeychecking"] == "true"
    assert second["stricthostkeychecking"] == "accept-new"
    assert len(first["controlpath"]) + len(".0123456789abcdef") < 104
    assert (run_dir / "ssh/known_hosts").read_text() == f"n1 {KEY}\n"


def test_what_ssh_learned_of_an_unpinned_node_stays(tmp_path: Path) -> None:
    nodes = [node(), node("n2", host_key=None)]
    connect(nodes, tmp_path)
    with (tmp_path / "ssh/known_hosts").open("a") as file:
        file.write("n2 ssh-ed25519 LEARNED\n")
    connect(nodes, tmp_path)
    assert (tmp_path / "ssh/known_hosts").read_text() == f"n1 {KEY}\nn2 ssh-ed25519 LEARNED\n"


def test_a_foreign_folder_for_connections_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from installer.remote import ssh_config

    monkeypatch.setattr(ssh_config.os, "getuid", lambda: 4242)  # the folder will be root's, or whoever runs the tests
    monkeypatch.setattr(ssh_config, "Path", lambda *_: tmp_path)
    with pytest.raises(SlipwayError):
        ssh_config._sockets(tmp_path)
