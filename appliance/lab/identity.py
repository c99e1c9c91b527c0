"""What makes one node different from the next: host key, machine-id, host name."""

from __future__ import annotations

import io
import tarfile
import time
import uuid
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat


@dataclass(frozen=True)
class KeyPair:
    """An SSH key pair in OpenSSH's formats."""

    private: bytes
    public: str

    @classmethod
    def new(cls) -> KeyPair:
        key = Ed25519PrivateKey.generate()
        return cls(
            private=key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()),
            public=key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode(),
        )


def files(*, hostname: str, nameserver: str, host_key: KeyPair, login: str) -> bytes:
    """A tar of the files that are a node's own, to be unpacked over its root.

    Args:
        nameserver: an address that answers "refused" at once, as in a site whose DNS knows nothing.
        login: the public key root logs in with.
    """
    contents = {
        "etc/hostname": (0o644, f"{hostname}\n"),
        "etc/hosts": (
            0o644,
            f"127.0.0.1\tlocalhost\n127.0.1.1\t{hostname}\n\n::1\tlocalhost ip6-localhost ip6-loopback\n",
        ),
        "etc/resolv.conf": (0o644, f"nameserver {nameserver}\n"),
        "etc/machine-id": (0o444, f"{uuid.uuid4().hex}\n"),
        "etc/ssh/ssh_host_ed25519_key": (0o600, host_key.private.decode()),
        "etc/ssh/ssh_host_ed25519_key.pub": (0o644, f"{host_key.public}\n"),
        "root/.ssh/authorized_keys": (0o600, f"{login}\n"),
    }
    buffer, now = io.BytesIO(), int(time.time())
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        home = tarfile.TarInfo("root/.ssh")
        home.type, home.mode, home.mtime = tarfile.DIRTYPE, 0o700, now
        tar.addfile(home)
        for name, (mode, text) in contents.items():
            entry = tarfile.TarInfo(name)
            entry.mode, entry.size, entry.mtime = mode, len(text.encode()), now
            tar.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()
