"""Reading a node over SSH with pyinfra: connect, compare the host key, one clock reading, one report."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from paramiko import AuthenticationException, BadHostKeyException
from pyinfra.api.command import StringCommand
from pyinfra.api.config import Config
from pyinfra.api.exceptions import ConnectError, PyinfraError
from pyinfra.api.facts import FactBase, get_fact
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State

from installer.models.facts import NodeFacts, Problem
from installer.models.node import NodeAccess
from installer.probe import parse

NO_ROOT = "@@no-root"
AS_ROOT = f'if [ "$(id -u)" = 0 ]; then exec sh -s; elif sudo -n true; then exec sudo -n sh -s; else echo {NO_ROOT}; fi'


class Report(FactBase[str]):
    """What a script printed that was given on stdin and run as root; `@@no-root` where that is not allowed."""

    def command(self) -> StringCommand:
        return StringCommand(AS_ROOT)


class Clock(FactBase[float]):
    """The node's clock in seconds since the epoch. BusyBox's date knows no %N: whole seconds there."""

    def command(self) -> str:
        return "date +%s.%N"

    def process(self, output: list[str]) -> float:
        seconds, _, fraction = output[0].partition(".")
        return float(f"{seconds}.{fraction if fraction.isdigit() else 5}")


def hosts(nodes: Sequence[NodeAccess], folder: Path, connect_timeout: float) -> dict[str, Any]:
    """pyinfra's hosts by node name. `folder` takes a known_hosts file for each, with the pinned key or none."""
    if not nodes:
        return {}
    entries = [(node.name, _host_data(node, folder / f"{index}", connect_timeout)) for index, node in enumerate(nodes)]
    inventory = Inventory((entries, {}))  # type: ignore[no-untyped-call]
    state = State(inventory, Config(CONNECT_TIMEOUT=connect_timeout))  # type: ignore[no-untyped-call]
    return {host.name: host for host in state.inventory}


def _host_data(node: NodeAccess, known_hosts: Path, timeout: float) -> dict[str, Any]:
    assert node.ssh
    pinned = node.ssh.host_key
    place = node.address if node.ssh.port == 22 else f"[{node.address}]:{node.ssh.port}"
    known_hosts.write_text(f"{place} {pinned}\n" if pinned else "")
    data = {
        "ssh_hostname": node.address,
        "ssh_port": node.ssh.port,
        "ssh_user": node.ssh.user,
        # What the site says counts, not what the user's own configuration adds to it.
        "ssh_config_file": "/dev/null",
        "ssh_known_hosts_file": str(known_hosts),
        "ssh_strict_host_key_checking": "yes" if pinned else "accept-new",
        "ssh_paramiko_connect_kwargs": {"banner_timeout": timeout, "auth_timeout": timeout, "channel_timeout": timeout},
    }
    return data | ({"ssh_key": node.ssh.key} if node.ssh.key else {})


def read(node: NodeAccess, host: Any, script: str, limit: float) -> NodeFacts:
    """The facts of one node; never raises for what a node or the network does."""
    try:
        host.connect(show_errors=False, raise_exceptions=True)
    except (ConnectError, PyinfraError, OSError) as error:
        problem, detail = _why(error)
        return NodeFacts(node=node, problem=problem, detail=detail)
    key = host.connector.client.get_transport().get_remote_server_key()
    facts = _read(node, host, script, limit)
    return facts.model_copy(update={"host_key": f"{key.get_name()} {key.get_base64()}"})


def _read(node: NodeAccess, host: Any, script: str, limit: float) -> NodeFacts:
    # Of two readings the quicker one is the better: the error is at most half its round trip.
    readings = sorted(((after - before, before, clock, after) for before, clock, after in _clock(host) if clock))
    report = ask(host, Report, limit, script)
    if report is None:
        return NodeFacts(node=node, problem="failed", detail=f"the report broke off or took longer than {limit:.0f} s")
    if report.startswith(NO_ROOT):
        return NodeFacts(node=node, problem="no-root", detail=f"sudo -n: refused for {node.ssh and node.ssh.user}")
    facts = parse.node_facts(node, report)
    if not readings:
        return facts
    trip, before, clock, after = readings[0]
    return facts.model_copy(update={"clock_offset": clock - (before + after) / 2, "clock_uncertainty": trip / 2})


def _clock(host: Any) -> Iterator[tuple[float, float | None, float]]:
    for _ in range(2):
        before = time.time()
        clock = ask(host, Clock, 10)
        yield before, clock, time.time()


def ask(host: Any, fact: type[FactBase[Any]], limit: float, stdin: str | None = None) -> Any:
    """One fact of one host; None when its command failed or took longer than `limit` seconds."""
    arguments = {"_timeout": math.ceil(limit), "_ignore_errors": True} | ({"_stdin": stdin} if stdin else {})
    return get_fact(host.state, host, fact, kwargs=arguments, apply_failed_hosts=False)


def _why(error: BaseException) -> tuple[Problem, str]:
    """pyinfra turns paramiko's errors into words; the original is its context."""
    detail = " ".join(str(error).split())
    chain = []
    cause: BaseException | None = error
    while cause is not None:
        chain.append(cause)
        cause = cause.__context__
    if any(isinstance(e, BadHostKeyException) for e in chain) or "No host key for" in detail:
        return "hostkey", detail
    refused = any(isinstance(e, AuthenticationException) for e in chain) or "No authentication methods" in detail
    if refused or not isinstance(error, ConnectError | OSError):  # the rest of pyinfra's errors are of the key file
        return "auth", detail
    return "unreachable", detail
