"""Work as Kubernetes Jobs, Deployments and Services, over plain HTTP: JSON in, JSON out."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx

from mlplatform.executors import objects, observe
from mlplatform.executors.base import ExecutorError, Launch, Status, Work
from mlplatform.executors.heartbeats import Heartbeats
from mlplatform.executors.mirror import Mirror
from mlplatform.executors.objects import Object
from mlplatform.scheduler.state import Node
from mlplatform.settings import Settings

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
TIMEOUT = httpx.Timeout(15, connect=5)
"""Seconds; a call takes milliseconds. Well under the lease of a row's lock."""
CONNECTIONS = httpx.Limits(max_connections=100, max_keepalive_connections=100, keepalive_expiry=60)
"""As many stay open as are used at once: a new one costs both sides more than a call."""
UNSEEN = 5.0
"""Seconds for which what was started is taken to be there, before a mirror shows it."""
LONGEST_WAIT = 30
"""Seconds that the API server may ask to wait for at most."""
PATHS = {
    "Secret": "/api/v1/namespaces/{ns}/secrets",
    "Service": "/api/v1/namespaces/{ns}/services",
    "NetworkPolicy": "/apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies",
    "Job": "/apis/batch/v1/namespaces/{ns}/jobs",
    "Deployment": "/apis/apps/v1/namespaces/{ns}/deployments",
}
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
OURS = {"labelSelector": f"app.kubernetes.io/managed-by={objects.MANAGED_BY}"}


