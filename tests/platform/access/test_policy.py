"""The policy's properties, and that the database's condition is the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlplatform import policy
from mlplatform.core import access
from mlplatform.core.platform import Platform
from mlplatform.errors import Problem, not_found
from mlplatform.models.base import Text
from mlplatform.policy import LEAST, ROLES, Place, decide, role_on
from mlplatform.storage.tables import Task
from mlplatform.tokens import Caller
from sqlalchemy import select

from tests.platform.access.world import build

NAMES = st.sampled_from(["ann", "bob", "maker"])
TENANTS = st.sampled_from(["default", "lab", "other"])
CALLERS = st.builds(
    Caller, NAMES, st.sampled_from(["user", "admin"]), st.dictionaries(TENANTS, st.sampled_from(ROLES), max_size=3)
)
PLACES = st.builds(Place, TENANTS, NAMES)
ACTIONS = st.sampled_from(sorted(LEAST))


@given(CALLERS, ACTIONS, PLACES)
def test_what_is_not_seen_cannot_be_done(caller: Caller, action: policy.Action, place: Place) -> None:
    assert decide(caller, action, place).seen == policy.sees(caller, place)
    if decide(caller, action, place).allowed:
        assert policy.sees(caller, place)


@given(CALLERS, ACTIONS, PLACES, st.sampled_from(ROLES))
def test_a_higher_role_never_takes_something_away(
    caller: Caller, action: policy.Action, place: Place, role: policy.TenantRole
) -> None:
    before, had = decide(caller, action, place), role_on(caller, place)
    if had is None or ROLES.index(role) >= ROLES.index(had):
        raised = Caller(caller.subject, caller.role, {**caller.grants, place.tenant: role})
        assert decide(raised, action, place).allowed >= before.allowed


@given(CALLERS, ACTIONS, PLACES)
def test_administrators_may_everything_and_others_nothing_without_a_role(
    caller: Caller, action: policy.Action, place: Place
) -> None:
    allowed = decide(caller, action, place).allowed
    if caller.role == "admin":
        assert allowed
    elif LEAST[action] == "platform" or (place.tenant not in caller.grants and place.tenant != "default"):
        assert not allowed


@given(CALLERS, PLACES)
def test_in_default_one_works_for_oneself(caller: Caller, place: Place) -> None:
    if place.tenant == "default" and caller.role == "user" and "default" not in caller.grants:
        assert policy.sees(caller, place) == (caller.subject == place.owner)
        assert decide(caller, "cancel", place).allowed == (caller.subject == place.owner)


@given(CALLERS, ACTIONS, PLACES)
def test_a_refusal_says_what_is_missing(caller: Caller, action: policy.Action, place: Place) -> None:
    verdict = decide(caller, action, place)
    missing = not_found(Text(en="task", zh="任务"), "t")
    if verdict.allowed:
        policy.require(caller, action, place, missing)
        return
    with pytest.raises(Problem) as refused:
        policy.require(caller, action, place, missing)
    assert refused.value.status == (403 if verdict.seen else 404)
    assert not verdict.seen or LEAST[action] in refused.value.detail


@pytest.mark.parametrize("subject", ["maker", "ann"])
@pytest.mark.parametrize("grants", [{}, {"lab": "viewer"}, {"default": "viewer"}, {"other": "admin"}])
async def test_a_query_finds_what_the_policy_shows(
    platform: Platform, subject: str, grants: dict[str, policy.TenantRole]
) -> None:
    await build(platform)
    async with platform.database.transaction() as session:
        task = await session.get_one(Task, "task-done")
        task.tenant = "default"
        await session.flush()
        for caller in (Caller(subject, "user", grants), Caller(subject, "admin", grants)):
            every = list(await session.scalars(select(Task)))
            found = set(await session.scalars(select(Task.id).where(access.visible(caller, Task))))
            assert found == {task.id for task in every if policy.sees(caller, task)}
