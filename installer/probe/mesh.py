"""How the nodes see one another. Filled in after each has been read: every node tries all others at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from gevent.pool import Pool

from installer.models.facts import NodeFacts
from installer.probe import local
from installer.probe.remote import Report, ask

# Runs on a node, from stdin. A refused connection is as good as an accepted one: the packet came there and back.
TRY = r"""
python3 - <<'END_OF_PROGRAM'
import json, socket, subprocess, threading, time
TARGETS, PEERS, MTU, LIMIT = json.loads('''%s''')
opened, small = [], []

def knock(name, address, port):
    start = time.monotonic()
    try:
        socket.create_connection((address, port), timeout=LIMIT).close()
        there = True
    except ConnectionRefusedError:
        there = True
    except OSError:
        there = False
    opened.append([name, port, there, time.monotonic() - start])

def passes(address, size):
    words = ["ping", "-n", "-q", "-c", "2", "-i", "0.2", "-W", "2", "-M", "do", "-s", str(size), address]
    return subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL).returncode == 0

def weigh(name, address):
    try:
        if not passes(address, MTU - 28) and passes(address, 56):
            small.append(name)
    except OSError:
        pass  # no ping here

work = [threading.Thread(target=knock, args=t) for t in TARGETS] + [threading.Thread(target=weigh, args=p) for p in PEERS]
[t.start() for t in work]
[t.join() for t in work]
print(json.dumps([opened, small]))
END_OF_PROGRAM
"""


def look_around(
    nodes: Sequence[NodeFacts], hosts: dict[str, Any], ports: Sequence[int], limit: float
) -> dict[str, Any]:
    """The fields of `Facts` about the nodes together; `limit` in seconds for each connection."""
    reachability: dict[str, dict[str, float]] = {}
    filtered: dict[str, dict[str, list[int]]] = {}
    small: dict[str, list[str]] = {}

    def one(source: NodeFacts) -> None:
        name = source.node.name
        peers = [(n.node.name, n.node.address, n.node.ssh.port) for n in nodes if n.node.name != name and n.node.ssh]
        if not peers:
            return
        targets = [(peer, address, port) for peer, address, ssh in peers for port in (ssh, *ports)]
        mtu = source.own_interface.mtu if source.own_interface else 1500
        wanted = [targets, [(peer, address) for peer, address, _ in peers], mtu, min(limit, 5)]
        script = TRY % json.dumps(wanted)
        output = ask(hosts[name], Report, 2 * limit, script) if source.node.ssh else local.run(script, 2 * limit)
        if not output:
            return
        opened, small[name] = json.loads(output)
        reachability[name], filtered[name] = {}, {}
        for target, port, there, seconds in opened:
            if there:
                reachability[name][target] = min(seconds, reachability[name].get(target, seconds))
            else:
                filtered[name].setdefault(target, []).append(port)

    Pool().map(one, nodes)
    return {"reachability": reachability, "filtered": filtered, "small_packets_only": small}
