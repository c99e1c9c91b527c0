"""An S3 store as a process on loopback, with TLS: versitygw over a folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from mlplatform.storage.blobs_s3 import S3BlobStore
from mlplatform.tls import ensure_certificates

from tests.installer.cluster.conftest import free_port, program
from tests.waiting import until

ACCESS, SECRET = "slipway", "a-secret-of-the-tests"


@dataclass
class Gateway:
    """A store that can be killed and started again."""

    binary: str
    root: Path
    folder: Path
    """What it keeps its objects in: a file system with extended attributes."""
    port: int

    @property
    def endpoint(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        return {
            "blobs_endpoint": self.endpoint,
            "blobs_ca": str(self.root / "tls/ca.crt"),
            "blobs_credentials": str(self.root / "credentials"),
        }

    def start(self) -> None:
        tls = ["--cert", str(self.root / "tls/tls.crt"), "--key", str(self.root / "tls/tls.key")]
        command = [self.binary, "--port", f"127.0.0.1:{self.port}", *tls, "--quiet", "posix", str(self.folder)]
        keys = {"ROOT_ACCESS_KEY": ACCESS, "ROOT_SECRET_KEY": SECRET}
        with (self.root / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | keys)
        until(self._listens, 30)

    def _listens(self) -> bool:
        assert self.process.poll() is None, (self.root / "log").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def store(self, prefix: str, bucket: str = "blobs") -> S3BlobStore:
        ca, credentials = self.root / "tls/ca.crt", self.root / "credentials"
        return S3BlobStore(f"s3://{bucket}/{prefix}", self.endpoint, ca, credentials, "us-east-1")


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    root = tmp_path_factory.mktemp("s3")
    ensure_certificates(root / "tls", ["127.0.0.1"])
    (root / "credentials").write_text(f"{ACCESS}\n{SECRET}\n")
    folder = Path(tempfile.mkdtemp(prefix="slipway-s3-", dir=_with_attributes(root)))
    (folder / "blobs").mkdir()  # a bucket is a folder
    found = Gateway(program("versitygw", root), root, folder, free_port())
    try:
        found.start()
        yield found
        found.stop()
    finally:
        shutil.rmtree(folder)


def _with_attributes(preferred: Path) -> Path:
    """A folder whose file system has extended attributes, where the store keeps what it knows of an object."""
    for folder in (preferred, Path("/dev/shm"), Path("/var/tmp")):
        probe = folder / ".attributes"
        try:
            probe.touch()
            os.setxattr(probe, "user.slipway", b"1")
            return folder
        except OSError:
            continue
        finally:
            probe.unlink(missing_ok=True)
    pytest.skip("no file system with extended attributes: tmpfs of Linux 6.6 or ext4")
