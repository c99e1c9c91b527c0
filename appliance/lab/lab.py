"""Bringing a lab up, finding it again, taking it away."""

from __future__ import annotations

import fcntl
import re
import shutil
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from appliance.lab import host as machine
from appliance.lab import image, network
from appliance.lab.identity import KeyPair, files
from appliance.lab.models import LABEL, Lab, LabStatus, Node, container_name, folder, network_name
from appliance.lab.podman import OS_PACKAGES, VOLUMES, create_arguments, podman, query
from installer.common import ospackages
from installer.common.errors import InvalidInput, SlipwayError
from installer.common.files import write_atomic
from installer.common.text import Text

NODES_AT_MOST = 20
"""A node with Kubernetes takes 0.5 to 1.8 GB; more than this nobody rehearses on one machine."""

BOOT_SECONDS = 90.0
"""A node answers on SSH 2 to 4 s after its start; a busy machine takes longer."""

START_SECONDS = 60.0
"""Podman starts a container in less than one."""

Progress = Callable[[Text], None]


def up(
    name: str, nodes: int = 1, *, memory: int | None = None, yes: bool = False, progress: Progress = lambda text: None
) -> Lab:
    """Give a lab of running machines: makes it, or boots the stopped nodes of the one that is there.

    Args:
        name: lower-case letters, digits and dashes, at most 20.
        nodes: how many machines, n1 … nN.
        memory: the most that one node may use, in bytes; None: no limit.
        yes: install missing OS packages without asking.
        progress: told what is being done.

    Raises:
        InvalidInput: a wrong name or number, or a lab of that name that is different.
        SlipwayError: a node did not come up; its journal's end is in the error. Nothing is left of the lab.
    """
    _validate(name, nodes)
    ospackages.ensure(
        OS_PACKAGES, yes=yes, reason=Text(en="the lab runs its machines with them", zh="实验机由它们运行")
    )
    if found := {status.name: status for status in listing()}.get(name):
        lab = _same(found, nodes)
        with _lock("host"):
            machine.prepare(machine.look(), folder() / "host.json")  # after a reboot its mounts are gone
    else:
        progress(Text(en="building the machines' root file system", zh="构建机器的根文件系统"))
        with _lock("image"):
            node_image = image.ensure()
        try:
            lab = _make(name, nodes, node_image, memory)
        except BaseException:
            down(name)
            raise
    progress(Text(en="booting {count} machines in {subnet}", zh="启动 {subnet} 中的 {count} 台机器").format(count=nodes, subnet=lab.subnet))  # fmt: skip
    try:
        boot(lab.nodes)
    except BaseException:
        if not found:
            down(name)
        raise
    return lab


def get(name: str) -> Lab:
    """The lab called `name`, from its record.

    Raises:
        InvalidInput: there is none.
    """
    try:
        return Lab.model_validate_json((folder() / name / "lab.json").read_text())
    except FileNotFoundError:
        raise InvalidInput(
            Text(en="there is no lab called {name}", zh="没有名为 {name} 的实验机").format(name=name),
            fix=Text(en="`slipway lab list` shows those there are", zh="用 `slipway lab list` 查看已有的"),
        ) from None


def listing() -> list[LabStatus]:
    """Every lab with a record or with remains: what is there of it, by podman's word."""
    recorded = {path.parent.name: get(path.parent.name) for path in sorted(folder().glob("*/lab.json"))}
    seen: dict[str, dict[str, str]] = {name: {} for name in recorded}
    if shutil.which("podman"):
        label = f"--filter=label={LABEL}"
        for container in query("ps", "--all", label):
            lab = container["Labels"][LABEL]
            node = container["Names"][0].removeprefix(container_name(lab, ""))
            seen.setdefault(lab, {})[node] = container["State"]
        for thing in [*query("volume", "ls", label), *query("network", "ls", label)]:
            seen.setdefault((thing.get("Labels") or thing["labels"])[LABEL], {})
    for name, record in recorded.items():
        seen[name] = {node.name: seen[name].get(node.name, "absent") for node in record.nodes} | seen[name]
    return [LabStatus(name=name, lab=recorded.get(name), nodes=nodes) for name, nodes in sorted(seen.items())]


def down(name: str) -> None:
    """Take a lab away, whole or half there: containers, volumes, network, record.

    With the last lab, and when podman runs nothing else, the machine under them is put back to what it was.
    """
    if shutil.which("podman"):
        label = f"--filter=label={LABEL}={name}"
        containers = [container["Names"][0] for container in query("ps", "--all", label)]
        if containers:
            podman("rm", "--force", "--time", "0", *containers)
        if volumes := [volume["Name"] for volume in query("volume", "ls", label)]:
            podman("volume", "rm", "--force", *volumes)
        if networks := [net["name"] for net in query("network", "ls", label)]:
            podman("network", "rm", "--force", *networks)
    with _lock("host"):
        shutil.rmtree(folder() / name, ignore_errors=True)
        if not listing() and not (shutil.which("podman") and query("ps", "--all")):
            machine.put_back(folder() / "host.json")


