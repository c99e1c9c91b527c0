"""The agent's command line: one command, input on standard input, result on standard output, both packed."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from typing import Any

from . import state
from .shell import pack, sync_folder, unpack, write_durable

FINGERPRINTS = f"{state.HOME}/fingerprints"
CREATED = f"{state.HOME}/.created"
"""There when the folder was made by the agent, so that it may go again."""

OWN = ["fingerprints", "kept", "stage", "tmp", "volumes", "journal.jsonl"]


def take(label: str, keep: list[str]) -> bytes:
    """Read the state, make it durable here, return it."""
    if not os.path.isdir(state.HOME):
        os.makedirs(state.HOME, mode=0o700)
        write_durable(CREATED, b"")
        sync_folder(os.path.dirname(state.HOME))
    os.makedirs(FINGERPRINTS, mode=0o700, exist_ok=True)
    now = state.read(keep)
    taken_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    data = pack({"label": label, "taken_at": taken_at, "sections": now.sections, "contents": now.contents})
    write_durable(_file(label), data)
    sync_folder(state.HOME)
    return data


def show(label: str) -> bytes:
    with open(_file(label), "rb") as file:
        return file.read()


def undo(before: dict[str, Any], touches: dict[str, list[str]]) -> bytes:
    from .undo import undo as put_back

    return pack(put_back(state.State(before["sections"], before["contents"]), touches))


def finish() -> bytes:
    """Remove the product's own folder, or of a folder that was there before it what the product put in."""
    if os.path.exists(CREATED):
        shutil.rmtree(state.HOME)
    else:
        for name in OWN:
            path = os.path.join(state.HOME, name)
            if os.path.isdir(path):
                shutil.rmtree(path)
            elif os.path.exists(path):
                os.unlink(path)
    return pack({"left": os.path.lexists(CREATED)})


def _file(label: str) -> str:
    return f"{FINGERPRINTS}/{label.replace('/', '__')}.json.gz"


COMMANDS: dict[str, Callable[..., bytes]] = {"take": take, "show": show, "undo": undo, "finish": finish}


def main(command: str, data: bytes) -> bytes:
    arguments: dict[str, Any] = unpack(data)
    return COMMANDS[command](**arguments)


if __name__ == "__main__":
    os.umask(0o077)
    sys.stdout.buffer.write(main(sys.argv[1], sys.stdin.buffer.read()))
