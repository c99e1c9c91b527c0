"""The audit log as the API shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from mlplatform.models.base import Model


class AuditView(Model):
    """One change, or one that was tried."""

    id: str
    at: datetime
    subject: str
    address: str
    """Where the request came from."""
    request_id: str
    """The `X-Request-Id` of its answer."""
    action: str
    """The operation: `cancel_task`."""
    what: str
    """The thing changed; of what was refused, the address that was asked."""
    outcome: Literal["done", "refused", "failed"]
    code: str
    """Of what was refused, the problem's name; of what failed, `fault`."""
