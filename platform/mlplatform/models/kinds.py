"""The kinds of descriptions, and their JSON Schemas."""

from __future__ import annotations

from typing import Any, Literal

from mlplatform.models.dataset import Dataset
from mlplatform.models.image import Image
from mlplatform.models.model import TrainedModel
from mlplatform.models.operator import Operator
from mlplatform.models.schedule import Schedule
from mlplatform.models.service import Service
from mlplatform.models.workflow import Workflow

Description = Operator | Dataset | Image | TrainedModel | Workflow | Service | Schedule
KINDS: dict[str, type[Description]] = {
    "Operator": Operator,
    "Dataset": Dataset,
    "Image": Image,
    "Model": TrainedModel,
    "Workflow": Workflow,
    "Service": Service,
    "Schedule": Schedule,
}
KindName = Literal["operator", "dataset", "image", "model", "workflow", "service", "schedule"]
"""A kind in an address or on a command line."""


def json_schema(kind: KindName) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a kind."""
    schema = KINDS[kind.capitalize()].model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:slipway:schema:v1:{kind}",
        **schema,
    }
