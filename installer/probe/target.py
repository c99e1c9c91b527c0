"""Nodes as people name them: `root@10.1.1.1:2222`, `[fd00::1]:22`, `host`, `local`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from installer.common.errors import InvalidInput
from installer.common.text import Text
from installer.models.node import NodeAccess, SshAccess

TARGET = re.compile(
    r"^(?:(?P<user>[a-z_][a-z0-9_.-]*\$?)@)?(?:\[(?P<v6>[0-9a-fA-F:.]+(?:%\w+)?)\]|(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*))(?::(?P<port>\d{1,5}))?$"
)


def parse_targets(words: Sequence[str], key: Path | None = None) -> list[NodeAccess]:
    """The nodes by the names n1, n2, …; `local` is this machine.

    Raises:
        InvalidInput: a word is no node, is given twice, or the key file is not there.
    """
    if key and not key.expanduser().is_file():
        raise InvalidInput(
            Text(en="there is no such key file", zh="密钥文件不存在"),
            where=str(key),
            fix=Text(en="name the private key's file with --key", zh="请用 --key 指定私钥文件"),
        )
    path = str(key.expanduser().resolve()) if key else None
    nodes = [_parse(word.strip(), f"n{number}", path) for number, word in enumerate(words, start=1)]
    seen: set[tuple[str, int]] = set()
    for node, word in zip(nodes, words, strict=True):
        place = (node.address, node.ssh.port if node.ssh else 0)
        if place in seen:
            raise InvalidInput(
                Text(en="this node is given twice", zh="该节点重复给出"),
                where=word,
                fix=Text(en="give each machine once", zh="每台机器只给一次"),
            )
        seen.add(place)
    return nodes


def _parse(word: str, name: str, key: str | None) -> NodeAccess:
    if word == "local":
        return NodeAccess(name=name, address="127.0.0.1", ssh=None)
    match = TARGET.match(word)
    if not match or not 1 <= int(match["port"] or 22) <= 65535:
        raise InvalidInput(
            Text(en="this is no node", zh="不是有效的节点"),
            where=word,
            fix=Text(
                en="write user@address:port, as root@10.1.1.1, admin@10.1.1.1:2222, root@[fd00::1]:22; local is this machine",
                zh="请写成 用户@地址:端口，如 root@10.1.1.1、admin@10.1.1.1:2222、root@[fd00::1]:22；local 表示本机",
            ),
        )
    ssh = SshAccess(user=match["user"] or "root", port=int(match["port"] or 22), key=key)
    return NodeAccess(name=name, address=match["v6"] or match["host"], ssh=ssh)
