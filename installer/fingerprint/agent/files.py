"""The section `files`: what lies where software and settings are kept, each path as one line of text.

    folder 0755 0:0                         a folder, its entries are keys of their own
    tree 0755 0:0 used                      a folder whose inside is not listed: `empty` or `used`
    file 0644 0:0 120 sha256:…              up to SMALL bytes: the hash of all of it
    file 0755 0:0 98304 ends:… 17…          larger: the hash of both ends, and the time of the last change in ns
    entry 0644 0:0                          a file beside trees: that it is there
    link 0:0 ../target    fifo 0600 0:0    socket 0600 0:0    device 0600 0:0 b 8 1

followed by ` name=hex` for each extended attribute.
"""

from __future__ import annotations

import base64
import fnmatch
import hashlib
import json
import os
import re
import shutil
import stat
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .shell import sync_folder, write_durable

SMALL = 64 * 1024
"""Bytes up to which a file is hashed whole and its content kept in the fingerprint. Settings are smaller; binaries are not."""

DEEP = [
    "/etc",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/usr/local/etc",
    "/usr/local/lib/systemd",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
    "/usr/lib/sysctl.d",
    "/usr/lib/modules-load.d",
    "/usr/lib/tmpfiles.d",
    "/usr/lib/udev/rules.d",
    "/opt/cni",
    "/root/.ssh",
    "/root/.kube",
    "/root/.config",
    "/var/spool/cron",
]
"""Every path under these is a key."""

SHALLOW = [
    "/",
    "/boot",
    "/home",
    "/opt",
    "/root",
    "/run",
    "/srv",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/libexec",
    "/usr/local",
    "/usr/local/lib",
    "/usr/local/libexec",
    "/usr/local/share",
    "/usr/sbin",
    "/usr/share",
    "/var",
    "/var/cache",
    "/var/lib",
    "/var/log",
    "/var/opt",
    "/var/spool",
]
"""Every entry of these is a key, and a folder in them a tree. What a customer keeps in such a tree is his own affair;
what the product makes there is a tree that was absent or empty before. Left out: /tmp, /var/tmp, where anybody's files
come and go."""

FOLDERS_ONLY = {"/var/log", "/var/cache", "/"}
"""Log files are rotated and caches rebuilt by the machine itself: there only folders say something."""

REMOTE_TYPES = re.compile(r"nfs|cifs|smb|fuse|9p|ceph|gluster|lustre|afs|autofs|gpfs|beegfs")
"""File systems that may hang when touched; never entered."""


INDEX = "index.json"
"""What the copies on the node are copies of, and which paths outside of DEEP and SHALLOW are watched as well."""


