"""What Prometheus is told: names and units by its rules (base units, `_total` for what only grows)."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, generate_latest
from sqlalchemy import func, select
from sqlalchemy.pool import QueuePool

from mlplatform.scheduler.view import TABLES
from mlplatform.storage.database import Database

REQUEST_SECONDS = Histogram(
    "mlplatform_http_request_duration_seconds",
    "Time to answer a request, streams until their end",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60),
)
WAIT_SECONDS = Histogram(
    "mlplatform_queue_wait_seconds",
    "Time from submission to start of what was started",
    ["queue", "tenant"],
    buckets=(0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14400, 86400),
)
DECIDE_SECONDS = Histogram("mlplatform_scheduler_decide_seconds", "Time of one round of decisions")
DECISIONS = Counter("mlplatform_scheduler_decisions_total", "Decisions that were made", ["decision"])
STARTS = Counter("mlplatform_workload_starts_total", "Attempts that were started", ["queue"])
ENDS = Counter("mlplatform_workload_ends_total", "Tasks and services that ended", ["queue", "state"])
LOG_BYTES = Counter("mlplatform_log_bytes_total", "Bytes of logs and metrics that were stored", ["stream"])
LEADS = Gauge("mlplatform_scheduler_leader", "1 when this process holds the scheduler's lease")
QUEUE_LENGTH = Gauge("mlplatform_queue_length", "What waits", ["queue", "tenant"])
QUEUE_OLDEST = Gauge(
    "mlplatform_queue_oldest_seconds", "How long the oldest of what waits has waited", ["queue", "tenant"]
)
CONNECTIONS = Gauge("mlplatform_database_connections", "Connections of this process's pool", ["state"])


async def exposition(database: Database) -> bytes:
    """Everything in Prometheus's text format. The queues are read now: every process tells the same of them."""
    QUEUE_LENGTH.clear()
    QUEUE_OLDEST.clear()
    now = datetime.now(UTC)
    async with database.transaction() as session:
        for queue, table in TABLES.items():
            query = select(table.tenant, func.count(), func.min(table.created_at)).where(table.state == "queued")
            for tenant, count, oldest in await session.execute(query.group_by(table.tenant)):
                QUEUE_LENGTH.labels(queue, tenant).set(count)
                QUEUE_OLDEST.labels(queue, tenant).set((now - oldest).total_seconds())
    pool = database.engine.pool
    if isinstance(pool, QueuePool):
        CONNECTIONS.labels("in_use").set(pool.checkedout())
        CONNECTIONS.labels("idle").set(pool.checkedin())
    return generate_latest(REGISTRY)


def since(moment: datetime) -> float:
    """Seconds from a moment to now."""
    return max(0.0, time.time() - moment.timestamp())
