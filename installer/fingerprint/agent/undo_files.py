"""Putting files back: new ones go, deepest first; changed and missing ones come from the contents that were kept."""

from __future__ import annotations

import base64
import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Callable
from typing import NamedTuple, Optional

from .compare import Difference
from .shell import change, has, sync_folder
from .state import HOME, KEPT, State
from .work import Work


class Line(NamedTuple):
    """A line of the section `files`, taken apart (files.py)."""

    kind: str
    mode: int
    uid: int
    gid: int
    rest: list[str]
    attributes: dict[str, bytes]


def parse(value: str) -> Line:
    kind, _, rest = value.partition(" ")
    if kind == "link":
        owner, _, target = rest.partition(" ")
        uid, gid = owner.split(":")
        return Line(kind, 0o777, int(uid), int(gid), [target], {})
    mode, owner, *words = rest.split(" ")
    uid, gid = owner.split(":")
    attributes = {w.split("=", 1)[0]: bytes.fromhex(w.split("=", 1)[1]) for w in words if "=" in w}
    return Line(kind, int(mode, 8), int(uid), int(gid), [w for w in words if "=" not in w], attributes)


def restore_files(work: Work) -> None:
    todo = [d for d in work.of("files") if not f"{d.key}/".startswith(f"{HOME}/")]
    for difference in sorted(todo, key=lambda d: d.key, reverse=True):
        if difference.before is None:
            # What is in a folder (unlike in a tree) has keys of its own, and may be somebody else's.
            folder = (difference.after or "").startswith("folder ")
            work.note(difference, _attempt(difference, os.rmdir if folder else _remove, difference.key))
    restored = []
    for difference in sorted(todo, key=lambda d: d.key):
        if difference.before is not None:
            work.note(difference, _attempt(difference, _restore, difference, work.before))
            restored.append(difference.key)
    if restored and has("restorecon") and os.path.exists("/sys/fs/selinux/enforce"):
        change("restorecon", "-F", *restored)


def _attempt(difference: Difference, act: Callable[..., None], *arguments: object) -> str:
    try:
        act(*arguments)
    except FileNotFoundError as error:
        return "" if difference.before is None else str(error)
    except (OSError, Lost) as error:
        return str(error)
    return ""


class Lost(Exception):
    """The earlier content was not kept."""


def _remove(path: str) -> None:
    """Remove whatever is at `path`, but nothing that is mounted below it."""
    if os.path.isdir(path) and not os.path.islink(path):
        device = os.lstat(os.path.dirname(path)).st_dev
        if os.lstat(path).st_dev != device:
            raise OSError(errno.EBUSY, "something is mounted here", path)
        _empty(path)
        os.rmdir(path)
    else:
        os.unlink(path)


def _empty(folder: str) -> None:
    """Remove what is in a folder; every error is met, the first is raised in the end."""
    device = os.lstat(folder).st_dev
    errors: list[OSError] = []
    with os.scandir(folder) as entries:
        inside = list(entries)
    for entry in inside:
        try:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)
            elif entry.stat(follow_symlinks=False).st_dev != device:
                raise OSError(errno.EBUSY, "something is mounted here", entry.path)
            else:
                _empty(entry.path)
                os.rmdir(entry.path)
        except FileNotFoundError:
            continue
        except OSError as error:
            errors.append(error)
    if errors:
        raise errors[0]


def _restore(difference: Difference, before: State) -> None:
    path, was = difference.key, parse(difference.before or "")
    now = parse(difference.after) if difference.after else None
    if now is not None and now.kind != was.kind:
        _remove(path)
        now = None
    if was.kind == "file":
        if now is None or now.rest != was.rest:
            _write(path, was, before)
    elif was.kind == "link":
        _link(path, was)
        return
    elif was.kind in ("folder", "tree"):
        if now is None:
            if was.rest[:1] == ["used"]:
                raise Lost("what was in it was not kept")
            os.mkdir(path, 0o700)
        elif was.rest[:1] == ["empty"] != now.rest[:1]:
            _empty(path)
        elif was.rest[:1] != now.rest[:1]:
            raise Lost("what was in it was not kept")
    elif now is None:
        _make_special(path, was)
    os.chown(path, was.uid, was.gid)
    os.chmod(path, was.mode)  # after chown, which drops set-user-id
    _set_attributes(path, was, now)


def _content(path: str, before: State) -> str:
    """Where the content is: a file of its own, which may be moved."""
    kept = before.contents.get(path)
    if kept is None:
        raise Lost("its content was not kept: it was private or large and not expected to change")
    temporary = os.path.join(os.path.dirname(path), f".slipway-{os.path.basename(path)}"[:250])
    with open(temporary, "wb") as target:
        os.fchmod(target.fileno(), 0o600)
        if kept.startswith("kept:"):
            try:
                with open(os.path.join(KEPT, kept[len("kept:") :]), "rb") as source:
                    shutil.copyfileobj(source, target, 1 << 20)
            except FileNotFoundError as error:
                os.unlink(temporary)
                raise Lost("its copy on the node is gone") from error
        else:
            target.write(base64.b64decode(kept))
        target.flush()
        os.fsync(target.fileno())
    return temporary


def _write(path: str, was: Line, before: State) -> None:
    temporary = _content(path, before)
    try:
        os.replace(temporary, path)
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        # A mount point (container engines mount /etc/hosts) cannot be replaced, only written.
        with open(temporary, "rb") as source, open(path, "wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
    if len(was.rest) > 2:  # a large file is known by the time of its change
        os.utime(path, ns=(int(was.rest[2]), int(was.rest[2])))
    sync_folder(os.path.dirname(path))


def _link(path: str, was: Line) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    os.symlink(was.rest[0], path)
    os.lchown(path, was.uid, was.gid)


def _make_special(path: str, was: Line) -> None:
    if was.kind == "fifo":
        os.mkfifo(path)
    elif was.kind == "device":
        letter, major, minor = was.rest[:3]
        os.mknod(path, stat.S_IFBLK if letter == "b" else stat.S_IFCHR, os.makedev(int(major), int(minor)))
    else:
        raise Lost(f"a {was.kind} cannot be made again")


def _set_attributes(path: str, was: Line, now: Optional[Line]) -> None:
    for name in now.attributes if now else {}:
        if name not in was.attributes:
            with contextlib.suppress(OSError):
                os.removexattr(path, name)
    for name, value in was.attributes.items():
        os.setxattr(path, name, value)
