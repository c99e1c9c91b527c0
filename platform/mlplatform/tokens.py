"""Bearer tokens: JWT signed with Ed25519, one audience per subsystem, short-lived. No cookie, no session, nothing stored.

The audience `api` is for people and programs that use the platform; `worker` is for a running task or service and reaches only what
that workload reads and writes; `metrics` is for monitoring and reads metrics only.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

import jwt
import structlog

from mlplatform import keys
from mlplatform.keys import SigningKey

if TYPE_CHECKING:
    from mlplatform.models.tenant import TenantRole

log = structlog.get_logger()
ISSUER = "mlplatform"
Role = Literal["user", "admin"]
Audience = Literal["api", "worker", "metrics"]
WORKER_TTL = 3600
"""Seconds; the scheduler hands out a new one at a quarter of that, as long as the workload runs."""

VERIFIED = 1024
"""Tokens whose signatures are known to be good."""


class InvalidToken(Exception):
    """A token is malformed, forged, expired, or for another audience."""


@dataclass(frozen=True)
class Caller:
    """Who calls: what the token says, and what the tenants say of its subject. What follows from it is `policy`'s part."""

    subject: str
    role: Role
    """Of the platform."""
    grants: Mapping[str, TenantRole] = field(default_factory=dict)
    """The role in each tenant that has the caller as a member."""


@dataclass(frozen=True)
class Worker:
    """The running workload that calls."""

    kind: Literal["task", "service"]
    id: str
    attempt: int = 0
    """What an earlier attempt left running somewhere has no say any more."""


class Keyring:
    """Signs tokens with the newest of several keys and checks them with all; a token's `kid` names its key.

    Args:
        read: keys, oldest first.
        place: a file, or a folder, that is read again whenever it changes, so that a rotation needs no restart.
    """

    def __init__(self, *read: SigningKey, place: Path | None = None) -> None:
        self._read, self._place = read, place
        self._stamp = _stamp(place) if place else None
        self._verified = lru_cache(maxsize=VERIFIED)(self._verify)

    @classmethod
    def load(cls, place: Path) -> Keyring:
        """Read a PEM file, or all of a folder.

        Raises:
            OSError: it is not there.
            ValueError: something in it is no Ed25519 private key, or there is none.
        """
        ring = cls(place=place)
        ring._read = tuple(keys.read(file) for file in keys.files(place))
        if not ring._read:
            raise ValueError(f"{place}: no keys; `mlplatform key rotate` makes one")
        return ring

    def known(self) -> tuple[SigningKey, ...]:
        """The keys of this moment, the one that signs last. Files that are no keys are left out: they must not keep a removed key good."""
        if self._place and (stamp := _stamp(self._place)) != self._stamp:
            found = []
            for file in keys.files(self._place):
                try:
                    found.append(keys.read(file))
                except (OSError, ValueError) as error:
                    log.error("no key", file=str(file), error=str(error))
            self._read, self._stamp = tuple(found), stamp
        return self._read

    def issue_caller(self, caller: Caller, seconds: float) -> str:
        """A token for the API."""
        return self._issue("api", caller.subject, seconds, role=caller.role)

    def issue_worker(self, worker: Worker, seconds: float = WORKER_TTL) -> str:
        """A token for one running workload."""
        return self._issue("worker", f"{worker.kind}:{worker.id}:{worker.attempt}", seconds)

    def issue_scraper(self, subject: str, seconds: float) -> str:
        """A token that reads metrics."""
        return self._issue("metrics", subject, seconds)

    def check_scraper(self, token: str) -> str:
        """Whom a token for metrics stands for.

        Raises:
            InvalidToken: see there.
        """
        return str(self._check(token, "metrics")["sub"])

    def check_caller(self, token: str) -> Caller:
        """Who a token for the API stands for.

        Raises:
            InvalidToken: see there.
        """
        claims = self._check(token, "api")
        role = claims.get("role")
        if role not in get_args(Role):
            raise InvalidToken("no role")
        return Caller(str(claims["sub"]), cast(Role, role))

    def check_worker(self, token: str) -> Worker:
        """Which workload a worker token stands for.

        Raises:
            InvalidToken: see there.
        """
        match str(self._check(token, "worker")["sub"]).split(":"):
            case ["task" | "service" as kind, id_, attempt] if id_ and attempt.isdecimal():
                return Worker(kind, id_, int(attempt))
        raise InvalidToken("no workload")

    def _issue(self, audience: Audience, subject: str, seconds: float, **more: object) -> str:
        key = self.known()[-1]
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": audience, "sub": subject, "iat": now, "exp": now + int(seconds), **more}
        return jwt.encode(claims, key.private, algorithm="EdDSA", headers={"kid": key.kid})

    def _check(self, token: str, audience: Audience) -> dict[str, Any]:
        try:
            claims = self._verified(token, audience, tuple(key.kid for key in self.known()))
        except jwt.PyJWTError as error:
            raise InvalidToken(str(error)) from error
        if claims["exp"] <= time.time():  # it was good when it was seen first
            raise InvalidToken("Signature has expired")
        return claims

    def _verify(self, token: str, audience: Audience, _kids: tuple[str, ...]) -> dict[str, Any]:
        """A good token stays good until it expires or the keys change, so those seen last are not verified again: most requests come
        from few callers."""
        kid = jwt.get_unverified_header(token).get("kid")
        key = next((key for key in self.known() if key.kid == kid), None)
        if key is None:
            raise InvalidToken("signed with an unknown key")
        return jwt.decode(
            token,
            key.public,
            algorithms=["EdDSA"],
            audience=audience,
            issuer=ISSUER,
            options={"require": ["exp", "iat", "sub", "aud", "iss"]},
        )


def _stamp(place: Path) -> tuple[int, int]:
    """Differs when the place was changed: a folder by its entries, also those that Kubernetes swaps."""
    try:
        found = place.stat()
    except OSError:
        return (0, 0)
    return (found.st_ino, found.st_mtime_ns)
