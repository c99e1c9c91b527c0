"""Sections of the distribution: units, accounts, packages."""

from __future__ import annotations

import hashlib
import os
import re

from .shell import Unavailable, has, output

UNIT_TYPES = "service,socket,timer,path,target"
"""Mounts, devices, swaps, slices and scopes are units as well, but mirror what other sections tell."""

_ACTIVE = {"active": "active", "activating": "active", "reloading": "active", "failed": "failed"}


def units() -> dict[str, str]:
    """Unit → `enabled active`, as systemd calls the two."""
    files = output("systemctl", "list-unit-files", "--no-legend", "--no-pager", "--plain", f"--type={UNIT_TYPES}")
    loaded = output("systemctl", "list-units", "--all", "--no-legend", "--no-pager", "--plain", f"--type={UNIT_TYPES}")
    enabled = {words[0]: words[1] for line in files.splitlines() if len(words := line.split()) > 1}
    active = {
        words[0]: _ACTIVE.get(words[2], "inactive")
        for line in loaded.splitlines()
        if len(words := line.split()) > 3 and (words[1] != "not-found" or words[2] != "inactive")
    }
    return {
        name: f"{enabled.get(name, 'transient')} {active.get(name, 'inactive')}" for name in sorted({*enabled, *active})
    }


def accounts(root: str = "") -> dict[str, str]:
    """`user NAME` and `group NAME`; of a password only whether it is still the same."""
    found = {}
    passwords = {row[0]: row[1] for row in _rows(f"{root}/etc/shadow") if len(row) > 1}
    for row in _rows(f"{root}/etc/passwd"):
        if len(row) >= 7:
            secret = hashlib.sha256(passwords.get(row[0], "").encode(errors="surrogateescape")).hexdigest()[:12]
            found[f"user {row[0]}"] = f"{row[2]}:{row[3]} {row[5]} {row[6]} password {secret}"
    for row in _rows(f"{root}/etc/group"):
        if len(row) >= 4:
            found[f"group {row[0]}"] = f"{row[2]} {row[3]}".rstrip()
    return found


def _rows(path: str) -> list[list[str]]:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return [line.split(":") for line in file.read().splitlines() if line]
    except OSError:
        return []


def packages(root: str = "") -> dict[str, str]:
    """Package → version, of the node's own package manager."""
    status = f"{root}/var/lib/dpkg/status"
    if os.path.exists(status):
        with open(status, encoding="utf-8", errors="surrogateescape") as file:
            return dict(_dpkg(file.read()))
    if has("rpm"):
        lines = output("rpm", "-qa", "--qf", "%{NAME}.%{ARCH} %{EPOCHNUM}:%{VERSION}-%{RELEASE}\n").splitlines()
        return dict(line.split(" ", 1) for line in sorted(lines) if " " in line)
    raise Unavailable("neither dpkg nor rpm")


def _dpkg(text: str) -> list[tuple[str, str]]:
    found = []
    for paragraph in text.split("\n\n"):
        fields = dict(re.findall(r"^(Package|Status|Version|Architecture): (.*)$", paragraph, re.MULTILINE))
        if fields.get("Status", "").endswith(" installed"):
            found.append((f"{fields['Package']}:{fields.get('Architecture', '')}", fields.get("Version", "")))
    return found
