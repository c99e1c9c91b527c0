"""Ansible's events as JSON lines, on the file descriptor that SLIPWAY_EVENTS names.

Loaded by Ansible by its path: it can import Ansible and the standard library only.
"""

from __future__ import annotations

import json
import os
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
    name: slipway
    type: stdout
    short_description: JSON lines for the installer
    description: Writes one JSON object for each task on each node, and one with the end of each node.
"""
_KEPT = 2000
"""Characters of a long message that are kept, at each end; the log has them all."""
_WORDS = ("msg", "stderr", "module_stderr", "stdout", "module_stdout")


class CallbackModule(CallbackBase):  # type: ignore[misc]  # Ansible has no types
    """What happened, as it happens."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "slipway"

    def __init__(self) -> None:
        super().__init__()
        self._events = os.fdopen(int(os.environ["SLIPWAY_EVENTS"]), "w", buffering=1)

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        self._say(host, task, "started")

    def v2_runner_on_ok(self, result: Any) -> None:
        self._say(result.host, result.task, "changed" if result.result.get("changed") else "ok")

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._say(result.host, result.task, "skipped")

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._say(result.host, result.task, "ignored" if ignore_errors else "failed", _words(result.result))

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._say(result.host, result.task, "unreachable", _words(result.result))

    def v2_playbook_on_stats(self, stats: Any) -> None:
        for host in sorted(stats.processed):
            self._write({"node": host, "state": "ended", **stats.summarize(host)})

    def _say(self, host: Any, task: Any, state: str, message: str = "") -> None:
        self._write({"node": host.get_name(), "task": task.name or task.action, "state": state, "message": message})

    def _write(self, event: dict[str, Any]) -> None:
        self._events.write(json.dumps(event) + "\n")


def _words(result: Any) -> str:
    """What a failed task said; nothing of a task marked `no_log`."""
    if "censored" in result:
        return "(hidden: this task handles secrets)"
    items = [_words(item) for item in result.get("results", []) if item.get("failed")]
    said = [str(result[key]).strip() for key in _WORDS if result.get(key)]
    return _shortened("\n".join(dict.fromkeys([*items, *said])))


def _shortened(words: str) -> str:
    """The cause stands at the beginning of what a program says, or at its end."""
    return words if len(words) <= 2 * _KEPT else f"{words[:_KEPT]}\n…\n{words[-_KEPT:]}"
