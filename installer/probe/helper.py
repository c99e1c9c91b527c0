from gevent import monkey

monkey.patch_all()  # before anything else is imported: pyinfra's time-outs and its parallelism need it
# ruff: noqa: E402
"""The helper process of `installer.probe`: a request as one JSON line on stdin, JSON lines on stdout, one a node as it is
read, then one about the links between them. It ends when its stdin does."""

import json
import logging
import os
import shlex
import sys
import tempfile
from pathlib import Path
from typing import Any

import gevent
from gevent import socket as gevent_socket
from gevent.pool import Pool

from installer.models.facts import NodeFacts
from installer.models.node import NodeAccess
from installer.probe import local, parse
from installer.probe.request import REPORT, ProbeRequest


def main() -> None:
    logging.disable(logging.CRITICAL)  # pyinfra and paramiko would tell in words what we tell as facts
    request = ProbeRequest.model_validate_json(sys.stdin.buffer.readline())
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever prints by itself must not get between our lines
    gevent.spawn(_end_with_stdin)

    def emit(message: dict[str, Any]) -> None:
        out.write(json.dumps(message, ensure_ascii=False) + "\n")
        out.flush()

    script = f"PATHS={shlex.quote(' '.join(request.paths))}\n{REPORT.read_text()}"
    if all(node.ssh is None for node in request.nodes):
        for node in request.nodes:
            emit({"node": _read_local(node, script, request.report_timeout).model_dump(mode="json")})
        return
    from installer.probe import remote  # pyinfra takes a second to import
    from installer.probe.mesh import look_around

    with tempfile.TemporaryDirectory(prefix="slipway-probe.") as folder:
        hosts = remote.hosts([n for n in request.nodes if n.ssh], Path(folder), request.connect_timeout)
        read: list[NodeFacts] = []

        def one(node: NodeAccess) -> None:
            if node.ssh:
                facts = remote.read(node, hosts[node.name], script, request.report_timeout)
            else:
                facts = _read_local(node, script, request.report_timeout)
            read.append(facts)
            emit({"node": facts.model_dump(mode="json")})

        Pool().map(one, request.nodes)
        emit(look_around([f for f in read if not f.problem], hosts, request.ports, request.connect_timeout))


def _read_local(node: NodeAccess, script: str, limit: float) -> NodeFacts:
    if not local.is_root():
        return NodeFacts(node=node, problem="no-root", detail=f"uid {os.geteuid()}")
    return parse.node_facts(node, local.run(script, limit)).model_copy(update=local.facts())


def _end_with_stdin() -> None:
    """Leave at once when whoever asked has gone."""
    while True:
        gevent_socket.wait_read(0)
        if not os.read(0, 4096):
            os._exit(1)


if __name__ == "__main__":
    main()
