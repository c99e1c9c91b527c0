"""Amounts of memory as Kubernetes writes them, and cores."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import StringConstraints

Memory = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,11}(Ki|Mi|Gi|Ti)$")]
_BINARY = {"": 1, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50}
_DECIMAL = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "m": 10**-3, "u": 10**-6, "n": 10**-9}
_QUANTITY = re.compile(r"^([0-9.]+(?:e[0-9]+)?)(Ki|Mi|Gi|Ti|Pi|k|M|G|T|m|u|n)?$")


def parse(quantity: str) -> float:
    """A Kubernetes quantity (`250m`, `1Gi`, `2`) as a number: cores, bytes or pieces.

    Raises:
        ValueError: it is none.
    """
    match = _QUANTITY.match(quantity)
    if not match:
        raise ValueError(f"not a quantity: {quantity!r}")
    unit = match[2] or ""
    return float(match[1]) * (_BINARY.get(unit) or _DECIMAL[unit])


def millicores(cpu: float) -> int:
    """Cores as thousandths: whole numbers, so that sums are exact."""
    return round(cpu * 1000)


def show_memory(amount: int) -> str:
    """Bytes for people: `1.5 GiB`."""
    value = float(amount)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:.3g} {unit}"
        value /= 1024
    return f"{value:.3g} TiB"
