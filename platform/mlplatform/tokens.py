"""Bearer tokens: JWT signed with Ed25519, one audience per subsystem, short-lived. No cookie, no session, nothing stored.

The audience `api` is for people and programs that use the platform; `worker` is for a running task or service and reaches only what
that workload reads and writes.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast, get_args

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

if TYPE_CHECKING:
    from mlplatform.models.tenant import TenantRole

ISSUER = "mlplatform"
Role = Literal["user", "admin"]
Audience = Literal["api", "worker"]
WORKER_TTL = 3600
"""Seconds; the scheduler hands out a new one at a quarter of that, as long as the workload runs."""


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
    """Of a task: what an earlier attempt left running somewhere has no say any more."""


class Keyring:
    """Signs and checks tokens with one key pair; `kid` names it, so that keys can be rotated."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self._public = key.public_key()
        raw = self._public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self._kid = hashlib.sha256(raw).hexdigest()[:16]

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

    def _check(self, token: str, audience: Audience) -> dict[str, object]:
        try:
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
        except jwt.PyJWTError as error:
            raise InvalidToken(str(error)) from error


def new_key() -> bytes:
    """A fresh Ed25519 private key, PEM."""
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
