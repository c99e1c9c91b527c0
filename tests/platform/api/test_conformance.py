"""The API against its own description: schemathesis sends what the description allows and what it does not.

No answer is a fault of the server, and each has a status, a content type and a body that are described. MLPLATFORM_FUZZ sets how many
requests are made up for each operation and kind (right and wrong); with MLPLATFORM_FUZZ_DATABASE=postgresql they go to PostgreSQL.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from mlplatform.api.app import make_app
from mlplatform.core.platform import Platform, open_platform
from mlplatform.embedded import settings_for
from mlplatform.storage.database import Database
from mlplatform.tokens import Caller, Worker
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.python.asgi import shutdown_lifespans
from schemathesis.schemas import BaseSchema

from tests.platform.api import story

EXAMPLES = int(os.environ.get("MLPLATFORM_FUZZ", "3"))
load_all_checks()
schemathesis.serializer.alias("application/x-tar", "application/octet-stream")
PLAINLY_AWAY = (502, 503)
"""No scheduler runs here and no service: what needs one says so. That these are described is checked as of any status."""
NOT_OURS = [
    # What is well-formed can still name what is not there, or not fit an operator: 422 says so.
    CHECKS.get_one("positive_data_acceptance"),
    # Parameters that an address does not know are ignored, and the right token is sent with every request.
    CHECKS.get_one("negative_data_rejection"),
]


@pytest.fixture(scope="module")
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("conformance")
    platform = open_platform(settings_for(folder, "127.0.0.1", 8443))
    if os.environ.get("MLPLATFORM_FUZZ_DATABASE") == "postgresql":
        url = request.getfixturevalue("postgres").render_as_string()
        platform = replace(platform, database=Database(url))

    async def fill() -> None:
        await platform.database.migrate()
        await story.tell(platform)
        await platform.database.close()  # connections belong to this event loop; the requests have one of their own

    asyncio.run(fill())
    yield platform
    shutdown_lifespans()  # what listens to PostgreSQL ends
    asyncio.run(platform.database.close())


@pytest.fixture(scope="module")
def described(opened: Platform) -> BaseSchema:
    """Without `default`, which would allow any status: what a route answers with has to be named."""
    app = make_app(opened)
    document = app.openapi()
    for methods in document["paths"].values():
        for operation in methods.values():
            operation["responses"].pop("default", None)
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)


def test_every_answer_is_described(opened: Platform, described: BaseSchema) -> None:
    token = opened.keyring.issue_caller(Caller("ann", "admin"), 3600)
    worker = opened.keyring.issue_worker(Worker("task", story.RUNNING))
    found: dict[tuple[str, str], str] = {}
    for result in described.get_all_operations():
        operation = result.ok()
        ours = {"Authorization": f"Bearer {worker if '/worker' in operation.path else token}"}
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            if mode is GenerationMode.NEGATIVE and not (operation.query or operation.body or operation.path_parameters):
                continue
            for name, why in wrong(operation, mode, ours):
                found.setdefault((operation.label, name), why)
    assert not found, "\n\n".join(f"{label}: {name}: {why}" for (label, name), why in found.items())


def wrong(operation: Any, mode: GenerationMode, headers: dict[str, str]) -> list[tuple[str, str]]:
    """What was wrong with the answers to made-up requests of one kind."""
    seen: list[tuple[str, str]] = []

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        try:
            case.call_and_validate(headers=headers, excluded_checks=NOT_OURS)
        except BaseExceptionGroup as failures:
            new = [f for f in failures.exceptions if getattr(f, "status_code", 0) not in PLAINLY_AWAY]
            seen.extend((type(f).__name__, f"{f}\n{case.as_curl_command()}"[:1500]) for f in new)

    send()
    return seen
