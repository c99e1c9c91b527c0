"""plan -> journal + receipts: a process of its own that runs, resumes and undoes; the others follow its journal."""

from installer.engine.control import Command, send
from installer.engine.journal import follow, read
from installer.engine.lock import Holder, holder, is_held
from installer.engine.prepare import changed_inputs, prepare, run_dir_of
from installer.engine.start import as_error, start
from installer.engine.view import RunView, StepView, advance, look, replay
from installer.engine.wish import Wish

__all__ = [
    "Command",
    "Holder",
    "RunView",
    "StepView",
    "Wish",
    "advance",
    "as_error",
    "changed_inputs",
    "follow",
    "holder",
    "is_held",
    "look",
    "prepare",
    "read",
    "replay",
    "run_dir_of",
    "send",
    "start",
]
