"""How the platform of a site is reached: its address, its certificate authority, a token of an administrator."""

from __future__ import annotations

from pathlib import Path

from installer.configure import load_site
from installer.models.base import Model
from installer.models.site import Site
from installer.remote import connect
from installer.secrets import SecretStore

TOKEN_HOURS = 12
"""A working day and its evening; a new one takes seconds (`slipway accept` makes it)."""


class Access(Model):
    """Where things are, for a person or a program that wants to use the platform."""

    url: str
    ca_file: Path
    token_file: Path
    token_hours: int = TOKEN_HOURS
    report: Path
    """Without its language ending: `…/acceptance` for acceptance.en.md."""
    ssh_config: Path


def access_of(site_file: Path) -> Access:
    """The access to the platform that was installed from a site file.

    Raises:
        SlipwayError: the site file cannot be read.
    """
    return access(load_site(site_file), site_file.with_suffix(".run"))


def access(site: Site, run_dir: Path) -> Access:
    """The access to a site's platform, through its first control plane."""
    node = site.control_planes[0]
    host = f"[{node.address}]" if ":" in node.address else node.address
    return Access(
        url=f"https://{host}:{site.platform.port}",
        ca_file=run_dir / "secrets/ca.crt",
        token_file=run_dir / "secrets/admin.token",
        report=run_dir / "acceptance",
        ssh_config=run_dir / "ssh/config",
    )


def new_token(site: Site, run_dir: Path) -> str:
    """Let the platform issue an administrator's token, and keep it in the run directory (0600).

    The platform's own command makes it, in its own pod: the signing key never leaves the cluster, and the installer
    need not know what a token looks like.

    Raises:
        SlipwayError: the node or the platform cannot be reached.
    """
    node = site.control_planes[0]
    script = (
        # Without a cache folder of its own, kubectl would leave one in root's home.
        "kubectl --kubeconfig /etc/kubernetes/admin.conf --cache-dir /var/lib/slipway/tmp/kubectl --namespace slipway exec deployment/api -- "
        f"python3 -m mlplatform token create --subject admin --role admin --ttl {TOKEN_HOURS}h"
    )
    token = connect(site.nodes, run_dir)[node.name].run(script).stdout.decode().strip()
    SecretStore(run_dir / "secrets").put("admin.token", token.encode())
    return token
