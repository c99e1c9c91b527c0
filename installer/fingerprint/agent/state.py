"""The whole state of the node: every section, read at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from . import bpf, kernel, network, packetfilter, system
from .files import FileReader
from .shell import Unavailable
from .volatile import steady

HOME = "/var/lib/slipway"
KEPT = f"{HOME}/kept"

UNAVAILABLE = "unavailable"
"""The one key of a section that this node cannot tell; its value says why."""

Sections = dict[str, dict[str, str]]

FIRST: dict[str, Callable[[], dict[str, str]]] = {
    "units": system.units,
    "accounts": system.accounts,
    "packages": system.packages,
    "processes": kernel.processes,
    "cgroups": kernel.cgroups,
    "mounts": kernel.mounts,
    "bpf": bpf.bpf,
    "links": network.links,
    "addresses": network.addresses,
    "routes": network.routes,
    "rules": network.rules,
    "qdiscs": network.qdiscs,
    "iptables": packetfilter.iptables,
    "nft": packetfilter.nft,
    "listeners": kernel.listeners,
    "swap": kernel.swap,
}
LAST: dict[str, Callable[[], dict[str, str]]] = {"sysctls": kernel.sysctls, "modules": kernel.modules}
"""Reading the packet filter loads its modules, once, and modules bring settings: so these come after."""

SECTIONS = ["files", *FIRST, *LAST]


class State(NamedTuple):
    sections: Sections
    contents: dict[str, str]
    """Path → base64 of its content, or `kept:` and the hash of the copy in KEPT."""


def read(keep: Iterable[str] = ()) -> State:
    """The state of this node now."""
    files = FileReader(KEPT, keep)
    with ThreadPoolExecutor(max_workers=8) as pool:
        futures = {name: pool.submit(_section, name, reader) for name, reader in FIRST.items()}
        found = {"files": _section("files", files.read)}
        found.update({name: future.result() for name, future in futures.items()})
    found.update({name: _section(name, reader) for name, reader in LAST.items()})
    return State(found, files.contents)


def _section(name: str, reader: Callable[[], dict[str, str]]) -> dict[str, str]:
    try:
        return steady(name, reader())  # what says nothing is not even kept
    except (Unavailable, OSError) as error:
        return {UNAVAILABLE: str(error)}
