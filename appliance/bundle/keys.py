"""The packer's key: Ed25519, made once, private to the user who packs."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from installer.common.errors import SlipwayError
from installer.common.files import write_atomic
from installer.common.text import Text


def key_file() -> Path:
    """Where the user's packer key is; not safe to delete: sites that trust it refuse another's bundles."""
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return config / "slipway" / "packer.key"


def packer_key() -> Ed25519PrivateKey:
    """The packer's key, made at first use (0600, in a 0700 folder).

    Raises:
        SlipwayError: others can read the file, or it holds no Ed25519 key.
    """
    path = key_file()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = Ed25519PrivateKey.generate()
        write_atomic(
            path,
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
            mode=0o600,
        )
        return key
    if path.stat().st_mode & 0o077:
        raise SlipwayError(
            Text(en="others can read the packer's key", zh="他人可读取打包密钥"),
            where=str(path),
            fix=Text(
                en="chmod 600 {path}; if somebody may have copied it, delete it, so that a new one is made",
                zh="请运行 chmod 600 {path}；若可能已被复制，请删除该文件以重新生成",
            ).format(path=path),
        )
    try:
        loaded = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _no_key(path) from error
    if not isinstance(loaded, Ed25519PrivateKey):
        raise _no_key(path)
    return loaded


def sign(key: Ed25519PrivateKey, content: bytes) -> bytes:
    """The signature as it stands in `bundle.json.sig`: base64, one line."""
    return base64.b64encode(key.sign(content)) + b"\n"


def public_pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def load_public(pem: bytes) -> Ed25519PublicKey | None:
    """The key of a PEM file exactly as `public_pem` writes it (PEM allows noise around it); None when it is none."""
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, Ed25519PublicKey) and public_pem(key) == pem else None


def signed_by(key: Ed25519PublicKey, signature: bytes, content: bytes) -> bool:
    try:
        raw = base64.b64decode(signature.strip(), validate=True)
        key.verify(raw, content)
    except (InvalidSignature, ValueError):
        return False
    return signature == base64.b64encode(raw) + b"\n"  # several base64 texts say the same: only ours counts


def fingerprint(key: Ed25519PublicKey) -> str:
    """The key in a form to read out on the telephone: `SHA256:` and base64, as ssh shows its keys."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return "SHA256:" + base64.b64encode(hashlib.sha256(raw).digest()).decode().rstrip("=")


def _no_key(path: Path) -> SlipwayError:
    return SlipwayError(
        Text(en="this is no Ed25519 key", zh="该文件不是 Ed25519 密钥"),
        where=str(path),
        fix=Text(
            en="put the packer's key back from your backup, or delete the file to get a new one",
            zh="请从备份恢复打包密钥，或删除该文件以重新生成",
        ),
    )
