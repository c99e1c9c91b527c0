"""Ids that sort by time: the order of ids is the order of arrival, so FIFO and paging need no second column."""

from __future__ import annotations

import base64
import secrets
import time


def new_id() -> str:
    """16 characters of base32hex in lower case: 56 bits of microseconds, 24 random bits. Fits into a DNS label."""
    raw = (time.time_ns() // 1000).to_bytes(7, "big") + secrets.token_bytes(3)
    return base64.b32hexencode(raw).decode().lower()
