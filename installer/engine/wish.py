"""What an engine is asked to do."""

from __future__ import annotations

from installer.models.base import Model
from installer.models.journal import Action


class Wish(Model):
    """What an engine is started for."""

    action: Action
    to: str = ""
    """Rollback: this stage and all before it stay; empty: only the last stage goes."""
    everything: bool = False
    """Rollback: every step goes."""
    prove: bool = False
    """Rollback of everything: compare each node with its first fingerprint at the end."""
