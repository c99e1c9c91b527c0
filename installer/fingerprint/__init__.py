"""The state of a node, the difference of two states, and putting one back (docs/undo.md)."""

from installer.fingerprint.client import compare, finish, take, undo
from installer.fingerprint.models import Difference, Fingerprint, Touches, UndoReport

__all__ = ["Difference", "Fingerprint", "Touches", "UndoReport", "compare", "finish", "take", "undo"]
