"""An operator's parameters: checked by their JSON Schema, with its defaults."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import jsonschema

from mlplatform.models.base import Text
from mlplatform.models.document import FieldPath
from mlplatform.models.words import unknown


@dataclass(frozen=True)
class WrongParam:
    path: FieldPath
    """Inside the parameters."""
    message: Text


def with_defaults(schema: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
    """The parameters, and the defaults of those that are left out."""
    defaults = {k: copy.deepcopy(v["default"]) for k, v in schema.get("properties", {}).items() if "default" in v}
    return defaults | params


def wrong_params(schema: dict[str, Any], params: dict[str, Any]) -> list[WrongParam]:
    """Everything that is wrong with parameters, defaults considered."""
    found: list[WrongParam] = []
    errors = jsonschema.Draft202012Validator(schema).iter_errors(with_defaults(schema, params))
    for error in sorted(errors, key=lambda e: list(map(str, e.absolute_path))):
        path = tuple(error.absolute_path)
        if error.validator == "additionalProperties" and error.validator_value is False:
            known = list(error.schema.get("properties", {}))
            found += [WrongParam((*path, n), unknown(n, known)) for n in error.instance if n not in known]
        else:
            found.append(WrongParam(path, Text(en=error.message, zh=f"不符合算子的要求：{error.message}")))
    return found
