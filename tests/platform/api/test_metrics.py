"""Metrics and the log of requests: what is told, by which names, and to whom."""

from __future__ import annotations

import re
import signal
import socket
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from mlplatform.core.platform import Platform
from mlplatform.storage.database import Database
from mlplatform.tokens import Keyring
from prometheus_client.parser import text_string_to_metric_families

from tests.platform.api.test_api import upload, work
from tests.platform.conftest import ClientOf
from tests.platform.served import Served
from tests.platform.served import environment as environment_of
from tests.waiting import until

OURS = "mlplatform_"


def read(text: str) -> dict[str, list[Any]]:
    return {family.name: family.samples for family in text_string_to_metric_families(text)}


async def test_metrics_are_for_tokens_of_their_own(platform: Platform, client_of: ClientOf) -> None:
    scraper = client_of(token=platform.keyring.issue_scraper("prometheus", 60))
    for refused in (client_of(), client_of(token=""), client_of("root", "admin")):
        assert (await refused.get("/metrics")).status_code == 401
    assert (await scraper.get("/api/v1/tasks")).status_code == 401, "metrics and nothing else"
    answer = await scraper.get("/metrics")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain; version=0.0.4")


async def test_names_follow_the_rules_and_values_what_happens(platform: Platform, client_of: ClientOf) -> None:
    ann, scraper = client_of(), client_of(token=platform.keyring.issue_scraper("prometheus", 60))
    await upload(ann)
    await ann.post("/api/v1/tasks", json=work())
    await ann.get("/api/v1/tasks/none?secret=1")
    families = list(text_string_to_metric_families((await scraper.get("/metrics")).text))
    for family in (f for f in families if f.name.startswith(OURS)):
        assert re.fullmatch(r"[a-z][a-z_]*[a-z]", family.name) and family.documentation
        assert family.type != "histogram" or family.name.endswith("_seconds")
        assert family.type != "gauge" or not family.name.endswith("_total")
        for sample in family.samples:
            assert family.type != "counter" or sample.name.endswith(("_total", "_created"))
            assert "secret" not in str(sample.labels) and "none" not in sample.labels.values()
    values = {(s.name, *s.labels.values()): s.value for f in families for s in f.samples}
    assert values[f"{OURS}queue_length", "task", "default"] == 1
    assert 0 <= values[f"{OURS}queue_oldest_seconds", "task", "default"] < 600
    assert values[f"{OURS}http_request_duration_seconds_count", "GET", "/api/v1/tasks/{id}", "404"] >= 1
    assert values[f"{OURS}http_request_duration_seconds_count", "POST", "/api/v1/tasks", "201"] >= 1
    assert {f"{OURS}database_connections"} <= {f.name for f in families}


async def test_each_request_is_one_line_without_secrets(client_of: ClientOf) -> None:
    ann = client_of()
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        answer = await ann.get("/api/v1/tasks/none?token=secret", headers={"X-Request-Id": "from-the-proxy-1"})
        forged = await ann.get("/api/v1/tasks", headers={"X-Request-Id": 'x" forged'})
        await client_of(token="").get("/nothing/here")
    first, second, third = [line for line in lines if line["event"] == "request"]
    assert answer.headers["x-request-id"] == first["request_id"] == "from-the-proxy-1"
    assert (first["method"], first["route"], first["status"], first["subject"]) == (
        "GET",
        "/api/v1/tasks/{id}",
        404,
        "ann",
    )
    assert first["bytes"] == len(answer.content) and first["seconds"] >= 0
    assert second["request_id"] == forged.headers["x-request-id"] != 'x" forged'
    assert (third["route"], third["subject"]) == ("(none)", None)
    assert "secret" not in str(lines) and "Bearer" not in str(lines)


async def test_what_is_logged_below_a_request_has_its_id(client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        structlog.get_logger().info("below")
        raise RuntimeError

    monkeypatch.setattr("mlplatform.core.queue.waiting", broken)
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        answer = await client_of().get("/api/v1/queue")
    ids = {line["event"]: line["request_id"] for line in lines}
    assert set(ids) >= {"below", "request", "unexpected error"} and set(ids.values()) == {
        answer.headers["x-request-id"]
    }


def test_a_platform_that_ran_something_tells_it(served: Served) -> None:
    with served.client() as client:
        client.post(
            "/api/v1/datasets/told", params={"file": "d.csv"}, content=b"1,2,a\n3,4,b\n" * 20
        ).raise_for_status()
        request = {"operator": "train-numpy", "inputs": {"data": {"dataset": "told"}}}
        id_ = client.post("/api/v1/tasks", json=request).raise_for_status().json()["id"]
        until(lambda: client.get(f"/api/v1/tasks/{id_}").json()["state"] == "succeeded")
        token = Keyring.load(served.data / "keys").issue_scraper("prometheus", 60)
        text = client.get("/metrics", headers={"Authorization": f"Bearer {token}"}).raise_for_status().text
    values = {(s.name, *s.labels.values()): s.value for samples in read(text).values() for s in samples}
    assert values[f"{OURS}workload_starts_total", "task"] >= 1
    assert values[f"{OURS}workload_ends_total", "task", "succeeded"] >= 1
    assert values[f"{OURS}queue_wait_seconds_count", "task", "default"] >= 1
    assert values[f"{OURS}scheduler_decisions_total", "start"] >= 1
    assert values[f"{OURS}scheduler_decide_seconds_count",] >= 1
    assert values[f"{OURS}scheduler_leader",] == 1
    assert values[f"{OURS}log_bytes_total", "output"] > 0


async def test_the_scheduler_s_process_tells_its_own(platform: Platform, tmp_path: Path) -> None:
    if platform.database.engine.dialect.name == "sqlite":
        pytest.skip("a scheduler of its own is for PostgreSQL")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {"database_url": _url(platform.database), "metrics_port": port, "host": "127.0.0.1", "images": "{}"}
    environment = environment_of(platform.settings, **own)
    token = platform.keyring.issue_scraper("prometheus", 60)
    trust = ssl.create_default_context(cafile=str(platform.settings.tls_ca))
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "mlplatform", "scheduler"], env=environment, stderr=log)

    def leads() -> bool:
        assert process.poll() is None, (tmp_path / "log").read_text()
        try:
            headers = {"Authorization": f"Bearer {token}"}
            answer = httpx.get(f"https://127.0.0.1:{port}/metrics", headers=headers, verify=trust, trust_env=False)
        except httpx.ConnectError:
            return False
        return f"{OURS}scheduler_leader 1.0" in answer.text

    try:
        until(leads, 30)
        assert httpx.get(f"https://127.0.0.1:{port}/metrics", verify=trust, trust_env=False).status_code == 401
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def _url(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)
