"""Starting an engine as a process of its own, which lives on when its starter and the terminal are gone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from installer.common.errors import ErrorReport, ExitCode, SlipwayError
from installer.common.paths import ROOT
from installer.common.text import Text
from installer.engine.lock import busy, is_held
from installer.engine.wish import Wish


def start(run_dir: Path, wish: Wish) -> int:
    """Start an engine on a prepared run directory; returns when its run has begun, with the number of its first event.

    Raises:
        SlipwayError: another engine is at work, the wish makes no sense now, or the engine could not start.
    """
    run_dir = run_dir.resolve()
    if is_held(run_dir):
        raise busy(run_dir)
    (run_dir / "logs").mkdir(parents=True, exist_ok=True, mode=0o700)
    log = run_dir / "logs/engine.log"
    reader, writer = os.pipe()
    with log.open("ab") as output, os.fdopen(reader, "rb") as answer:
        subprocess.Popen(
            [sys.executable, "-m", "installer.engine", str(run_dir), wish.model_dump_json(), str(writer)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=run_dir,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))},
            pass_fds=[writer],
            start_new_session=True,
        )
        os.close(writer)
        line = answer.readline()  # ends with the engine at the latest: it holds the other end
    if not line:
        raise SlipwayError(
            Text(en="the engine did not start", zh="引擎未能启动"),
            where=str(run_dir),
            why=Text.same("\n".join(log.read_text(errors="replace").strip().splitlines()[-3:])),
            fix=Text(en="the whole output is in {log}", zh="完整输出见 {log}").format(log=log),
        )
    message = json.loads(line)
    if "error" in message:
        raise as_error(ErrorReport.model_validate(message["error"]), ExitCode(message["code"]))
    seq: int = message["seq"]
    return seq


def as_error(report: ErrorReport, code: ExitCode) -> SlipwayError:
    """An error that came as data, to be raised here."""
    return SlipwayError(report.what, where=report.where, why=report.why, fix=report.fix, code=code)
