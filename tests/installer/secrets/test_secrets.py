"""A site's secrets: made once, private, and certificates that a real TLS client accepts."""

from __future__ import annotations

import ssl
import stat
from pathlib import Path

import pytest
from cryptography import x509

from installer.secrets import Certificate, Pki, SecretStore


@pytest.fixture
def store(tmp_path: Path) -> SecretStore:
    return SecretStore(tmp_path / "secrets")


def handshake(ca: bytes, server: Certificate, host: str, folder: Path) -> None:
    """One TLS handshake in memory; raises ssl.SSLError when the client refuses."""
    (folder / "leaf.pem").write_bytes(server.certificate + server.key)
    accepting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    accepting.load_cert_chain(folder / "leaf.pem")
    connecting = ssl.create_default_context(cadata=ca.decode())
    a, b = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        connecting.wrap_bio(a, b, server_hostname=host),
        accepting.wrap_bio(b, a, server_side=True),
    ]
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert ends[0].version() == "TLSv1.3"


def test_nobody_else_can_read_them(store: SecretStore) -> None:
    store.password("database")
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(store.path("database").stat().st_mode) == 0o600


def test_a_second_start_finds_what_the_first_made(store: SecretStore) -> None:
    again = SecretStore(store.folder)
    assert store.password("database") == again.password("database")
    assert Pki(store, "s").ca_certificate() == Pki(again, "s").ca_certificate()
    assert Pki(store, "s").server("api", ["a"]) == Pki(again, "s").server("api", ["a"])
    assert store.password("database") != store.password("other")


@pytest.mark.parametrize("host", ["10.1.2.3", "api.slipway.svc"])
def test_a_tls_client_trusts_the_server_for_its_names_only(store: SecretStore, tmp_path: Path, host: str) -> None:
    pki = Pki(store, "plant")
    server = pki.server("api", ["10.1.2.3", "api.slipway.svc"])
    handshake(pki.ca_certificate(), server, host, tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(pki.ca_certificate(), server, "elsewhere.example", tmp_path)
    stranger = Pki(SecretStore(tmp_path / "other"), "other")
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(stranger.ca_certificate(), server, host, tmp_path)


def test_a_certificate_is_issued_anew_when_its_hosts_change(store: SecretStore) -> None:
    pki = Pki(store, "plant")
    old, new = pki.server("api", ["10.0.0.1"]), pki.server("api", ["10.0.0.1", "10.0.0.2"])
    assert old.key == new.key
    serials = [x509.load_pem_x509_certificate(c.certificate).serial_number for c in (old, new)]
    assert serials[0] != serials[1]
