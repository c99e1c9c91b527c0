"""Configuration: environment variables with the prefix MLPLATFORM_, nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic_settings import BaseSettings, SettingsConfigDict

from mlplatform import HOME
from mlplatform.models.tenant import Limits


class Settings(BaseSettings):
    """What a deployment can choose. `mlplatform serve` fills it from its data folder."""

    model_config = SettingsConfigDict(env_prefix="MLPLATFORM_")

    database_url: str
    """SQLAlchemy URL: `sqlite+aiosqlite:///…` or `postgresql+psycopg://…`."""
    database_password_file: Path | None = None
    """The password for the URL, kept out of it and of the environment."""
    database_timeout: float = 30
    """Seconds that a transaction may take; then the database counts as away."""
    blobs: str
    """Folder of the blob store, or `s3://BUCKET/PREFIX`."""
    blobs_endpoint: str | None = None
    """`https://HOST:PORT` of an S3 store of one's own."""
    blobs_ca: Path | None = None
    """The certificate authority of the endpoint."""
    blobs_credentials: Path | None = None
    """A file with the access key in its first line and the secret key in its second, kept out of the environment."""
    blobs_region: str = "us-east-1"
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
    executor: Literal["local", "kubernetes", "simulated"] = "local"
    """Who runs work; `simulated` only lets time pass, on the nodes of `simulated_nodes`."""
    work: Path = Path("/var/lib/mlplatform/work")
    """Where the local executor gives each replica a folder."""
    simulated_nodes: dict[str, Limits] = {"simulated": Limits(cpu=64, memory="256Gi")}
    """What the simulated executor has by node, as JSON: {"n1": {"cpu": 64, "memory": "256Gi"}}."""
    metrics_port: int | None = None
    """Where the scheduler's process tells its metrics, over https to who has a token for them; the API does so on its own port."""
    namespace: str = "slipway-workloads"
    """Where the Kubernetes executor puts tasks and services."""
    log_limit: int = 1 << 30
    """Bytes of output that are kept of each replica of a task, and of a service each day; what is longer is cut off with a last line."""
    rate_login: str = "10/minute"
    """Attempts to sign in from one address, as the library `limits` writes it: `10/minute`, `100/hour`."""
    rate_caller: str = "30000/minute"
    """Requests of one subject: far above what people and programs do, predictions among it; a loop that ran away is held."""
    rate_worker: str = "60000/minute"
    """Requests of one task or service: pieces of logs come in bursts."""
    trace: Path | None = None
    """Where the scheduler appends every round that started or stopped something, for `mlplatform scheduler replay`."""
    registry: str | None = None
    """The name under which nodes pull the images of users' operators from the API; None: there are no nodes that pull."""
    images: dict[str, str] = {}
    """References of the platform's own images by name, as JSON: {"trainer": "…", "serving": "…"}."""
