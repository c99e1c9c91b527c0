"""The keys that sign tokens: Ed25519 private keys (PEM) in a folder. The newest signs; the older ones verify until they are removed.

What is newest says the name: `signing-20261125T135000000000Z.pem`; one without a time is the oldest.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mlplatform.files import write_atomic


@dataclass(frozen=True)
class SigningKey:
    """A key pair and its name in tokens."""

    private: Ed25519PrivateKey

    @property
    def public(self) -> Ed25519PublicKey:
        return self.private.public_key()

    @property
    def raw(self) -> bytes:
        """The public key, 32 bytes."""
        return self.public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    @property
    def kid(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()[:16]


def new_key() -> bytes:
    """A fresh Ed25519 private key, PEM."""
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def files(place: Path) -> list[Path]:
    """The keys' files, oldest first, of a folder; or the one that `place` is itself."""
    return sorted(place.glob("*.pem"), key=lambda file: file.stem) if place.is_dir() else [place]


def read(file: Path) -> SigningKey:
    """A key from its file.

    Raises:
        OSError: it cannot be read.
        ValueError: it holds no Ed25519 private key.
    """
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except TypeError as error:  # what the library says of a key with a password
        raise ValueError(f"{file}: the key has a password") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{file}: not an Ed25519 private key")
    return SigningKey(key)


def rotate(folder: Path) -> SigningKey:
    """A new key that signs from now on; whoever reads the folder sees it at the next token."""
    file = folder / f"signing-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.pem"
    write_atomic(file, new_key())
    return read(file)


def remove(folder: Path, kid: str) -> None:
    """Take a key away: its tokens are refused from now on.

    Raises:
        KeyError: there is none of this name.
        ValueError: it is the one that signs.
    """
    known = {read(file).kid: file for file in files(folder)}
    if list(known)[-1:] == [kid]:
        raise ValueError(f"{kid} signs; rotate first")
    known[kid].unlink()
