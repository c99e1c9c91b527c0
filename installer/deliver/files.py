"""Files of the bundle to their places on a node."""

from __future__ import annotations

import json
import shlex
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from appliance.bundle import Bundle
from installer.common.errors import SlipwayError
from installer.common.text import Text
from installer.remote import Remote

_NODE_SIDE = (Path(__file__).parent / "node.py").read_text()


def deliver_files(remote: Remote, bundle: Bundle, files: Mapping[str, str]) -> list[str]:
    """Bring files to a node, in one stream; a file takes its place only after its digest was verified there.

    Args:
        files: name in the bundle → absolute path on the node.

    Returns:
        The paths that were written: those with another content or mode before.

    Raises:
        SlipwayError: the node's disk is full, or what arrived is not what the bundle's manifest says.
    """
    names = {path: name for name, path in files.items()}
    wanted = {path: [_hex(bundle, name), bundle.files[name].mode] for path, name in names.items()}
    missing: list[str] = json.loads(remote.run(_script("missing", wanted)).stdout)
    if missing:

        def write(stream: IO[bytes]) -> None:
            with tarfile.open(fileobj=stream, mode="w|", bufsize=1 << 20) as tar:
                for path in missing:
                    entry = tarfile.TarInfo(path.lstrip("/"))
                    entry.size = bundle.files[names[path]].size
                    with bundle.open_file(names[path]) as content:
                        tar.addfile(entry, content)

        done = remote.push(write, _script("receive", {path: wanted[path] for path in missing}), check=False)
        if done.returncode:
            raise _refused(remote, done.stderr)
    return missing


def _hex(bundle: Bundle, name: str) -> str:
    return bundle.files[name].digest.removeprefix("sha256:")


def _script(command: str, wanted: Mapping[str, object]) -> str:
    return shlex.join(["exec", "python3", "-c", _NODE_SIDE, command, json.dumps(wanted)])


def _refused(remote: Remote, words: str) -> SlipwayError:
    if "digest" in words:
        fix = Text(
            en="run `slipway bundle verify`, get the bundle again when it is damaged, then `slipway retry`",
            zh="请运行 `slipway bundle verify`，若安装包已损坏请重新获取，然后运行 `slipway retry`",
        )
    else:
        fix = Text(
            en="make room on that file system, or make it writable; then run `slipway retry`",
            zh="请在该文件系统上腾出空间，或使其可写，然后运行 `slipway retry`",
        )
    return SlipwayError(
        Text(en="the bundle's files did not get onto the node", zh="未能将安装包中的文件放到节点上"),
        where=remote.node.name,
        why=Text.same(words.strip()[-1000:]),
        fix=fix,
    )
