"""Packages of the operating system that a command on this machine needs. Never used on a node."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from installer.common.errors import SlipwayError
from installer.common.text import Text


def installed() -> set[str]:
    """The names of all packages installed on this Debian-like machine."""
    if not shutil.which("dpkg-query"):
        return set()
    listing = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Abbrev}\t${Package}\n"], capture_output=True, text=True, check=True
    )
    pairs = (line.split("\t", 1) for line in listing.stdout.splitlines())
    return {name for status, name in pairs if status.startswith("ii")}


def missing(packages: Sequence[str]) -> list[str]:
    """Those of `packages` that are not installed, in their order, without repetition."""
    here = installed()
    return [name for name in dict.fromkeys(packages) if name not in here]


def ensure(packages: Sequence[str], *, yes: bool, reason: Text) -> list[str]:
    """Install what is missing, after saying what and why, and asking unless `yes`; returns what was installed by name.

    Raises:
        SlipwayError: no apt here, not root, the user said no, or apt failed.
    """
    wanted = missing(packages)
    if not wanted:
        return []
    names = " ".join(wanted)
    by_hand = Text(en="install them yourself: {names}", zh="请自行安装：{names}").format(names=names)
    what = Text(en="OS packages are missing: {names}", zh="缺少系统软件包：{names}").format(names=names)
    if not shutil.which("apt-get"):
        no_apt = Text(
            en="this machine has no apt-get; the same things have other package names here",
            zh="本机没有 apt-get；同样的软件在此系统上包名不同",
        )
        raise SlipwayError(what, why=no_apt, fix=by_hand)
    if os.geteuid() != 0:
        raise SlipwayError(what, why=Text(en="only root can install them", zh="只有 root 可以安装"), fix=by_hand)
    print(
        Text(en="OS packages to install ({reason}): {names}", zh="将安装系统软件包（{reason}）：{names}").format(
            reason=reason, names=names
        ),
        file=sys.stderr,
    )
    if not yes and not _agreed():
        raise SlipwayError(
            what,
            fix=Text(en="agree, run with --yes, or {other}", zh="请同意、加 --yes 运行，或{other}").format(
                other=by_hand
            ),
        )
    _apt("update")
    _apt("install", "-y", "--no-install-recommends", *wanted)
    return wanted


def remove(packages: Sequence[str]) -> None:
    """Take packages away again, with their configuration files."""
    if here := sorted(set(packages) & installed()):
        _apt("purge", "-y", *here)


def _agreed() -> bool:
    if not sys.stdin.isatty():
        return False
    print(Text(en="Install them? [y/N] ", zh="安装吗？[y/N] "), end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes", "是"}


def _apt(*words: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        ["apt-get", "-qq", *words],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SlipwayError(
            Text(en="apt-get {word} failed", zh="apt-get {word} 失败").format(word=words[0]),
            why=Text.same("\n".join((done.stderr or done.stdout).strip().splitlines()[-5:])),
            fix=Text(
                en="mend it, then run the same command again; is the package mirror reachable?",
                zh="修复后重新运行同一命令；软件包镜像是否可达？",
            ),
        )
