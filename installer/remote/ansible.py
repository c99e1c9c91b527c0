"""Running one role on some nodes by Ansible, as events and one result per node."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from installer.common.errors import SlipwayError
from installer.common.files import write_atomic
from installer.common.paths import ROOT
from installer.common.text import Text
from installer.models.node import NodeAccess
from installer.remote.base import PATH
from installer.remote.orphans import MARK

TaskState = Literal["started", "ok", "changed", "skipped", "ignored", "failed", "unreachable"]


@dataclass(frozen=True)
class RoleEvent:
    """A task on a node changed its state. `message`: what it said when it failed."""

    node: str
    task: str
    state: TaskState
    message: str = ""


@dataclass(frozen=True)
class RoleResult:
    """How a role ended on one node."""

    changed: int
    error: SlipwayError | None = None


def run_role(
    role: str,
    nodes: Sequence[NodeAccess],
    variables: Mapping[str, Any],
    run_dir: Path,
    on_event: Callable[[RoleEvent], None],
    *,
    others: Sequence[NodeAccess] = (),
    stop: threading.Event | None = None,
) -> dict[str, RoleResult]:
    """Run `roles/ROLE` on `nodes` at once; a node that fails does not stop the others.

    Args:
        variables: of the role; they may hold secrets: they reach Ansible by a private file that is deleted afterwards.
        on_event: called from a thread of its own for each event.
        others: nodes to which tasks may be delegated.
        stop: when set, the role is ended at once.

    Raises:
        SlipwayError: Ansible itself could not run the role (a fault in the role or of the environment).
    """
    (run_dir / "logs").mkdir(parents=True, exist_ok=True, mode=0o700)
    log = run_dir / "logs" / f"{role}.log"
    with tempfile.TemporaryDirectory(dir=run_dir, prefix=".ansible.") as name:
        folder = Path(name).resolve()
        home = run_dir.resolve()
        files = {
            "inventory.json": {"all": {"hosts": {node.name: _host(node) for node in (*others, *nodes)}}},
            "play.json": [_play(role, nodes, home)],
            "variables.json": {**variables, "run_dir": str(home)},
        }
        for file, content in files.items():
            write_atomic(folder / file, json.dumps(content, ensure_ascii=False), mode=0o600)
        (folder / "ansible.cfg").write_text(_configuration(folder, len(nodes), home))
        outcome = _Outcome(on_event, log)
        code = _execute(folder, home, outcome, stop)
    if stop and stop.is_set():
        raise SlipwayError(Text(en="the role {role} was stopped", zh="角色 {role} 已被中止").format(role=role))
    if outcome.incomplete(nodes):
        raise SlipwayError(
            Text(en="Ansible did not finish the role {role}", zh="Ansible 未能完成角色 {role}").format(role=role),
            why=Text.same(f"exit code {code}: {_tail(log)}"),
            fix=Text(en="the whole output is in {log}", zh="完整输出见 {log}").format(log=log),
        )
    return {node.name: outcome.result(node) for node in nodes}


def _play(role: str, nodes: Sequence[NodeAccess], run_dir: Path) -> dict[str, Any]:
    return {
        "hosts": [node.name for node in nodes],
        "gather_facts": False,
        # The mark lets a later engine find and end what this one's death left running on the node.
        "environment": {"PATH": PATH, "LC_ALL": "C.UTF-8", MARK: str(run_dir)},
        "roles": [role],
    }


def _host(node: NodeAccess) -> dict[str, Any]:
    if node.ssh is None:
        return {"ansible_connection": "local", "ansible_become": os.geteuid() != 0}
    # Address, port, user and key are in the SSH configuration, under the node's name.
    return {"ansible_host": node.name, "ansible_become": node.ssh.user != "root"}


def _configuration(folder: Path, forks: int, run_dir: Path) -> str:
    # ssh_args without ControlPersist: Ansible then adds no connection sharing of its own, and ours is used.
    return f"""\
