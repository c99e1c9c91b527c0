"""Every route with every role."""

from __future__ import annotations

import pytest
from mlplatform.core.platform import Platform

from tests.platform.access.conftest import Asker
from tests.platform.access.routes import ROUTES, changing, served

ROLES = ["stranger", "viewer", "editor", "admin", "platform"]
GUARDED = [route for route, example in ROUTES.items() if example.who in ROLES]


async def test_every_route_says_who_may_use_it(platform: Platform) -> None:
    assert served(platform) == ROUTES.keys(), "describe new routes in tests/platform/access/routes.py"


@pytest.mark.parametrize("route", [r for r in GUARDED if changing(r)], ids=" ".join)
async def test_a_change_takes_the_role_that_it_says(asker: Asker, route: tuple[str, str]) -> None:
    await try_every_role(asker, route)


async def test_looking_takes_the_role_that_it_says(asker: Asker) -> None:
    for route in GUARDED:
        if not changing(route):
            await try_every_role(asker, route)


async def try_every_role(asker: Asker, route: tuple[str, str]) -> None:
    """Who is below the route's role is refused; the first that is not, is served."""
    least = ROLES.index(ROUTES[route].who)
    for rank, who in enumerate(ROLES):
        answer = await asker.send(route, who)
        said = f"{route} {who}: {answer.status_code} {answer.text}"
        if rank >= least:
            assert answer.is_success, said
            break  # the next role would find it done
        if who == "stranger" and ROUTES[route].who != "platform":
            assert answer.status_code in (404, 409), said  # 409: a name of a data set or model that is another's
        else:
            assert answer.status_code == 403, said
            assert answer.json()["needs"] == ROUTES[route].who, said


async def test_what_belongs_to_no_tenant_is_its_owner_s(asker: Asker) -> None:
    for route, example in ROUTES.items():
        if example.who == "owner":
            refused = await asker.send(route, "viewer")
            assert refused.status_code in (404, 409), f"{route} {refused.text}"  # 409: a name that is another's
            if not changing(route):
                assert (await asker.send(route, "owner")).is_success, route


async def test_a_stranger_lists_nothing_of_others(asker: Asker) -> None:
    for route, example in ROUTES.items():
        if example.who == "caller" and route[0] == "GET":
            mine, theirs = await asker.send(route, "viewer"), await asker.send(route, "stranger")
            assert mine.is_success and theirs.is_success, route
            if route[1].endswith(("tasks", "datasets", "models", "services", "queue", "tenants")):
                assert "lab" in mine.text, route
            assert "lab" not in theirs.text.split('"') and "maker" not in theirs.text, route
