"""The question that a node asks, put to a small DNS server on loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from installer.cluster import dns
from installer.cluster.dns import ask_dns, dns_address
from installer.common.errors import SlipwayError
from installer.models.node import NodeAccess
from installer.models.site import Site
from installer.remote import Remote

SITE = Site.model_validate(
    {
        "metadata": {"name": "acme"},
        "bundle": {"path": "/b", "digest": "sha256:0"},
        "nodes": [{"name": "n1", "address": "10.0.0.1", "roles": ["control-plane"], "interface": "eth0"}],
        "kubernetes": {
            "version": "v1.37.2",
            "endpoint": "10.0.0.1:6443",
            "podNetwork": "10.244.0.0/16",
            "serviceNetwork": "10.96.0.0/16",
        },
    }
)


class Shell(Remote):
    """The node's Python, asking this test's server in the place of port 53 of the cluster address."""

    def __init__(self, port: int) -> None:
        super().__init__(NodeAccess(name="n1", address="127.0.0.1", ssh=None))
        self.port = port

    def command(self, script: str) -> list[str]:
        return [
            "/bin/sh",
            "-c",
            script.replace("(server, 53)", f"(server, {self.port})").replace("10.96.0.10", "127.0.0.1"),
        ]


@contextmanager
def server(code: int, address: str, lose: int = 0) -> Iterator[tuple[int, list[bytes]]]:
    asked: list[bytes] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                try:
                    query, client = sock.recvfrom(512)
                except OSError:
                    return
                asked.append(query)
                if len(asked) <= lose:
                    continue
                answers = 1 if address else 0
                head = query[:2] + bytes([0x81, 0x80 | code]) + query[4:6] + bytes([0, answers, 0, 0, 0, 0])
                record = (
                    b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x1e\x00\x04" + socket.inet_aton(address) if address else b""
                )
                sock.sendto(head + query[12:] + record, client)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield sock.getsockname()[1], asked
        finally:
            sock.close()


def quiet(_text: object) -> None: ...


def test_where_the_dns_of_a_cluster_is() -> None:
    assert dns_address(SITE) == "10.96.0.10"


def test_the_right_answer_passes_also_when_a_packet_is_lost() -> None:
    with server(0, "10.96.0.1", lose=1) as (port, asked):
        ask_dns(SITE, {"n1": Shell(port)}, quiet, seconds=10)
    assert b"\x0akubernetes\x07default\x03svc\x07cluster\x05local\x00" in asked[0]


@pytest.mark.parametrize(
    ("code", "address", "told"), [(0, "10.0.0.99", "n1: 10.0.0.99"), (3, "", "response code 3"), (0, "", "0 answers")]
)
def test_a_wrong_or_no_answer_is_told(code: int, address: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with server(code, address) as (port, _), pytest.raises(SlipwayError) as caught:
        monkeypatch.setattr(dns, "_ASK", dns._ASK.replace("float(sys.argv[3])", "0.5"))
        ask_dns(SITE, {"n1": Shell(port)}, quiet, seconds=1)
    assert caught.value.report.where == "n1"
    assert caught.value.report.why and told in caught.value.report.why.en
