"""The site's own certificate authority, and what it signs."""

from __future__ import annotations

import datetime
import ipaddress
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from installer.secrets.store import SecretStore

CA_YEARS = 10
LEAF_DAYS = 397  # the longest that browsers accept (CA/Browser Forum ballot SC31)
_PEM = serialization.Encoding.PEM
_PKCS8 = serialization.PrivateFormat.PKCS8
_PLAIN = serialization.NoEncryption()


@dataclass(frozen=True)
class Certificate:
    """A certificate and its private key, both PEM."""

    certificate: bytes
    key: bytes


class Pki:
    """Issues certificates for one site. ECDSA P-256: what every browser and TLS library accepts."""

    def __init__(self, store: SecretStore, site: str) -> None:
        self._store = store
        self._site = site

    def ca_certificate(self) -> bytes:
        """The authority's certificate, PEM: what a browser or client is given to trust the site."""
        self._ca_key()
        return self._store.get_or_make("ca.crt", self._make_ca)

    def server(self, name: str, hosts: list[str]) -> Certificate:
        """A server certificate for `hosts` (names and addresses). Issued anew when the hosts have changed or it nears its end."""
        names = [_general_name(h) for h in hosts]
        path = self._store.path(f"{name}.crt")
        key = self._store.get_or_make(f"{name}.key", _new_key)
        if not path.exists() or not _still_good(path.read_bytes(), names):
            self._store.put(f"{name}.crt", self._issue(name, key, names))
        return Certificate(path.read_bytes(), key)

    def signing_key(self, name: str) -> bytes:
        """An Ed25519 private key, PEM, for signing tokens."""
        return self._store.get_or_make(
            name, lambda: ed25519.Ed25519PrivateKey.generate().private_bytes(_PEM, _PKCS8, _PLAIN)
        )

    def _ca_key(self) -> ec.EllipticCurvePrivateKey:
        return _load_key(self._store.get_or_make("ca.key", _new_key))

    def _make_ca(self) -> bytes:
        key = self._ca_key()
        name = _subject(f"Slipway site {self._site}")
        certificate = (
            _builder(name, name, key.public_key(), days=365 * CA_YEARS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        return certificate.public_bytes(_PEM)

    def _issue(self, name: str, key: bytes, names: list[x509.GeneralName]) -> bytes:
        ca = x509.load_pem_x509_certificate(self.ca_certificate())
        public = _load_key(key).public_key()
        certificate = (
            _builder(_subject(name), ca.subject, public, days=LEAF_DAYS)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._ca_key().public_key()), critical=False
            )
            .sign(self._ca_key(), hashes.SHA256())
        )
        return certificate.public_bytes(_PEM)


def _new_key() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(_PEM, _PKCS8, _PLAIN)


def _load_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pem, password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def _subject(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, days: int
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        # A day back: clocks of the nodes may be behind the installer's.
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=days))
    )


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _still_good(pem: bytes, names: list[x509.GeneralName]) -> bool:
    certificate = x509.load_pem_x509_certificate(pem)
    held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    left = certificate.not_valid_after_utc - datetime.datetime.now(datetime.UTC)
    return list(held) == names and left > datetime.timedelta(days=30)
