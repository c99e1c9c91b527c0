"""docs/checks.md, made from the registry: `python -m installer.checks.docs` writes it."""

from __future__ import annotations

from itertools import groupby

from installer.checks import registry
from installer.common.files import write_atomic
from installer.common.paths import ROOT

PAGE = "docs/checks.md"
HEAD = """# Checks

What `slipway check` looks at. It changes nothing on a machine and loads no kernel module; a report of each machine is
taken by one shell script (`installer/probe/report.sh`), and every check is a pure function of what that saw.
A finding is *ok*, *info*, *warn* or *fail*; any *fail* blocks an installation (exit code 3).

To add a check, add a function to a file in `installer/checks/families/`, or a file: the registry finds it. This page is
made from the registry by `python -m installer.checks.docs`; a test holds it up to date.

"""


def page() -> str:
    """The page's text."""
    parts = [HEAD]
    for family, checks in groupby(registry().values(), key=lambda c: c.family):
        parts.append(
            f"## {family}\n\n| check | looks at | 检查内容 | thresholds and their source |\n|---|---|---|---|\n"
        )
        parts += [f"| `{c.id}` | {c.about.en} | {c.about.zh} | {' '.join(c.source.split())} |\n" for c in checks]
        parts.append("\n")
    return "".join(parts).rstrip() + "\n"


if __name__ == "__main__":
    write_atomic(ROOT / PAGE, page())
