"""Small inputs and parameters made from an operator's description."""

from __future__ import annotations

import csv
import io
import random
from typing import Any

from mlplatform.models.operator import Port

ROWS = 60
SEED = 1


def content(port: Port) -> tuple[str, bytes]:
    """The name and the bytes of a file for an input that is no model."""
    return ("sample.csv", table()) if port.type == "table" else ("sample.csv", table(delimiter=";"))


def table(delimiter: str = ",") -> bytes:
    """A table with a header: four columns of numbers, and a class that follows from them, in the last column."""
    chance = random.Random(SEED)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(["a", "b", "c", "d", "class"])
    for row in range(ROWS):
        kind = row % 3
        writer.writerow([*(round(chance.gauss(kind * 3, 1), 3) for _ in range(4)), "xyz"[kind]])
    return out.getvalue().encode()


def junk() -> bytes:
    """Bytes that are no table in any encoding."""
    return random.Random(SEED).randbytes(2000)


def params(schema: dict[str, Any]) -> dict[str, Any]:
    """Values for the required parameters without a default: the first or smallest that the schema allows, as far as that is plain."""
    properties = schema.get("properties", {})
    wanted = [n for n in schema.get("required", []) if "default" not in properties.get(n, {})]
    return {name: _value(properties.get(name, {})) for name in wanted}


def _value(schema: dict[str, Any]) -> Any:
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "integer":
            return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
        case "number":
            return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 0.5)
        case "boolean":
            return False
        case "array":
            return [_value(schema.get("items", {}))] * schema.get("minItems", 0)
        case "object":
            return params(schema)
        case _:
            return "a" * schema.get("minLength", 1)
