"""Numbers and moments that fit into the columns that they are compared with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

INT32 = 2**31 - 1
INT64 = 2**63 - 1

Version = Annotated[int, Field(ge=1, le=INT32)]
Rank = Annotated[int, Field(ge=0, le=INT32)]
"""Of a replica."""
Offset = Annotated[int, Field(ge=0, le=INT64)]
"""Bytes."""


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("is outside of the years 1 to 9999 in UTC") from error


UtcMoment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
