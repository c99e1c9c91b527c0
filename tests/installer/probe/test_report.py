"""The report script itself, run here: plain sh, complete, and without leave to load kernel modules."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from installer.probe import local, parse
from installer.probe.request import REPORT


def test_is_plain_posix_shell() -> None:
    subprocess.run(["sh", "-n", str(REPORT)], check=True)


def test_runs_here_and_is_complete() -> None:
    report = local.run(f"PATHS='/var/lib/nothing/there /usr'\n{REPORT.read_text()}", 30)
    found = parse.sections(report)
    facts = parse.facts(found)
    assert facts["hostname"] and facts["kernel"] and facts["memory_total"] > 0
    assert facts["folders"]["/usr"].real == str(Path("/usr").resolve())
    assert facts["folders"]["/var/lib/nothing/there"].real == str(Path("/var/lib").resolve())


def test_works_on_an_empty_system(tmp_path: Path) -> None:
    """No command but the shell's own and a few of coreutils': every section is there, and none says anything wrong."""
    for name in ("sh", "cat", "head", "readlink", "df", "dirname"):
        found = subprocess.run(["sh", "-c", f"command -v {name}"], capture_output=True, text=True, check=True).stdout
        (tmp_path / name).symlink_to(found.strip())
    script = re.sub(r"^PATH=.*$", f"PATH={tmp_path}", REPORT.read_text(), flags=re.MULTILINE)
    done = subprocess.run(["/bin/sh", "-s"], input=f"PATHS=/usr\n{script}", capture_output=True, text=True, check=False)
    facts = parse.facts(parse.sections(done.stdout))
    assert facts["python"] == "" and facts["interfaces"] == [] and facts["commands"]["ip"] is False


@pytest.mark.parametrize(
    "command", [r"\biptables -", r"\bmodprobe (?!-n)", r"(?<!PROC_ROOT=/proc )\bss -", r"\bip6?tables-save"]
)
def test_has_no_command_that_loads_modules(command: str) -> None:
    lines = [line for line in REPORT.read_text().splitlines() if not line.startswith("#")]
    assert not [line for line in lines if re.search(command, line)]
