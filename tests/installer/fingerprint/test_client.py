"""Sending the agent: the same bytes each time, old Python's syntax, errors a person can act on."""

from __future__ import annotations

import ast
import gzip
import io
import json
import sys
import zipfile
from pathlib import Path

import pytest

from installer.common.errors import SlipwayError
from installer.fingerprint import Fingerprint, client, finish, take, undo
from installer.fingerprint.agent.shell import pack, unpack
from installer.models.node import NodeAccess
from installer.remote import Completed, LocalRemote

AGENT = Path(client.__file__).with_name("agent")


class Answering(LocalRemote):
    """A node that gives one answer to everything, and remembers what it was asked."""

    def __init__(self, answer: Completed) -> None:
        super().__init__(NodeAccess(name="n1", address="127.0.0.1", ssh=None))
        self.answer = answer
        self.asked: list[tuple[str, bytes]] = []

    def run(self, script, *, input=None, timeout=60, check=True):  # type: ignore[no-untyped-def]
        self.asked.append((script, input))
        return self.answer


def test_the_agent_is_small_and_always_the_same_bytes() -> None:
    first = client._agent()
    client._agent.cache_clear()
    assert client._agent() == first
    assert len(first) < 100_000
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert "agent/__main__.py" in archive.namelist()


def test_the_agent_is_old_pythons_syntax_and_standard_library_only() -> None:
    for file in AGENT.glob("*.py"):
        tree = ast.parse(file.read_text(), feature_version=(3, 9))
        for node in ast.walk(tree):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            assert all(name.split(".")[0] in sys.stdlib_module_names for name in names), (file.name, names)
            assert not isinstance(node, ast.Match) if hasattr(ast, "Match") else True


def test_taking_sends_the_agent_and_what_to_keep() -> None:
    answer = {"label": "nodes/n1/x", "taken_at": "2026-01-01T00:00:00Z", "sections": {"links": {}}, "contents": {}}
    remote = Answering(Completed(0, pack(answer), ""))
    assert take(remote, "nodes/n1/x", ["/etc/*"]) == Fingerprint.model_validate(answer)
    ((script, data),) = remote.asked
    size = len(client._agent())
    assert script.endswith(f" {size} take")
    assert data[:size] == client._agent()
    assert unpack(data[size:]) == {"label": "nodes/n1/x", "keep": ["/etc/*"]}


def test_undo_sends_the_contents_along() -> None:
    remote = Answering(Completed(0, pack({"done": [], "left": [], "failed": []}), ""))
    before = Fingerprint(label="b", taken_at="", sections={"files": {"/a": "x"}}, contents={"/a": "eA=="})
    undo(remote, before, {"files": ["/a"]})
    told = json.loads(gzip.decompress(remote.asked[0][1][len(client._agent()) :]))
    assert told["before"] == {"sections": {"files": {"/a": "x"}}, "contents": {"/a": "eA=="}}


def test_no_secret_is_in_the_command_line() -> None:
    remote = Answering(Completed(0, pack({"left": False}), ""))
    finish(remote)
    assert len(remote.asked[0][0]) < 1000


def test_a_failure_names_the_node_and_the_cause() -> None:
    trace = "Traceback (most recent call last):\n  …\nOSError: [Errno 28] No space left on device\n"
    with pytest.raises(SlipwayError) as caught:
        take(Answering(Completed(1, b"", trace)), "x")
    report = caught.value.report
    assert report.where == "n1"
    assert report.why is not None
    assert "No space left" in report.why.en
    assert report.fix is not None