class FileReader:
    """Reads the state of files; keeps contents so that they can be put back.

    Args:
        kept_folder: where contents stay on the node that do not travel: small files that everybody may read travel in
            the fingerprint, nothing else does.
        keep: patterns of files that are copied there although they are large or private, and paths to watch wherever
            they are (`/data/slipway`). Only the first reading that is given any heeds them, for all later ones: what
            comes later under the same names is the product's own.
    """

    def __init__(
        self, kept_folder: str, keep: Iterable[str] = (), deep: Sequence[str] = DEEP, shallow: Sequence[str] = SHALLOW
    ) -> None:
        self.contents: dict[str, str] = {}
        """Path → base64 of its content, or `kept:` and the name of the copy."""
        self._folder = kept_folder
        self._deep, self._shallow = deep, shallow
        patterns = list(keep)
        self._keep = re.compile("|".join(fnmatch.translate(pattern) for pattern in patterns) or r"(?!)")
        self._first = bool(patterns) and not os.path.exists(os.path.join(kept_folder, INDEX))
        index = {} if self._first else _read_index(kept_folder)
        self._watch: list[str] = self._beyond(patterns) if self._first else index.get("watch", [])
        self._copies: dict[str, list[str]] = index.get("copies", {})
        """Path → its line when it was copied, and the name of the copy."""

    def read(self) -> dict[str, str]:
        found: dict[str, str] = {}
        if self._first:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
        self._avoid = set(_remote_mounts())
        deep = list(_real(self._deep))
        shallow = list(_real(self._shallow))
        watched = {*deep, *shallow}
        for folder in shallow:
            for path, status in self._entries(folder):
                if stat.S_ISDIR(status.st_mode):
                    # What is in a watched folder has keys of its own.
                    found[path] = f"folder {_rights(status)}" if path in watched else self._tree(path, status)
                elif folder not in FOLDERS_ONLY:
                    found[path] = _entry(path, status)
        for folder in deep:
            status = os.lstat(folder)
            found[folder] = self._describe(folder, status)
            found.update(self._walk(folder, status.st_dev))
        for path in self._watch:
            if os.path.lexists(path):
                inner = any(other.startswith(f"{path}/") for other in self._watch)
                status = os.lstat(path)
                trunk = stat.S_ISDIR(status.st_mode) and not inner
                found[path] = self._tree(path, status) if trunk else self._describe(path, status)
        if self._first:
            index = json.dumps({"watch": self._watch, "copies": self._copies})
            write_durable(os.path.join(self._folder, INDEX), index.encode())
        return found

    def _beyond(self, patterns: Iterable[str]) -> list[str]:
        """Paths among the patterns that no watched place covers, with the folders they are in, outermost first."""
        paths: set[str] = set()
        for pattern in patterns:
            path = "/" if re.search(r"[*?[]", pattern) else os.path.normpath(pattern)
            while path != "/" and not self._covers(path):
                paths.add(path)
                path = os.path.dirname(path)
        return sorted(paths)

    def _covers(self, path: str) -> bool:
        inside = any(path == folder or path.startswith(f"{folder}/") for folder in self._deep)
        return inside or path in self._shallow or path.startswith(f"{os.path.dirname(self._folder)}/")

    def _entries(self, folder: str) -> Iterator[tuple[str, os.stat_result]]:
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError:
            return
        for entry in entries:
            path = os.path.join(folder, entry.name)
            if path not in self._avoid:
                try:
                    yield path, entry.stat(follow_symlinks=False)
                except OSError:  # gone in the meantime
                    continue

    def _walk(self, folder: str, device: int) -> Iterator[tuple[str, str]]:
        for path, status in self._entries(folder):
            line = self._describe(path, status)
            if line:
                yield path, line
            if stat.S_ISDIR(status.st_mode) and status.st_dev == device:
                yield from self._walk(path, device)

    def _tree(self, path: str, status: os.stat_result) -> str:
        try:
            with os.scandir(path) as entries:
                state = "used" if next(entries, None) else "empty"
        except OSError:
            state = "used"
        return f"tree {_rights(status)} {state}"

    def _describe(self, path: str, status: os.stat_result) -> str:
        kind = stat.S_IFMT(status.st_mode)
        if kind == stat.S_IFREG:
            return self._file(path, status)
        if kind == stat.S_IFDIR:
            return f"folder {_rights(status)}{_attributes(path)}"
        return _entry(path, status)

    def _file(self, path: str, status: os.stat_result) -> str:
        try:
            with open(path, "rb", opener=_regular) as file:
                data = file.read(SMALL + 1)
                small = len(data) <= SMALL
                if not small:
                    file.seek(max(SMALL, status.st_size - SMALL))
                    data = data[:SMALL] + file.read(SMALL)
        except FileNotFoundError:
            return ""
        except OSError as error:
            return f"file {_rights(status)} {status.st_size} unreadable:{error.errno}"
        digest = hashlib.sha256(data).hexdigest()
        size, attributes = len(data) if small else status.st_size, _attributes(path)
        how = f"sha256:{digest}" if small else f"ends:{digest} {status.st_mtime_ns}"
        line = f"file {_rights(status)} {size} {how}{attributes}"
        if small and status.st_mode & stat.S_IROTH:
            self.contents[path] = base64.b64encode(data).decode()
            return line
        if self._first and self._keep.match(path):
            self._copies[path] = [line, self._copy(path)]
        if self._copies.get(path, [""])[0] == line:
            self.contents[path] = f"kept:{self._copies[path][1]}"
        return line

    def _copy(self, path: str) -> str:
        """Keep the content of a file on the node, under its hash."""
        digest = hashlib.sha256()
        with open(path, "rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                digest.update(block)
        name = digest.hexdigest()
        target = os.path.join(self._folder, name)
        if not os.path.exists(target):
            fd = os.open(f"{target}.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(path, "rb") as source, os.fdopen(fd, "wb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
                copy.flush()
                os.fsync(copy.fileno())
            os.replace(f"{target}.new", target)
            sync_folder(self._folder)
        return name


def _regular(path: str, flags: int) -> int:
    """Open what was a regular file a moment ago, without following or waiting should it have become something else."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _read_index(folder: str) -> dict[str, Any]:
    try:
        with open(os.path.join(folder, INDEX), encoding="utf-8") as file:
            found: dict[str, Any] = json.load(file)
            return found
    except FileNotFoundError:
        return {}


def _real(folders: Iterable[str]) -> Iterator[str]:
    """Those that are there and no link to another place (/lib is one to /usr/lib on a merged system)."""
    return (folder for folder in folders if os.path.isdir(folder) and os.path.realpath(folder) == folder)


def _entry(real: str, status: os.stat_result) -> str:
    kind = stat.S_IFMT(status.st_mode)
    if kind == stat.S_IFLNK:
        try:
            return f"link {status.st_uid}:{status.st_gid} {os.readlink(real)}"
        except OSError:
            return ""
    if kind in (stat.S_IFBLK, stat.S_IFCHR):
        letter = "b" if kind == stat.S_IFBLK else "c"
        return f"device {_rights(status)} {letter} {os.major(status.st_rdev)} {os.minor(status.st_rdev)}"
    return f"{ {stat.S_IFIFO: 'fifo', stat.S_IFSOCK: 'socket'}.get(kind, 'entry') } {_rights(status)}"


def _rights(status: os.stat_result) -> str:
    return f"{stat.S_IMODE(status.st_mode):04o} {status.st_uid}:{status.st_gid}"


def _attributes(real: str) -> str:
    """Capabilities, access lists and the like; SELinux labels follow from the path and the policy."""
    try:
        names = [name for name in os.listxattr(real, follow_symlinks=False) if name != "security.selinux"]
        return "".join(f" {n}={os.getxattr(real, n, follow_symlinks=False).hex()}" for n in sorted(names))
    except OSError:
        return ""


def _remote_mounts() -> Iterator[str]:
    from .kernel import mountinfo

    return (mount.path for mount in mountinfo() if REMOTE_TYPES.match(mount.type))
