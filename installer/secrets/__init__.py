"""A site's secrets: its certificate authority, keys, passwords. Made once, kept in the run directory, never printed."""

from installer.secrets.pki import Certificate, Pki
from installer.secrets.store import SecretStore

__all__ = ["Certificate", "Pki", "SecretStore"]
