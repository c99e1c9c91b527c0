"""Ending what a dead engine left running, here and on the nodes, before anything is undone or done again."""

from __future__ import annotations

from pathlib import Path

from installer.remote.base import Remote

MARK = "SLIPWAY_RUN"
"""The environment variable, set to the run directory, that Ansible and all that its modules start inherit. What systemd
or a container runtime starts does not: services that a role laid down live on."""

# SIGTERM first, so that a module may delete its temporary files; then, after at most two seconds, SIGKILL.
_END = r"""
marked() { grep -lzFx "$MARKED" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3; }
found=$(marked)
[ -n "$found" ] || exit 0
kill $found 2>/dev/null
for i in 1 2 3 4 5 6 7 8 9 10; do [ -n "$(marked)" ] || break; sleep 0.2; done
kill -9 $(marked) 2>/dev/null
echo $found
"""


def end_orphans(remote: Remote, run_dir: Path) -> list[int]:
    """End every process on the node that carries the mark of this run; returns their ids."""
    # Not exported: grep must not carry the mark itself.
    script = f"MARKED='{MARK}='\"$(cat)\"\n{_END}"
    done = remote.run(script, input=str(run_dir.resolve()).encode(), timeout=60)
    return [int(pid) for pid in done.stdout.split()]
