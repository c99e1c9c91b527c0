"""A real API server with its etcd, as two processes on loopback: what an installer does to a cluster is tried for real."""

from __future__ import annotations

import base64
import datetime
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from installer.cluster import Cluster
from installer.common.errors import SlipwayError
from installer.common.paths import ROOT, cache


def program(name: str, folder: Path) -> str:
    """Where a control plane's program is: in SLIPWAY_TEST_BIN, or among what was packed; packs now when it was not yet."""
    if found := _find(name):
        return found
    subprocess.run(
        [sys.executable, "-m", "installer.cli", "pack", "-o", folder / "bundle", "--yes"], cwd=ROOT, check=True
    )
    found = _find(name)
    assert found, f"packing made no {name}"
    return found


def _find(name: str) -> str | None:
    packed = sorted((cache() / "pack").glob("*/content"), key=lambda path: path.stat().st_mtime, reverse=True)
    folders = [os.environ.get("SLIPWAY_TEST_BIN", ""), *map(str, packed)]
    return next((found for folder in folders if (found := shutil.which(name, path=folder))), None)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def issue(name: str, groups: list[str], ca: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None):
    """A certificate and its key: of the authority itself when `ca` is None."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            *(x509.NameAttribute(NameOID.ORGANIZATION_NAME, g) for g in groups),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(ca[0].subject if ca else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=ca is None, path_length=None), critical=True)
    )
    if ca and not groups:
        import ipaddress

        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(ca[1] if ca else key, hashes.SHA256()), key


def pem(thing) -> bytes:
    if isinstance(thing, x509.Certificate):
        return thing.public_bytes(serialization.Encoding.PEM)
    return thing.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


@pytest.fixture(scope="session")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The administrator's kubeconfig of a running API server (no kubelet, no controllers)."""
    folder = tmp_path_factory.mktemp("control-plane")
    etcd, apiserver = program("etcd", folder), program("kube-apiserver", folder)
    ca = issue("ca", [], None)
    server, admin, accounts = (
        issue("kube-apiserver", [], ca),
        issue("admin", ["system:masters"], ca),
        issue("sa", [], ca),
    )
    for name, pair in {"ca": ca, "server": server, "admin": admin, "sa": accounts}.items():
        (folder / f"{name}.crt").write_bytes(pem(pair[0]))
        (folder / f"{name}.key").write_bytes(pem(pair[1]))
    client, peer, secure = free_port(), free_port(), free_port()
    data = [f"--data-dir={folder}/etcd", "--unsafe-no-fsync", f"--listen-client-urls=http://127.0.0.1:{client}"]
    data += [f"--advertise-client-urls=http://127.0.0.1:{client}", f"--listen-peer-urls=http://127.0.0.1:{peer}"]
    options = [
        f"--etcd-servers=http://127.0.0.1:{client}",
        f"--secure-port={secure}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--authorization-mode=RBAC",
        "--endpoint-reconciler-type=none",
        f"--client-ca-file={folder}/ca.crt",
        f"--tls-cert-file={folder}/server.crt",
        f"--tls-private-key-file={folder}/server.key",
        "--service-account-issuer=https://localhost",
        f"--service-account-key-file={folder}/sa.key",
        f"--service-account-signing-key-file={folder}/sa.key",
    ]
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "test",
                "cluster": {
                    "server": f"https://127.0.0.1:{secure}",
                    "certificate-authority-data": base64.b64encode(pem(ca[0])).decode(),
                },
            }
        ],
        "users": [
            {
                "name": "admin",
                "user": {
                    "client-certificate-data": base64.b64encode(pem(admin[0])).decode(),
                    "client-key-data": base64.b64encode(pem(admin[1])).decode(),
                },
            }
        ],
    }
    path = folder / "admin.conf"
    path.write_text(yaml.safe_dump(config))
    with (folder / "log").open("wb") as log:
        processes = [
            subprocess.Popen([etcd, *data], stdout=log, stderr=log),
            subprocess.Popen([apiserver, *options], stdout=log, stderr=log),
        ]
        try:
            _until_ready(path, processes, folder / "log")
            yield path
        finally:
            for process in processes:  # nothing of theirs is kept: no need to wait for an orderly end
                process.kill()
                process.wait()


def _until_ready(kubeconfig: Path, processes: list[subprocess.Popen[bytes]], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and all(p.poll() is None for p in processes):
        try:
            with Cluster(kubeconfig) as cluster:
                cluster.text("/readyz")
                cluster.get("/api/v1/namespaces/default")
            return
        except SlipwayError:
            time.sleep(0.2)
    raise AssertionError(f"the API server did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture
def cluster(kubeconfig: Path) -> Iterator[Cluster]:
    with Cluster(kubeconfig) as cluster:
        yield cluster