[defaults]
roles_path = {ROOT / "roles"}
collections_path = {folder}
callback_plugins = {ROOT / "installer/remote/callback"}
stdout_callback = slipway
interpreter_python = /usr/bin/python3
gathering = explicit
forks = {forks}
retry_files_enabled = False
local_tmp = {folder}
remote_tmp = /var/lib/slipway/tmp
host_key_checking = True
localhost_warning = False
nocows = True
[connection]
pipelining = True
[ssh_connection]
ssh_args = -F {shlex.quote(str(run_dir / "ssh/config"))}
transfer_method = piped
retries = 0
"""


def _execute(folder: Path, run_dir: Path, outcome: _Outcome, stop: threading.Event | None) -> int:
    """Run the play of `folder` in a process group of its own, feeding its events to `outcome`; returns its exit code."""
    reader, writer = os.pipe()
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
    own = {
        "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
        "ANSIBLE_HOME": str(folder),
        "SLIPWAY_EVENTS": str(writer),
        "LC_ALL": "C.UTF-8",  # Ansible refuses to start in a locale without UTF-8
        "PYTHONPATH": str(ROOT),
        MARK: str(run_dir),
    }
    words = ["playbook", "--inventory", "inventory.json", "--extra-vars", "@variables.json", "play.json"]
    with outcome.log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "ansible", *words],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=inherited | own,
            cwd=folder,
            pass_fds=[writer],
            start_new_session=True,
        )
    os.close(writer)
    follower = threading.Thread(target=outcome.follow, args=(reader,), daemon=True)
    follower.start()
    try:
        while True:
            try:
                code = process.wait(timeout=0.5 if stop else None)
                break
            except subprocess.TimeoutExpired:
                if stop and stop.is_set():
                    os.killpg(process.pid, signal.SIGTERM)
                    code = process.wait(timeout=20)
                    break
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    # A background process that Ansible left may hold the pipe: what comes after the end is not waited for.
    follower.join(timeout=5)
    return code


class _Outcome:
    """Gathers a role's events."""

    def __init__(self, on_event: Callable[[RoleEvent], None], log: Path) -> None:
        self._on_event = on_event
        self.log = log
        self._ended: dict[str, dict[str, Any]] = {}
        self._failed: dict[str, RoleEvent] = {}

    def follow(self, reader: int) -> None:
        """Read events to the end of the pipe."""
        with os.fdopen(reader) as lines, self.log.open("a") as log:
            for line in lines:
                told = json.loads(line)
                if told["state"] == "ended":
                    self._ended[told["node"]] = told
                    continue
                event = RoleEvent(**told)
                if event.state != "started":
                    log.write(f"{event.node} {event.state}: {event.task}\n{event.message and event.message + chr(10)}")
                    log.flush()
                if event.state in ("failed", "unreachable"):
                    self._failed[event.node] = event
                self._on_event(event)

    def incomplete(self, nodes: Sequence[NodeAccess]) -> bool:
        return any(node.name not in self._ended for node in nodes)

    def result(self, node: NodeAccess) -> RoleResult:
        ended = self._ended[node.name]
        bad = ended["failures"] or ended["unreachable"]
        return RoleResult(ended["changed"], self._error(node) if bad else None)

    def _error(self, node: NodeAccess) -> SlipwayError:
        event = self._failed.get(node.name, RoleEvent(node.name, "?", "failed"))
        if event.state == "unreachable":
            return _unreachable(node, event)
        if "/usr/bin/python3" in event.message and "not found" in event.message:
            return SlipwayError(
                Text(en="the node has no python3", zh="节点上没有 python3"),
                where=node.name,
                why=Text.same(event.message),
                fix=Text(
                    en="install python3 (3.9 or newer) from the node's own distribution, then run `slipway retry`",
                    zh="请从该节点的发行版安装 python3（3.9 或更新），然后运行 `slipway retry`",
                ),
            )
        return SlipwayError(
            Text(en="failed: {task}", zh="失败：{task}").format(task=event.task),
            where=node.name,
            why=Text.same(event.message or "-"),
            fix=Text(
                en="remove the cause, then run `slipway retry`; the log is {log}",
                zh="排除原因后运行 `slipway retry`；日志见 {log}",
            ).format(log=self.log),
        )


def _unreachable(node: NodeAccess, event: RoleEvent) -> SlipwayError:
    from installer.remote.ssh import explain

    if node.ssh:
        # Ansible wraps ssh's words in its own; a connection that broke off in the middle leaves none.
        return explain(node, re.split("(?:via|over) ssh:", event.message)[-1].strip() or "the connection broke off")
    return SlipwayError(
        Text(en="the node cannot be reached", zh="无法连接节点"), where=node.name, why=Text.same(event.message)
    )


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").strip().splitlines()[-5:])
