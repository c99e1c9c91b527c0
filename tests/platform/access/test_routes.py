"""Every route with every role."""

from __future__ import annotations

import pytest
from mlplatform.core.platform import Platform

from tests.platform.access.conftest import Asker
from tests.platform.access.routes import ROUTES, served

ROLES = ["stranger", "viewer", "editor", "admin", "platform"]
IN_A_TENANT = [route for route, example in ROUTES.items() if example.who in ROLES]


async def test_every_route_says_who_may_use_it(platform: Platform) -> None:
    assert served(platform) == ROUTES.keys(), "describe new routes in tests/platform/access/routes.py"


@pytest.mark.parametrize("route", IN_A_TENANT, ids=" ".join)
async def test_a_route_takes_the_role_that_it_says(asker: Asker, route: tuple[str, str]) -> None:
    least = ROLES.index(ROUTES[route].who)
    for rank, who in enumerate(ROLES):
        answer = await asker.send(route, who)
        said = f"{who}: {answer.status_code} {answer.text}"
        if rank >= least:
            assert answer.is_success, said
            break  # the next role would find it done
        if who == "stranger" and ROUTES[route].who != "platform":
            assert answer.status_code in (404, 409), said  # 409: a name of a data set or model that is another's
        else:
            assert answer.status_code == 403, said
            assert answer.json()["needs"] == ROUTES[route].who, said


@pytest.mark.parametrize("route", [r for r, e in ROUTES.items() if e.who == "caller" and r[0] == "GET"], ids=" ".join)
async def test_a_stranger_lists_nothing_of_others(asker: Asker, route: tuple[str, str]) -> None:
    mine, theirs = await asker.send(route, "viewer"), await asker.send(route, "stranger")
    assert mine.is_success and theirs.is_success
    if route[1].endswith(("tasks", "datasets", "models", "services", "queue", "tenants")):
        assert "lab" in mine.text and "lab" not in theirs.text and "maker" not in theirs.text
