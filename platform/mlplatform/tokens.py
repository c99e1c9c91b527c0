"""Bearer tokens: JWT signed with Ed25519, one audience per subsystem, short-lived. No cookie, no session, nothing stored.

The audience `api` is for people and programs that use the platform; `worker` is for a running task or service and reaches only what
that workload reads and writes; `metrics` is for monitoring and reads metrics only.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast, get_args

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

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
    """Who calls, as the token says."""

    subject: str
    role: Role

    def sees(self, owner: str) -> bool:
        """Whether something of this owner is the caller's business."""
        return self.role == "admin" or owner == self.subject


@dataclass(frozen=True)
class Worker:
    """The running workload that calls."""

    kind: Literal["task", "service"]
    id: str
    attempt: int = 0
    """What an earlier attempt left running somewhere has no say any more."""


class Keyring:
    """Signs and checks tokens with one key pair; `kid` names it, so that keys can be rotated."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self._public = key.public_key()
        raw = self._public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self._kid = hashlib.sha256(raw).hexdigest()[:16]
        self._verified = lru_cache(maxsize=VERIFIED)(self._verify)

    @classmethod
    def load(cls, file: Path) -> Keyring:
        """Read a PEM file.

        Raises:
            ValueError: it holds no Ed25519 private key.
        """
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError(f"{file}: not an Ed25519 private key")
        return cls(key)

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
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": audience, "sub": subject, "iat": now, "exp": now + int(seconds), **more}
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers={"kid": self._kid})

    def _check(self, token: str, audience: Audience) -> dict[str, Any]:
        try:
            claims = self._verified(token, audience)
        except jwt.PyJWTError as error:
            raise InvalidToken(str(error)) from error
        if claims["exp"] <= time.time():  # it was good when it was seen first
            raise InvalidToken("Signature has expired")
        return claims

    def _verify(self, token: str, audience: Audience) -> dict[str, Any]:
        """A good token stays good until it expires, so those seen last are not verified again: most requests come from few callers."""
        if jwt.get_unverified_header(token).get("kid") != self._kid:
            raise InvalidToken("signed with an unknown key")
        return jwt.decode(
            token,
            self._public,
            algorithms=["EdDSA"],
            audience=audience,
            issuer=ISSUER,
            options={"require": ["exp", "iat", "sub", "aud", "iss"]},
        )


def new_key() -> bytes:
    """A fresh Ed25519 private key, PEM."""
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
