from __future__ import annotations

from pathlib import Path

import pytest

from installer.common.errors import ExitCode, InvalidInput
from installer.probe.target import parse_targets


@pytest.mark.parametrize(
    ("word", "user", "address", "port"),
    [
        ("root@10.1.1.1:2222", "root", "10.1.1.1", 2222),
        ("10.1.1.1", "root", "10.1.1.1", 22),
        ("admin@host.example", "admin", "host.example", 22),
        ("[fd00::1]:22", "root", "fd00::1", 22),
        ("ops@[fe80::1%eth0]", "ops", "fe80::1%eth0", 22),
    ],
)
def test_good(word: str, user: str, address: str, port: int) -> None:
    (node,) = parse_targets([word])
    assert node.ssh is not None
    assert (node.ssh.user, node.address, node.ssh.port, node.name) == (user, address, port, "n1")


def test_local_is_this_machine() -> None:
    assert parse_targets(["local"])[0].ssh is None


@pytest.mark.parametrize(
    "word",
    [
        "",
        "a b",
        "root@",
        "x@y@z",
        "host:0",
        "host:70000",
        "host:ssh",
        "-oProxyCommand=x",
        "-l",
        "root@h;reboot",
        "fd00::1",
    ],
)
def test_bad(word: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_targets([word])
    assert caught.value.code == ExitCode.USAGE
    assert "root@10.1.1.1" in str(caught.value)


def test_the_same_machine_twice() -> None:
    with pytest.raises(InvalidInput, match="twice"):
        parse_targets(["root@10.1.1.1", "admin@10.1.1.1:22"])


def test_key_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="key file"):
        parse_targets(["h"], tmp_path / "no")
    key = tmp_path / "id"
    key.write_text("x")
    (node,) = parse_targets(["h"], key)
    assert node.ssh and node.ssh.key == str(key)
