"""Passwords: argon2id, and the rules of NIST SP 800-63B (section 5.1.1): a least length, no rules of composition, Unicode in one form."""

from __future__ import annotations

import asyncio
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from mlplatform.errors import invalid
from mlplatform.models.base import Text

SHORTEST, LONGEST = 12, 200
"""Characters. NIST asks for 8 at least, and that 64 be taken; the upper end keeps a request small."""

_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
"""RFC 9106, section 4, second recommended option: argon2id, 3 passes, 64 MiB, 4 lanes, 128 bits of salt, 256 of tag."""
_pool = ThreadPoolExecutor(4, "argon2")
"""How many are computed at once: each takes 64 MiB."""


def check_rules(name: str, password: str) -> None:
    """Refuse a password that is too easy.

    Raises:
        Problem: 422.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        length = Text(
            en="A password has {least} to {most} characters.", zh="密码长度须为 {least} 至 {most} 个字符。"
        ).format(least=SHORTEST, most=LONGEST)
        raise invalid(length, f"{len(password)} characters")
    if _plain(password) == _plain(name):
        raise invalid(Text(en="The name is no password.", zh="密码不能与用户名相同。"))


async def hashed(password: str) -> str:
    """What is stored of a password."""
    return await asyncio.get_running_loop().run_in_executor(_pool, _hasher.hash, _normal(password))


async def matches(stored: str | None, password: str) -> bool:
    """Whether this is the password. Without one it takes as long, so that the answer's time does not tell which names there are."""
    return await asyncio.get_running_loop().run_in_executor(_pool, _verify, stored, password)


def outdated(stored: str) -> bool:
    """Whether it was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _verify(stored: str | None, password: str) -> bool:
    try:
        return _hasher.verify(stored or _nobody(), _normal(password)) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    return _hasher.hash("")


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _plain(word: str) -> str:
    return _normal(word).casefold().strip()
