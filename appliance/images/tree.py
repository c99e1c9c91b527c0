"""A tree of files as a tar archive that depends on nothing but the files: sorted, one time for all, no names of users."""

from __future__ import annotations

import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

EPOCH = 1_700_000_000
"""The time of every file, in seconds. Any fixed one does; not 0, which some programs take for 'unknown'."""


@dataclass(frozen=True)
class Node:
    """A file, folder or link of a tree; `content` opens a file's content."""

    info: tarfile.TarInfo
    content: Opener | None = None


class Opener(Protocol):
    def __call__(self) -> IO[bytes]: ...


Tree = dict[str, Node]
"""By path, relative to the root, without `./`."""


def from_tar(tar: tarfile.TarFile, drop: Iterable[str] = ()) -> Tree:
    """The tree of an archive that stays open meanwhile; `drop` are patterns whose `*` also matches `/`."""
    patterns = list(drop)
    tree: Tree = {}
    for member in tar.getmembers():
        path = member.name.removeprefix("./").strip("/")
        if path in {"", "."} or member.isdev() or any(fnmatchcase(path, pattern) for pattern in patterns):
            continue
        if member.islnk():
            tree[path] = Node(_info(path, member), None)
            tree[path].info.linkname = member.linkname.removeprefix("./")
        elif member.isreg():
            tree[path] = Node(_info(path, member), _member_opener(tar, member))
        else:
            tree[path] = Node(_info(path, member))
    return _with_sorted_hard_links(tree)


def from_path(target: str, source: Path) -> Tree:
    """A file or folder of this machine under the path `target`, owned by root."""
    tree: Tree = {}
    for path in [source, *sorted(source.rglob("*"))] if source.is_dir() else [source]:
        name = target if path == source else f"{target}/{path.relative_to(source).as_posix()}"
        info = tarfile.TarInfo(name)
        if path.is_symlink():
            info.type, info.linkname, info.mode = tarfile.SYMTYPE, str(path.readlink()), 0o777
            tree[name] = Node(info)
        elif path.is_dir():
            tree[name] = folder(name)
        else:
            info.size = path.stat().st_size
            info.mode = 0o755 if path.stat().st_mode & 0o111 else 0o644
            tree[name] = Node(info, _path_opener(path))
    return tree


def folder(path: str, mode: int = 0o755) -> Node:
    info = tarfile.TarInfo(path)
    info.type, info.mode = tarfile.DIRTYPE, mode
    return Node(info)


def link(path: str, target: str) -> Node:
    info = tarfile.TarInfo(path)
    info.type, info.linkname, info.mode = tarfile.SYMTYPE, target, 0o777
    return Node(info)


def with_parents(tree: Tree) -> Tree:
    """The tree with every folder that its paths lie in."""
    parents = {str(parent) for path in tree for parent in PurePosixPath(path).parents} - {"."}
    return {path: folder(path) for path in parents} | tree


def write(tree: Tree, stream: IO[bytes]) -> None:
    """Write the tree as an archive."""
    with tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT, bufsize=1 << 20) as tar:
        for path in sorted(tree):
            node = tree[path]
            node.info.mtime, node.info.uname, node.info.gname = EPOCH, "", ""
            if node.content:
                with node.content() as content:
                    tar.addfile(node.info, content)
            else:
                tar.addfile(node.info)


def size(tree: Tree) -> int:
    """Bytes that the tree takes on a disk with blocks of 4 KiB."""
    return sum(4096 + (node.info.size + 4095) // 4096 * 4096 for node in tree.values())


def _info(path: str, member: tarfile.TarInfo) -> tarfile.TarInfo:
    info = tarfile.TarInfo(path)
    info.type, info.mode, info.uid, info.gid = member.type, member.mode, member.uid, member.gid
    info.size, info.linkname = member.size, member.linkname
    info.pax_headers = {name: value for name, value in member.pax_headers.items() if name.startswith("SCHILY.xattr.")}
    return info


def _with_sorted_hard_links(tree: Tree) -> Tree:
    """Hard links point to the first of their names, since that is written first."""
    groups: dict[str, list[str]] = {}
    for path, node in tree.items():
        if node.info.islnk():
            groups.setdefault(node.info.linkname, []).append(path)
    for original, links in groups.items():
        source = tree.get(original)
        names = sorted([original, *links] if source else links)
        if source is None or source.content is None:
            for name in links:
                del tree[name]
            continue
        for name in names:
            info = tarfile.TarInfo(name)
            info.mode, info.uid, info.gid = source.info.mode, source.info.uid, source.info.gid
            if name == names[0]:
                info.size = source.info.size
                tree[name] = Node(info, source.content)
            else:
                info.type, info.linkname = tarfile.LNKTYPE, names[0]
                tree[name] = Node(info)
    return tree


def _member_opener(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Opener:
    def opener() -> IO[bytes]:
        content = tar.extractfile(member)
        assert content
        return content

    return opener


def _path_opener(path: Path) -> Opener:
    return lambda: path.open("rb")


def nodes(tree: Tree) -> Iterator[tuple[str, Node]]:
    yield from sorted(tree.items())
