"""The OpenAPI description: what FastAPI finds, and what it cannot know: names, tags, the problems of every route, examples."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic.json_schema import models_json_schema

from mlplatform.api.etags import TAGGED
from mlplatform.api.examples import EXAMPLES, parameter_example
from mlplatform.api.problems import ProblemDocument, may
from mlplatform.api.routers.services import InferRequest

ABOUT = """Everything that the platform does. Errors are RFC 9457 problem documents in the language of `Accept-Language`.
Lists come in pages: `next` is the `cursor` of the following one. A GET answers with an `ETag`, which `If-None-Match` and `If-Match`
take. What creates something takes an `Idempotency-Key`."""
TAGS = {
    "tasks": "One-off work: submit, watch, explain, cancel; logs and outputs.",
    "streams": "Server-sent events: state changes and logs as they happen.",
    "artifacts": "Versions of data sets and models, and the files in them.",
    "services": "Models that are published, and predictions.",
    "operators": "What a task or service can run.",
    "descriptions": "The resource standard: schemas, checking and editing descriptions.",
    "workflows": "Stored workflows: texts with versions.",
    "runs": "Runs of workflows: where each step stands, and why; cancel, pause, resume, retry.",
    "schedules": "Work that begins at its times.",
    "lineage": "What was made from what.",
    "queue": "What waits, and why.",
    "login": "Signing in and out, and one's own password.",
    "users": "Who signs in by name and password.",
    "audit": "Who changed what, or tried to.",
    "keys": "The public keys that tokens are checked with.",
    "tenants": "Who shares the machines, with which quotas.",
    "worker": "What running work reaches with a token of its own. For the platform's runner only.",
    "health": "Whether the process lives, and whether it can work.",
}
METHODS = ("get", "put", "post", "delete", "patch")


def operation_id(route: APIRoute) -> str:
    """The route's name: clients call their methods by it, so it stays the same."""
    return route.name


def install(app: FastAPI) -> None:
    """Let the application describe itself completely."""
    found = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(found())
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's way of extending it


def _complete(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    _, unseen = models_json_schema(  # FastAPI does not see these: they are no argument and no answer of a function
        [(ProblemDocument, "serialization"), (InferRequest, "validation")], ref_template="#/components/schemas/{model}"
    )
    schemas.update(unseen["$defs"])
    for unused in (
        "HTTPValidationError",
        "ValidationError",
    ):  # FastAPI's own form of errors, which nothing answers with
        schemas.pop(unused, None)
    for model, example in EXAMPLES.items():
        if model in schemas:
            schemas[model]["examples"] = [example]
    document["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
    for path, methods in document["paths"].items():
        for operation in (methods[m] for m in METHODS if m in methods):
            operation["summary"] = operation["description"].partition("\n")[0].partition(". ")[0].removesuffix(".")
            for parameter in operation.get("parameters", ()):
                if "example" not in parameter and (example := parameter_example(path, parameter["name"])) is not None:
                    parameter["example"] = example
            _add_problems(operation)
            if path.startswith("/api/") and operation is methods.get("get"):
                _add_etag(operation)


def _add_problems(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    responses.pop("422", None) if _is_fastapis(responses.get("422")) else None
    if operation.get("security"):
        responses.update(_text_keys(may(401, 429)))
    if operation.get("parameters") or operation.get("requestBody"):
        responses.update(_text_keys(may(422)))
    if "requestBody" in operation:
        responses.update(_text_keys(may(413)))
        if "application/json" in operation["requestBody"]["content"]:
            responses.update(_text_keys(may(400)))
    operation["responses"] = dict(sorted(responses.items()))


def _add_etag(operation: dict[str, Any]) -> None:
    """What api/etags.py does for all that is read and no stream."""
    if set(TAGGED) & operation["responses"].get("200", {}).get("content", {}).keys():
        text = {"type": "string"}
        operation["responses"]["200"]["headers"] = {"ETag": {"description": "Its version", "schema": text}}
        operation["responses"]["304"] = {"description": "The caller has this version"}
        about = "The ETag of a version that the caller has: 304 when it still is this one"
        parameter = {"name": "If-None-Match", "in": "header", "required": False, "description": about, "schema": text}
        operation.setdefault("parameters", []).append(parameter)


def _is_fastapis(response: dict[str, Any] | None) -> bool:
    return bool(response) and "application/json" in (response or {}).get("content", {})


def _text_keys(responses: dict[int | str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {str(status): response for status, response in responses.items()}
