"""Values that databases, JSON or numbers cannot hold are refused in words, on both databases; none is a fault of the server."""

from __future__ import annotations

from typing import Any

from tests.platform.api.test_api import upload, work
from tests.platform.conftest import ClientOf

JSON = {"Content-Type": "application/json"}
TASKS = "/api/v1/tasks"
TENANT = "/api/v1/tenants/t"


def body(**more: str) -> str:
    """A task's request with raw JSON in places."""
    inside = "".join(f', "{name}": {value}' for name, value in more.items())
    return '{"operator": "train-numpy", "inputs": {"data": {"dataset": "d"}}' + inside + "}"


CANNOT_BE_STORED = (
    (body(name=r'"a\u0000b"'), "body.name"),
    (body(name=r'"\ud800"'), "body.name"),
    (body(params=r'{"seed": NaN}'), "body.params.seed"),
    (body(params=r'{"learning_rate": Infinity}'), "body.params.learning_rate"),
    (body(params=r'{"\u0000": 1}'), "body.params"),
    (body(params=r'{"x": ["\udfff"]}'), "body.params.x.0"),
    (body(params='{"x": ' + "[" * 100 + "]" * 100 + "}"), "nested deeper"),
    (body(params='{"epochs": ' + "9" * 400 + "}"), "epochs"),
    (body(timeout=str(2**31)), "timeout"),
    (body(timeout="1e400"), "timeout"),
    (body(resources='{"memory": "' + "9" * 400 + 'Ti"}'), "memory"),
    (body(resources='{"cpu": 1e308}'), "cpu"),
    (body(inputs='{"data": {"dataset": "d", "version": ' + str(2**63) + "}}"), "version"),
    (body(deadline='"0001-01-01T00:00:00+23:59"'), "deadline"),
    (body(deadline='"9999-12-31T23:59:59-23:59"'), "deadline"),
    (body(name='"' + "x" * 201 + '"'), "name"),
)


async def test_what_cannot_be_stored_is_refused_with_its_place(client_of: ClientOf) -> None:
    ann = client_of()
    await upload(ann)
    for content, where in CANNOT_BE_STORED:
        answer = await ann.post(TASKS, content=content, headers=JSON)
        assert answer.status_code == 422, (content[:200], answer.text)
        assert where in answer.json()["detail"]


async def test_a_body_that_is_no_json_is_refused(client_of: ClientOf) -> None:
    for content in ("9" * 5000, "[" * 100_000, "{", b"\xff\xfe", '{"name": ' + "9" * 5000 + "}"):
        answer = await client_of().post(TASKS, content=content, headers=JSON)
        assert answer.status_code in (400, 422) and answer.headers["content-type"] == "application/problem+json"


async def test_a_quota_is_an_amount_that_can_be_counted(client_of: ClientOf) -> None:
    root = client_of("root", "admin")
    many = '{"memory": "' + "9" * 400 + 'Ti"}'
    for quota in ('{"cpu": 1e308}', '{"gpu": 99999999999999999999}', many, '{"cpu": -0.5}', '{"cpu": NaN}'):
        answer = await root.put(TENANT, content='{"quota": ' + quota + "}", headers=JSON)
        assert answer.status_code == 422, answer.text
    assert (await root.get("/api/v1/tenants")).json()["items"] == []


async def test_addresses_that_nothing_can_have(client_of: ClientOf) -> None:
    for path in (
        "tasks/%00",
        "tasks?cursor=%00",
        "artifacts/a%00b",
        "lineage/%00",
        "operators/%00",
        "tasks/x/outputs/Not%20A%20Name/f",
        f"tasks/x/logs?offset={2**63}",
        f"tasks/x/logs?rank={2**31}",
        f"datasets/d/{2**31}/d.csv",
        f"datasets/d/{2**63}/d.csv",
    ):
        answer = await client_of().get(f"/api/v1/{path}")
        assert answer.status_code == 422, (path, answer.text)


async def test_addresses_where_nothing_is(client_of: ClientOf) -> None:
    for path in ("/%00", "/api/v1/tasks/" + "x" * 5000, "/api/v1/lineage/%F0%9F%98%80", "/%ff", "/..%2f..%2fetc"):
        assert (await client_of().get(path)).status_code in (404, 422), path


async def test_names_in_any_script_come_back_as_they_were(client_of: ClientOf) -> None:
    ann = client_of()
    await upload(ann)
    name = "夜间训练 \U0001f319 \u0007 <b>"
    task = (await ann.post(TASKS, json=work(name=name))).json()
    assert (await ann.get(f"{TASKS}/{task['id']}")).json()["name"] == name


async def test_a_body_beyond_the_limit_is_refused(client_of: ClientOf) -> None:
    async def endless() -> Any:
        for _ in range(65):
            yield b" " * (1 << 20)

    answer = await client_of().post(TASKS, content=endless(), headers=JSON)
    assert answer.status_code == 413 and answer.headers["content-type"] == "application/problem+json"
