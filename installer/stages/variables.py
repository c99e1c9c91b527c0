"""The variables of the manifests: the site, and the secrets that the installer makes for it."""

from __future__ import annotations

from typing import Any

from installer.models.site import Site
from installer.secrets import Pki
from installer.stages.base import Context

NAMESPACE = "slipway"


def variables(ctx: Context) -> dict[str, Any]:
    """What every template may use: `site` as in its file, and `secrets`, each made at its first use and kept for the
    site's life. Both come from the run directory alone, so a plan renders what the run will apply."""
    pki = Pki(ctx.secrets, ctx.site.metadata.name)
    platform = pki.server("platform", platform_hosts(ctx.site))
    return {
        "site": ctx.site.model_dump(mode="json", by_alias=True),
        "secrets": {
            "database_password": ctx.secrets.password("database-password"),
            "signing_key": pki.signing_key("token-signing.pem").decode(),
            "ca_certificate": pki.ca_certificate().decode(),
            "tls_certificate": platform.certificate.decode(),
            "tls_key": platform.key.decode(),
        },
    }


def platform_hosts(site: Site) -> list[str]:
    """The names and addresses under which the platform is reached: the nodes' from outside, the service's from pods."""
    service = [f"api.{NAMESPACE}.svc", f"api.{NAMESPACE}.svc.{site.kubernetes.dns_domain}"]
    return [
        *(node.address for node in site.nodes),
        *(node.name for node in site.nodes),
        *service,
        "localhost",
        "127.0.0.1",
    ]