def boot(nodes: Iterable[Node]) -> None:
    """Start nodes side by side and wait until each answers on SSH.

    Raises:
        SlipwayError: one did not within BOOT_SECONDS.
    """
    nodes = list(nodes)
    podman("start", *(node.container for node in nodes), timeout=START_SECONDS)
    with ThreadPoolExecutor(max_workers=len(nodes)) as pool:
        list(pool.map(wait_for_ssh, nodes))


def _make(name: str, count: int, node_image: str, memory: int | None) -> Lab:
    """Everything of a new lab but its boot; the record is there before anything else."""
    host = machine.look()
    login, host_keys = KeyPair.new(), [KeyPair.new() for _ in range(count)]
    home = folder() / name
    with _lock("host"):
        machine.prepare(host, folder() / "host.json")
        subnet = network.free_subnet(network.taken_subnets())
        addresses = [str(subnet[10 + number]) for number in range(1, count + 1)]
        lab = Lab(
            name=name,
            subnet=str(subnet),
            nodes=[
                Node(name=f"n{i}", address=address, container=container_name(name, f"n{i}"), host_key=host_key.public)
                for i, (address, host_key) in enumerate(zip(addresses, host_keys, strict=True), start=1)
            ],
            key=home / "key",
            known_hosts=home / "known_hosts",
            cgroup_version=host.cgroup_version,
            limits_fixed=host.limits_fixed,
        )
        home.mkdir(mode=0o700)
        write_atomic(lab.key, login.private, mode=0o600)
        write_atomic(lab.known_hosts, "".join(f"{node.address} {node.host_key}\n" for node in lab.nodes))
        write_atomic(home / "lab.json", lab.model_dump_json(indent=2))
        podman("network", "create", "--internal", "--disable-dns", "--subnet", lab.subnet,
               "--gateway", str(subnet[1]),
               "--label", f"{LABEL}={name}", network_name(name))  # fmt: skip

    def create(node: Node, host_key: KeyPair) -> None:
        for volume in VOLUMES:
            podman("volume", "create", "--label", f"{LABEL}={name}", f"{node.container}-{volume}")
        podman(*create_arguments(lab=name, node=node.name, container=node.container, address=node.address,
                                 image=node_image, host=host, memory=memory))  # fmt: skip
        own = files(hostname=node.name, nameserver=str(subnet[1]), host_key=host_key, login=login.public)
        podman("cp", "-", f"{node.container}:/", input=own)

    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(create, lab.nodes, host_keys))
    return lab


def _validate(name: str, nodes: int) -> None:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?", name):
        raise InvalidInput(
            Text(en="{name!r} is no name for a lab", zh="{name!r} 不能用作实验机名称").format(name=name),
            fix=Text(
                en="use lower-case letters, digits and dashes, at most 20", zh="请用小写字母、数字和连字符，最多 20 个"
            ),
        )
    if not 1 <= nodes <= NODES_AT_MOST:
        raise InvalidInput(
            Text(
                en="a lab has 1 to {most} machines, not {nodes}", zh="实验机数量为 1 到 {most} 台，不能是 {nodes}"
            ).format(most=NODES_AT_MOST, nodes=nodes)
        )


def _same(found: LabStatus, nodes: int) -> Lab:
    """The existing lab, if it is what was asked for."""
    if found.lab is None or "absent" in found.nodes.values():
        what = Text(en="the lab {name} is there only in part", zh="实验机 {name} 只剩一部分")
    elif len(found.lab.nodes) != nodes:
        what = Text(
            en="there is a lab {name} with {count} machines already", zh="已有名为 {name} 的实验机，共 {count} 台"
        )
        what = what.format(name=found.name, count=len(found.lab.nodes))
    else:
        return found.lab
    raise InvalidInput(
        what.format(name=found.name),
        fix=Text(en="take it down first: `slipway lab down {name}`", zh="请先拆除：`slipway lab down {name}`").format(
            name=found.name
        ),
    )


def wait_for_ssh(node: Node) -> None:
    """Return when the node answers on SSH.

    Raises:
        SlipwayError: it did not within BOOT_SECONDS; the end of its journal is in the error.
    """
    deadline = time.monotonic() + BOOT_SECONDS
    cause: object = ""
    while time.monotonic() < deadline:
        try:
            with socket.create_connection((node.address, 22), timeout=5) as connection:
                if connection.recv(4) == b"SSH-":
                    return
        except OSError as error:
            cause = error
            time.sleep(0.1)  # refused at once while sshd is not up yet: do not spin
    raise SlipwayError(
        Text(en="the machine does not answer on SSH after {seconds:.0f} s", zh="机器启动 {seconds:.0f} 秒后仍无 SSH 应答").format(seconds=BOOT_SECONDS),
        where=f"{node.name} ({node.address})",
        why=Text.same(f"{cause}\n{_journal_tail(node)}"),
    )  # fmt: skip


def _journal_tail(node: Node) -> str:
    try:
        return podman("exec", node.container, "journalctl", "--no-pager", "-n", "20", timeout=20)
    except SlipwayError as error:
        return str(error)


@contextmanager
def _lock(what: str) -> Iterator[None]:
    """One at a time on this machine; the kernel frees it when the process dies."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder() / f".{what}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
