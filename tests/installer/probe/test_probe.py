"""The helper process for real, against this machine and against sockets of ours on loopback."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from installer.common.errors import SlipwayError
from installer.common.paths import ROOT
from installer.models.facts import NodeFacts
from installer.models.node import NodeAccess, SshAccess
from installer.probe import probe

LOCAL = NodeAccess(name="here", address="127.0.0.1", ssh=None)


def at(name: str, port: int) -> NodeAccess:
    return NodeAccess(name=name, address="127.0.0.1", ssh=SshAccess(port=port, key="/nonexistent/key"))


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[tuple[int, str]]:
    """A port that accepts and never says a word, and a key to try on it."""
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1], str(key)


def silent_nodes(port: int, key: str, count: int) -> list[NodeAccess]:
    return [NodeAccess(name=f"x{n}", address="127.0.0.1", ssh=SshAccess(port=port, key=key)) for n in range(count)]


@pytest.mark.skipif(os.geteuid() != 0, reason="reading a machine needs root")
def test_this_machine() -> None:
    (node,) = probe([LOCAL], ["/usr/local/bin"]).nodes
    assert node.problem == ""
    assert node.hostname == socket.gethostname()
    assert node.memory_total == psutil.virtual_memory().total
    assert node.cpus == psutil.cpu_count()
    assert "/usr/local/bin" in node.folders
    assert abs(node.clock_offset) < 1


@pytest.mark.skipif(os.geteuid() != 0, reason="reading a machine needs root")
def test_listeners_of_this_machine_have_their_program() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        (node,) = probe([LOCAL]).nodes
        own = [x for x in node.listeners if x.port == server.getsockname()[1]]
    assert [(x.protocol, x.address, x.process) for x in own] == [("tcp", "127.0.0.1", psutil.Process().name())]


def test_problems_are_facts_and_come_one_by_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = server.getsockname()[1]
    seen: list[str] = []
    facts = probe(
        [at("no-key", 22), NodeAccess(name="closed", address="127.0.0.1", ssh=SshAccess(port=closed))],
        on_node=lambda node: seen.append(node.node.name),
    )
    assert {n.node.name: n.problem for n in facts.nodes} == {"no-key": "auth", "closed": "unreachable"}
    assert "/nonexistent/key" in facts.nodes[0].detail
    assert sorted(seen) == ["closed", "no-key"]
    assert [n.node.name for n in facts.nodes] == ["no-key", "closed"], "in the order that was asked"


def test_four_silent_nodes_take_one_time_out(silent: tuple[int, str]) -> None:
    times: list[float] = []
    start = time.monotonic()
    facts = probe(silent_nodes(*silent, 4), on_node=lambda _: times.append(time.monotonic() - start), connect_timeout=2)
    assert [n.problem for n in facts.nodes] == ["unreachable"] * 4
    assert max(times) - min(times) < 2, "all at once, not one after another"


def test_an_error_in_the_callback_ends_the_helper(silent: tuple[int, str]) -> None:
    class Stop(Exception):
        pass

    def stop(node: NodeFacts) -> None:
        raise Stop

    with pytest.raises(Stop):
        probe([at("no-key", 22), *silent_nodes(*silent, 1)], on_node=stop, connect_timeout=60)
    assert not _helpers()


def test_the_helper_ends_when_whoever_asked_is_killed(silent: tuple[int, str]) -> None:
    port, key = silent
    program = (
        "from installer.probe import probe; from installer.models.node import *\n"
        f"probe([NodeAccess(name='x', address='127.0.0.1', ssh=SshAccess(port={port}, key={key!r}))], connect_timeout=60)"
    )
    asker = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT)
    _wait(lambda: bool(_helpers(asker.pid)))
    helper = _helpers(asker.pid)[0]
    asker.kill()
    asker.wait()
    helper.wait(timeout=60)


def test_a_broken_helper_is_told(monkeypatch: pytest.MonkeyPatch, silent: tuple[int, str]) -> None:
    def kill() -> None:
        _wait(lambda: bool(_helpers()))
        _helpers()[0].send_signal(signal.SIGTERM)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(SlipwayError, match="prober stopped"):
        probe(silent_nodes(*silent, 1), connect_timeout=60)
    killer.join()


def _helpers(parent: int | None = None) -> list[psutil.Process]:
    children = psutil.Process(parent or os.getpid()).children()
    return [p for p in children if "installer.probe.helper" in " ".join(p.cmdline())]


def _wait(condition: object, limit: float = 60) -> None:
    end = time.monotonic() + limit
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "timed out"
        time.sleep(0.02)
