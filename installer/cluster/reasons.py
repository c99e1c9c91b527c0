"""Why an object is not ready, as an experienced admin would find out: its pods, their events, their last words."""

from __future__ import annotations

from collections.abc import Iterator

from installer.cluster.client import Cluster, Object
from installer.common.errors import SlipwayError

LOG_LINES = 8
PODS_TOLD = 3


def reasons(cluster: Cluster, obj: Object) -> str:
    """A few lines in the words of Kubernetes; empty when nothing is known. Never raises: it explains another error."""
    try:
        return "\n".join(f"  {line}" for line in _lines(cluster, obj))
    except SlipwayError as error:
        return f"  {error.report.why or error.report.what}"


def _lines(cluster: Cluster, obj: Object) -> Iterator[str]:
    yield from _events(cluster, obj)
    current = cluster.find(cluster.path_of(obj)) or obj
    if obj["kind"] == "Node":
        yield from (
            f"{c['type']}={c['status']} {c.get('reason', '')}: {c.get('message', '')}"
            for c in current.get("status", {}).get("conditions", [])
            if (c["type"] == "Ready") != (c["status"] == "True")
        )
        return
    labels = current.get("spec", {}).get("selector", {})
    labels = labels.get("matchLabels", {}) if isinstance(labels, dict) else {}
    if not labels:
        return
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    pods = cluster.items("v1", "Pod", current["metadata"].get("namespace", ""), labelSelector=selector)
    for pod in [p for p in pods if not _is_ready(p)][:PODS_TOLD]:
        yield from _pod(cluster, pod)


def _pod(cluster: Cluster, pod: Object) -> Iterator[str]:
    name, status = pod["metadata"]["name"], pod.get("status", {})
    yield f"pod {name} on {pod['spec'].get('nodeName', 'no node')}: {status.get('phase')}"
    yield from (
        f"  {c['type']}: {c['message']}"
        for c in status.get("conditions", [])
        if c["status"] != "True" and c.get("message")
    )
    yield from (f"  {line}" for line in _events(cluster, pod))
    for container in [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]:
        state, last = container.get("state", {}), container.get("lastState", {})
        if waiting := state.get("waiting"):
            yield f"  container {container['name']}: {waiting.get('reason')} {waiting.get('message', '')}".rstrip()
        ended = state.get("terminated") or last.get("terminated")
        if ended and ended.get("exitCode"):
            yield f"  container {container['name']} ended with {ended['exitCode']} ({ended.get('reason')})"
        if not container.get("ready") and (ended is None or ended.get("exitCode")) and container.get("containerID"):
            yield from (
                f"    | {line}" for line in _log(cluster, pod, container["name"], previous="running" not in state)
            )


def _events(cluster: Cluster, obj: Object) -> Iterator[str]:
    meta = obj["metadata"]
    selector = f"involvedObject.kind={obj['kind']},involvedObject.name={meta['name']},type=Warning"
    found = cluster.items("v1", "Event", meta.get("namespace", ""), fieldSelector=selector)
    found.sort(key=lambda e: e.get("lastTimestamp") or e.get("eventTime") or "")
    messages = dict.fromkeys(f"event {e.get('reason')}: {e.get('message')}" for e in found[-5:])
    yield from messages


def _log(cluster: Cluster, pod: Object, container: str, *, previous: bool) -> list[str]:
    path = cluster.path_of(pod) + "/log"
    try:
        text = cluster.text(path, container=container, tailLines=str(LOG_LINES), previous=str(previous).lower())
    except SlipwayError:
        return []  # it wrote none, or its node does not answer
    return text.splitlines()


def _is_ready(pod: Object) -> bool:
    conditions = pod.get("status", {}).get("conditions", [])
    return pod.get("status", {}).get("phase") == "Succeeded" or any(
        c["type"] == "Ready" and c["status"] == "True" for c in conditions
    )
