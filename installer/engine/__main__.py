"""`python -m installer.engine RUN_DIR WISH`: the engine's process. Started by `installer.engine.start` only."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from installer.common.errors import SlipwayError
from installer.configure import load_site
from installer.engine.control import Control
from installer.engine.lock import EngineLock
from installer.engine.session import Session
from installer.engine.wish import Wish
from installer.plan.workflows import INSTALL
from installer.remote import connect, disconnect


def main(run_dir: Path, wish: Wish, tell: int) -> None:
    """Do what is wished; `tell` is the file descriptor on which the starter hears that the run has begun, or why not."""
    try:
        with EngineLock(run_dir):
            site = load_site(run_dir / "site.yaml")
            remotes = connect(site.nodes, run_dir)
            control = Control(run_dir)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: control.obey("abort"))
            session = Session(site, run_dir, remotes, control, INSTALL)
            seq = session.record.view.next_seq
            work = session.start(wish)
            _tell(tell, {"seq": seq})
            try:
                work()
            finally:
                control.close()
                disconnect(remotes.values())
    except SlipwayError as error:
        _tell(tell, {"error": error.report.model_dump(), "code": error.code})


def _tell(descriptor: int, message: dict[str, Any]) -> None:
    try:
        os.write(descriptor, json.dumps(message).encode() + b"\n")
    except OSError:
        return  # whoever started the engine has gone; the journal has it all


if __name__ == "__main__":
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    main(Path(sys.argv[1]), Wish.model_validate_json(sys.argv[2]), int(sys.argv[3]))
