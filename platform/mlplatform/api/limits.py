"""Rate limits: a moving window in the memory of each process, so a deployment of N processes lets N times as much through.

They keep a runaway loop or a guesser from the others' share; what tenants may use is the quotas' part.
"""

from __future__ import annotations

import math
import time

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from mlplatform.errors import Problem
from mlplatform.models.base import Text
from mlplatform.settings import Settings

_TOO_MANY = Text(en="Too many requests; try again later.", zh="请求过于频繁，请稍后再试。")


class Limits:
    """The limits that the settings name."""

    def __init__(self, settings: Settings) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._login = parse(settings.rate_login)
        self._caller = parse(settings.rate_caller)
        self._worker = parse(settings.rate_worker)

    async def login(self, address: str) -> None:
        """Count an attempt to sign in. By address: a name must not be locked by who guesses at it.

        Raises:
            Problem: 429.
        """
        await self._count(self._login, "login", address)

    async def caller(self, subject: str) -> None:
        """Raises Problem 429."""
        await self._count(self._caller, "caller", subject)

    async def worker(self, workload: str) -> None:
        """Raises Problem 429."""
        await self._count(self._worker, "worker", workload)

    async def _count(self, limit: RateLimitItem, kind: str, who: str) -> None:
        if not await self._limiter.hit(limit, kind, who):
            free = await self._limiter.get_window_stats(limit, kind, who)
            wait = max(1, math.ceil(free.reset_time - time.time()))
            raise Problem(429, "too_many", _TOO_MANY, f"at most {limit}", retry_after=wait)
