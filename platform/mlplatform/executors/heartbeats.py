"""Which nodes have gone silent: each kubelet renews its node's lease every ten seconds (KEP-589)."""

from __future__ import annotations

from collections.abc import Mapping

SILENT = 22.0
"""Seconds: two renewals missed. Kubernetes itself takes 50 s to call a node NotReady and 5 minutes more to end its pods."""
STEP = 5.0
"""Seconds that one look counts at most: while nobody looked, or the API server was away, no node could be heard."""


class Heartbeats:
    """Adds up how long a lease has not changed, by this process's clock: the nodes' clocks do not matter."""

    def __init__(self) -> None:
        self._renewed: dict[str, str] = {}
        self._silent: dict[str, float] = {}
        self._last: float | None = None

    def look(self, renewed: Mapping[str, str], now: float) -> frozenset[str]:
        """The nodes that are heard.

        Args:
            renewed: when each node's lease was renewed, as the lease says.
            now: monotonic seconds.
        """
        step = 0.0 if self._last is None else min(STEP, now - self._last)
        self._last = now
        self._silent = {
            name: self._silent.get(name, 0.0) + step if self._renewed.get(name) == at else 0.0
            for name, at in renewed.items()
        }
        self._renewed = dict(renewed)
        return frozenset(name for name, silent in self._silent.items() if silent < SILENT)
