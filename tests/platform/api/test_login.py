"""Users and roles from end to end, on both databases; each rule by itself is tried in tests/platform/access."""

from __future__ import annotations

import asyncio

from mlplatform.core.platform import Platform

from tests.platform.conftest import ClientOf

PASSWORD = "correct horse battery"


async def test_from_an_invitation_to_work_in_a_tenant_and_out_again(client_of: ClientOf) -> None:
    root, nobody = client_of("root", "admin"), client_of(token="")
    made = (await root.post("/api/v1/users", json={"name": "una"})).json()
    assert (await root.post("/api/v1/users", json={"name": "una"})).status_code == 409
    setting = {"name": "una", "token": made["token"], "password": PASSWORD}
    assert (await nobody.post("/api/v1/login/password", json=setting)).status_code == 204
    tokens = (await nobody.post("/api/v1/login", json={"name": "una", "password": PASSWORD})).json()
    una = client_of(token=tokens["access_token"])

    async def upload() -> int:
        query = {"file": "d.csv", "tenant": "lab"}
        return (await una.post("/api/v1/datasets/d", params=query, content=b"1,2,a\n")).status_code

    await root.put("/api/v1/tenants/lab", json={})
    assert await upload() == 404
    for role, status in (("viewer", 403), ("editor", 201)):  # the same token: roles are not in it
        await root.put("/api/v1/tenants/lab/members", json={"members": {"una": role}})
        assert await upload() == status
    assert (await una.get("/api/v1/datasets")).json()["items"][0]["tenant"] == "lab"
    log = (await root.get("/api/v1/audit", params={"subject": "una"})).json()["items"]
    assert [(e["action"], e["outcome"], e["code"]) for e in reversed(log)] == [
        ("set_password", "done", ""),
        ("sign_in", "done", ""),
        ("upload_dataset", "refused", "not_found"),
        ("upload_dataset", "refused", "forbidden"),
        ("upload_dataset", "done", ""),
    ]
    await root.put("/api/v1/users/una/disabled", json={"disabled": True})
    assert (await una.get("/api/v1/datasets")).status_code == 401


async def test_of_two_uses_of_a_refresh_token_at_once_one_counts(platform: Platform, client_of: ClientOf) -> None:
    root, nobody = client_of("root", "admin"), client_of(token="")
    made = (await root.post("/api/v1/users", json={"name": "una"})).json()
    setting = {"name": "una", "token": made["token"], "password": PASSWORD}
    both = await asyncio.gather(*(nobody.post("/api/v1/login/password", json=setting) for _ in range(2)))
    assert sorted(a.status_code for a in both) == [204, 401]
    tokens = (await nobody.post("/api/v1/login", json={"name": "una", "password": PASSWORD})).json()
    body = {"refresh_token": tokens["refresh_token"]}
    both = await asyncio.gather(*(nobody.post("/api/v1/login/refresh", json=body) for _ in range(2)))
    assert sorted(a.status_code for a in both) == [200, 401]
    good = next(a for a in both if a.status_code == 200).json()
    again = await nobody.post("/api/v1/login/refresh", json={"refresh_token": good["refresh_token"]})
    assert again.status_code == 401  # which of the two was the thief cannot be told
