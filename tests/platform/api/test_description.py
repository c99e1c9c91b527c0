"""The OpenAPI description is complete, for the routes of today and those to come."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from mlplatform.api import describe
from mlplatform.api.app import make_app
from mlplatform.core.platform import Platform

from tests.platform.conftest import ClientOf

OPEN = {"get_health", "get_readiness", "list_keys", "sign_in", "refresh_tokens", "sign_out", "set_password"}
Operation = tuple[str, str, dict[str, Any]]


@pytest.fixture
def database_url(tmp_path: object) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/test.db"


@pytest.fixture
def document(platform: Platform) -> dict[str, Any]:
    return make_app(platform).openapi()


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method in describe.METHODS:
            if method in methods:
                yield method, path, methods[method]


def test_every_operation_has_a_name_for_clients(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names)) > 30
    assert [n for n in names if not re.fullmatch(r"[a-z]+(_[a-z]+)*", n)] == []


def test_every_operation_says_what_it_does_and_belongs_to_a_described_tag(document: dict[str, Any]) -> None:
    tags = {tag["name"]: tag["description"] for tag in document["tags"]}
    for method, path, operation in operations(document):
        assert len(operation["summary"]) < 120 and "`" not in operation["operationId"], (method, path)
        assert operation["tags"] and all(tags[tag] for tag in operation["tags"]), (method, path)
    assert set(tags) == {tag for _, _, o in operations(document) for tag in o["tags"]}, "a tag that nothing has"


def test_every_operation_names_its_problems(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        where = (method, path)
        assert (operation["operationId"] in OPEN) is not bool(operation.get("security")), where
        problems = {status for status in operation["responses"] if status == "default" or int(status) >= 400}
        for status in problems:
            content = operation["responses"][status]["content"]
            assert list(content) == ["application/problem+json"], where
            assert content["application/problem+json"]["schema"] == {"$ref": "#/components/schemas/ProblemDocument"}
        assert not operation.get("security") or "401" in problems, where
        taken = [p for p in operation.get("parameters", ()) if p["name"] != "If-None-Match"]
        assert not taken or "422" in problems, where
        assert "requestBody" not in operation or {"413", "422"} <= problems, where
        fixed = ("/queue/{name}", "/schemas/{kind}", "/logs/{stream}")  # an unknown one is no valid value: 422
        makes = method == "put" or operation["operationId"].startswith("upload_")  # what is not there yet
        named = "{" in path and not path.endswith(fixed) and not makes
        assert not named or "404" in problems, where


def test_every_list_comes_in_pages(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        schema = operation["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
        shape = document["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], {})
        if method == "get" and "items" in shape.get("properties", {}):
            assert "next" in shape["required"], path
            assert {"cursor", "limit"} <= {p["name"] for p in operation["parameters"]}, path


def test_every_json_has_an_example_that_its_schema_accepts(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        bodies = [operation["requestBody"]] if "requestBody" in operation else []
        for body in bodies + [r for s, r in operation["responses"].items() if s.startswith("2")]:
            schema = body.get("content", {}).get("application/json", {}).get("schema")
            if schema is None or operation["operationId"] == "get_schema":
                continue
            name = schema["$ref"].rpartition("/")[2]
            for example in document["components"]["schemas"][name].get("examples", ()) or pytest.fail(f"{path} {name}"):
                whole = {**schema, "components": document["components"]}
                jsonschema.validate(example, whole, format_checker=jsonschema.FormatChecker())
        for parameter in operation.get("parameters", ()):
            optional = not parameter["required"]
            assert optional or parameter.get("example") is not None, (method, path, parameter["name"])


async def test_a_method_that_an_address_does_not_take(platform: Platform, client_of: ClientOf) -> None:
    paths = make_app(platform).openapi()["paths"]
    client = client_of("root", "admin")
    for path in paths:
        concrete = path.replace("{", "").replace("}", "")
        # What is text in one address can be a name in another: /workflows/text, /workflows/{name}.
        same = [other for other in paths if re.fullmatch(re.sub(r"{\w+}", "[^/]+", other), concrete)]
        methods = {method.upper() for other in same for method in paths[other]}
        for method in {"GET", "PUT", "POST", "DELETE", "PATCH"} - methods:
            answer = await client.request(method, concrete)
            assert answer.status_code == 405, (method, path, answer.status_code)
            assert answer.headers["content-type"] == "application/problem+json"
            assert set(answer.headers["allow"].split(", ")) - {"HEAD"} == methods, (method, path)
