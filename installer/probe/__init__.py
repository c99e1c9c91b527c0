"""Nodes -> facts. The reading is done by a helper process (installer.probe.helper), because pyinfra needs gevent's
patches, which must not reach a process that also runs asyncio."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import IO

from installer.common.errors import SlipwayError
from installer.common.paths import ROOT
from installer.common.text import Text
from installer.models.facts import Facts, NodeFacts
from installer.models.node import NodeAccess
from installer.probe.request import ProbeRequest

STORAGE_PATHS = (
    "/var/lib/containerd",
    "/var/lib/kubelet",
    "/var/lib/etcd",
    "/var/lib/slipway/volumes",
    "/usr/local/bin",
)
"""The folders of an installation that hold much or must allow execution."""
CLUSTER_PORTS = (6443, 10250, 4240, 30443)
"""TCP ports that nodes open to one another; between nodes nobody need listen yet to see that nothing filters them."""


def probe(
    nodes: Sequence[NodeAccess],
    paths: Sequence[str] = STORAGE_PATHS,
    on_node: Callable[[NodeFacts], None] | None = None,
    *,
    connect_timeout: float = 10,
) -> Facts:
    """Read every node at once; a node that cannot be read has its `problem` set.

    Args:
        nodes: their names must differ.
        paths: the folders whose file systems are looked at.
        on_node: called for each node as soon as it is read, in this thread.
        connect_timeout: seconds for each of TCP, SSH's greeting and the login; a machine that is up answers in one.

    Raises:
        SlipwayError: the helper process itself failed.
    """
    request = ProbeRequest(
        nodes=list(nodes), paths=list(paths), ports=list(CLUSTER_PORTS), connect_timeout=connect_timeout
    )
    taken_at = datetime.now(UTC).isoformat(timespec="seconds")
    read: dict[str, NodeFacts] = {}
    links: dict[str, object] = {}
    with tempfile.TemporaryFile() as errors:
        helper = subprocess.Popen(
            [sys.executable, "-m", "installer.probe.helper"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,  # a Ctrl-C is for us; closing its stdin ends the helper
        )
        assert helper.stdin and helper.stdout
        overdue = threading.Timer(request.limit, helper.kill)
        overdue.start()
        try:
            helper.stdin.write(request.model_dump_json().encode() + b"\n")
            helper.stdin.flush()
            for line in helper.stdout:
                message = json.loads(line)
                if "node" in message:
                    facts = NodeFacts.model_validate(message["node"])
                    read[facts.node.name] = facts
                    if on_node:
                        on_node(facts)
                else:
                    links = message
        finally:
            overdue.cancel()
            helper.stdin.close()
            helper.kill()
            helper.wait()
            helper.stdout.close()
        missing = [node for node in nodes if node.name not in read]
        if missing and helper.returncode not in (0, -signal.SIGKILL):
            raise _broken(errors)
    for node in missing:
        facts = NodeFacts(node=node, problem="failed", detail=f"no answer within {request.limit:.0f} s")
        read[node.name] = facts
        if on_node:
            on_node(facts)
    return Facts.model_validate({"taken_at": taken_at, "nodes": [read[n.name] for n in nodes], **links})


def _broken(errors: IO[bytes]) -> SlipwayError:
    errors.seek(0)
    last = errors.read().decode(errors="replace").strip().splitlines()[-1:]
    return SlipwayError(
        Text(en="the prober stopped before it was done", zh="探测进程中途停止"),
        where="installer.probe.helper",
        why=Text.same(last[0]) if last else None,
        fix=Text(
            en="run the command again; if it stays so, delete the product's virtual environment, it is made anew",
            zh="请重新运行该命令；若仍如此，删除本产品的虚拟环境，它会自动重建",
        ),
    )