class KubernetesExecutor:
    """A namespace of a cluster.

    Args:
        client: reaches the API server as an account that may do what manifests/platform grants the scheduler.
        cluster: the namespace, and how pods reach the platform's API.
        changed: called when something of the platform's work changed there; None: nobody wants to know before he looks, so nothing is mirrored.
    """

    def __init__(
        self, client: httpx.AsyncClient, cluster: objects.Cluster, changed: Callable[[], None] | None = None
    ) -> None:
        self._http = client
        self._cluster = cluster
        self._changed = changed
        self._heartbeats = Heartbeats()
        self._lone: set[Work] = set()
        """Tasks that were started here without a Service and a policy of their own, so there is none to be taken away."""
        self._pods = f"/api/v1/namespaces/{cluster.namespace}/pods"
        self._asked_to_wait = 0.0
        """Until when (monotonic seconds): a server with too much to do is not asked meanwhile."""
        self._mirrors: dict[str, Mirror] = {}
        self._keeping: list[asyncio.Task[None]] = []
        self._unseen: dict[Work, float] = {}
        """When what no look has shown yet was started (monotonic seconds)."""
        self._hasty = False
        """Something was stopped before a look had shown it: only the API server itself knows whether it is gone."""

    @classmethod
    def in_cluster(cls, settings: Settings, changed: Callable[[], None] | None = None) -> KubernetesExecutor:
        """As the service account of this pod.

        Raises:
            ExecutorError: this is no pod, or it has no account.
        """
        host, port = os.environ.get("KUBERNETES_SERVICE_HOST"), os.environ.get("KUBERNETES_SERVICE_PORT")
        if not host or not (ACCOUNT / "token").exists():
            raise ExecutorError("the kubernetes executor runs in a pod with a service account")
        address = f"[{host}]" if ":" in host else host
        client = httpx.AsyncClient(
            base_url=f"https://{address}:{port}",
            verify=ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt")),
            auth=_account,
            timeout=TIMEOUT,
            limits=CONNECTIONS,
            trust_env=False,
        )
        runtime = settings.images.get("serving", "")
        cluster = objects.Cluster(settings.namespace, settings.api_url, settings.registry, runtime)
        return cls(client, cluster, changed)

    async def nodes(self) -> list[Node]:
        found = await self._get("/api/v1/nodes")
        heard = await self._heard()
        pods = await self._get(
            "/api/v1/pods",
            fieldSelector="status.phase!=Succeeded,status.phase!=Failed",
            labelSelector=f"app.kubernetes.io/managed-by!={objects.MANAGED_BY}",  # ours count by their rows
        )
        return observe.nodes([n for n in found["items"] if n["metadata"]["name"] in heard], pods["items"])

    async def start(self, launch: Launch) -> None:
        """The token first, so that the pods find it; applied, so that a repeated start renews it."""
        token = objects.secret(launch, self._cluster)
        path = f"{self._path('Secret')}/{token['metadata']['name']}"
        apply = {"fieldManager": objects.MANAGED_BY, "force": "true"}
        await self._call("PATCH", path, token, apply, content_type="application/apply-patch+yaml")
        made = objects.objects(launch, self._cluster)
        for obj in made:
            await self._call("POST", self._path(obj["kind"]), obj, good=(409,))
        self._unseen[launch.work] = time.monotonic()
        if [obj["kind"] for obj in made] == ["Job"]:
            self._lone.add(launch.work)

    async def statuses(self, works: Sequence[Work]) -> dict[Work, Status]:
        """Three requests, however many there are; one, while mirrors are in step."""
        if not works:
            return {}
        kind = works[0].kind
        anew, self._hasty = self._hasty, False
        owners = await self._look(self._path("Job" if kind == "task" else "Deployment"), anew=anew)
        pods = await self._look(self._pods, anew=anew)
        heard = await self._heard()
        by_owner = {o["metadata"]["labels"]["slipway.io/work"]: o for o in owners}
        by_work: dict[str, list[Object]] = {}
        lost: dict[str, str] = {}
        for pod in pods:
            if (node := pod["spec"].get("nodeName")) and node not in heard:
                lost[pod["metadata"]["labels"]["slipway.io/work"]] = node
                continue  # whatever it says of itself is old
            by_work.setdefault(pod["metadata"]["labels"]["slipway.io/work"], []).append(pod)
        found = {w: self._status(w, by_owner.get(w.id), by_work.get(w.id, []), lost.get(w.id)) for w in works}
        return {work: self._expected(work, status) for work, status in found.items()}

    def _expected(self, work: Work, status: Status) -> Status:
        """The status; of what was started just now, also while a mirror does not show it yet."""
        if work in self._unseen:
            if status.phase == "absent" and self._changed and time.monotonic() - self._unseen[work] < UNSEEN:
                return Status("starting", "its pods are being made")
            del self._unseen[work]
        return status

    async def _look(self, path: str, *, anew: bool) -> list[Object]:
        """Our objects there: from the mirror when there is one and it is in step, unless they are to be asked for anew."""
        if self._changed and path not in self._mirrors:
            self._mirrors[path] = Mirror(self._http, path, OURS, self._changed)
            self._keeping.append(asyncio.create_task(self._mirrors[path].keep()))
        known = None if anew or path not in self._mirrors else self._mirrors[path].objects
        if known is None:
            known = (await self._get(path, **OURS))["items"]
        return known

    async def _heard(self) -> frozenset[str]:
        """The nodes whose kubelets live."""
        leases = await self._get(LEASES)
        renewed = {lease["metadata"]["name"]: lease["spec"].get("renewTime", "") for lease in leases["items"]}
        return self._heartbeats.look(renewed, time.monotonic())

    def _status(self, work: Work, owner: Object | None, pods: list[Object], lost: str | None) -> Status:
        if work.kind == "task":
            return observe.task_status(owner, pods, lost)
        return observe.service_status(owner, pods, objects.endpoint(work, self._cluster), lost)

    async def stop(self, work: Work) -> None:
        """What runs goes first; its token last, since ending pods still ship their logs."""
        name = objects.name_of(work)
        kinds = ["Deployment", "Service", "Secret"]
        if work.kind == "task":
            kinds = ["Job", "Secret"] if work in self._lone else ["Job", "NetworkPolicy", "Service", "Secret"]
        for kind in kinds:
            background = {"propagationPolicy": "Background"}
            await self._call("DELETE", f"{self._path(kind)}/{name}", None, background, good=(404,))
        self._lone.discard(work)
        self._hasty |= self._unseen.pop(work, None) is not None

    async def close(self) -> None:
        for keeping in self._keeping:
            keeping.cancel()
        await asyncio.gather(*self._keeping, return_exceptions=True)
        await self._http.aclose()

    def _path(self, kind: str) -> str:
        return PATHS[kind].format(ns=self._cluster.namespace)

    async def _get(self, path: str, **query: str) -> Any:
        """A list; anything else would look as if there were nothing."""
        answer = await self._call("GET", path, None, query)
        try:
            found = answer.json()
        except ValueError:
            found = None
        if not isinstance(found, dict) or not isinstance(found.get("items"), list):
            raise ExecutorError(f"GET {path}: no list: {answer.text[:100]}")
        return found

    async def _call(
        self,
        method: str,
        path: str,
        body: Object | None,
        query: dict[str, str] | None = None,
        *,
        good: tuple[int, ...] = (),
        content_type: str = "application/json",
    ) -> httpx.Response:
        if (pause := self._asked_to_wait - time.monotonic()) > 0:
            raise ExecutorError(f"{method} {path}: the API server asked to wait; {pause:.0f} s more")
        headers = {"Content-Type": content_type}
        try:
            answer = await self._http.request(method, path, json=body, params=query, headers=headers)
        except httpx.HTTPError as error:
            raise ExecutorError(f"{method} {path}: {type(error).__name__} {error}".strip()) from error
        if answer.status_code in (429, 503) and (seconds := answer.headers.get("retry-after", "")).isdecimal():
            self._asked_to_wait = time.monotonic() + min(int(seconds), LONGEST_WAIT)
        if answer.is_error and answer.status_code not in good:
            raise ExecutorError(f"{method} {path}: {answer.status_code} {_message(answer)}")
        return answer


def _message(answer: httpx.Response) -> str:
    try:
        return str(answer.json().get("message", ""))
    except ValueError:
        return answer.text[:300]


def _account(request: httpx.Request) -> httpx.Request:
    """The account's token, read each time: the kubelet renews it."""
    request.headers["Authorization"] = f"Bearer {(ACCOUNT / 'token').read_text().strip()}"
    return request
