"""Asking the cluster's DNS from a node, with nothing on the node but Python."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from typing import Protocol

from installer.common.errors import SlipwayError
from installer.common.text import Text
from installer.models.site import Site

_ASK = r"""
import socket, struct, sys, time
server, name, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
query = struct.pack(">6H", 0x5177, 0x0100, 1, 0, 0, 0)
query += b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0" + struct.pack(">2H", 1, 1)
end, why = time.monotonic() + seconds, "no answer"
sock = socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_DGRAM)
sock.settimeout(1)  # a lost packet: ask again
while time.monotonic() < end:
    try:
        sock.sendto(query, (server, 53))
        answer = sock.recv(512)
    except OSError as error:
        why = str(error)
        if not isinstance(error, socket.timeout):
            time.sleep(0.2)  # refused at once: the service has no endpoint yet
        continue
    code, answers = answer[3] & 15, struct.unpack(">H", answer[6:8])[0]
    if code == 0 and answers:
        print(socket.inet_ntoa(answer[-4:]))
        sys.exit(0)
    why = "response code %d, %d answers" % (code, answers)
sys.exit(why)
"""


class Runner(Protocol):
    """What is needed of an `installer.remote.Remote`."""

    def run(self, script: str, *, input: bytes | None = None, timeout: float = 60, check: bool = True) -> Answer: ...


class Answer(Protocol):
    returncode: int
    stdout: bytes
    stderr: str


def dns_address(site: Site) -> str:
    """Where kubeadm puts the cluster's DNS: the tenth address of the service network."""
    return str(ip_network(site.kubernetes.service_network)[10])


def ask_dns(site: Site, remotes: Mapping[str, Runner], progress: Callable[[Text], None], seconds: float) -> None:
    """Ask CoreDNS on its cluster address, from every node at once, for the API server's address.

    Raises:
        SlipwayError: names each node that got no or a wrong answer within `seconds`, and what it got.
    """
    name = f"kubernetes.default.svc.{site.kubernetes.dns_domain}"
    server, right = dns_address(site), str(ip_network(site.kubernetes.service_network)[1])
    words = shlex.join(["python3", "-c", _ASK, server, name, str(seconds)])

    def ask(node: str) -> str:
        answer = remotes[node].run(words, timeout=seconds + 10, check=False)
        got = answer.stdout.decode().strip() or answer.stderr.strip()
        progress(Text.same(f"{node}: {name} = {got}"))
        return got

    with ThreadPoolExecutor(max_workers=len(remotes)) as pool:
        got = dict(zip(remotes, pool.map(ask, remotes), strict=True))
    wrong = {node: answer for node, answer in got.items() if answer != right}
    if wrong:
        raise SlipwayError(
            Text(en="The cluster's DNS does not answer rightly.", zh="集群 DNS 应答不正确。"),
            where=", ".join(wrong),
            why=Text(
                en="{name} asked at {server}: {got}; right is {right}",
                zh="在 {server} 查询 {name}：{got}；应为 {right}",
            ).format(name=name, server=server, right=right, got="; ".join(f"{n}: {a}" for n, a in wrong.items())),
            fix=Text(
                en="Look at: kubectl -n kube-system get pods -o wide; kubectl -n kube-system logs deployment/coredns",
                zh="请查看：kubectl -n kube-system get pods -o wide；kubectl -n kube-system logs deployment/coredns",
            ),
        )
