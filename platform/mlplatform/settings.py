"""Configuration: environment variables with the prefix MLPLATFORM_, nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic_settings import BaseSettings, SettingsConfigDict

from mlplatform import HOME


class Settings(BaseSettings):
    """What a deployment can choose. `mlplatform serve` fills it from its data folder."""

    model_config = SettingsConfigDict(env_prefix="MLPLATFORM_")

    database_url: str
    """SQLAlchemy URL: `sqlite+aiosqlite:///…` or `postgresql+psycopg://…`."""
    database_password_file: Path | None = None
    """The password for the URL, kept out of it and of the environment."""
    blobs: Path
    """Folder of the blob store."""
    signing_key: Path
    """Ed25519 private key (PEM) that signs and checks every token, or a folder of several: see keys.py."""
    tls_cert: Path
    tls_key: Path
    tls_ca: Path
    """The certificate authority that workloads trust when they call the API."""
    host: str = "0.0.0.0"
    port: int = 8443
    api_url: str
    """How workloads reach the API."""
    operators: Path = HOME / "operators"
    web: Path = HOME / "web"
    executor: Literal["local", "kubernetes"] = "local"
    work: Path = Path("/var/lib/mlplatform/work")
    """Where the local executor gives each replica a folder."""
    namespace: str = "slipway-workloads"
    """Where the Kubernetes executor puts tasks and services."""
    rate_login: str = "10/minute"
    """Attempts to sign in from one address, as the library `limits` writes it: `10/minute`, `100/hour`."""
    rate_caller: str = "30000/minute"
    """Requests of one subject: far above what people and programs do, predictions among it; a loop that ran away is held."""
    rate_worker: str = "60000/minute"
    """Requests of one task or service: pieces of logs come in bursts."""
    trace: Path | None = None
    """Where the scheduler appends every round that started or stopped something, for `mlplatform scheduler replay`."""
    images: dict[str, str] = {}
    """References of the platform's own images by name, as JSON: {"trainer": "…", "serving": "…"}."""
