"""A small Kubernetes client: raw JSON over https with the administrator's certificate.

Raw JSON because an installer reads and writes objects of every kind, custom ones too, and sends them on unchanged; the official
client's models cost seconds to load and lose fields that they do not know.
"""

from __future__ import annotations

import base64
import json
import ssl
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import yaml

from installer.common.errors import SlipwayError
from installer.common.text import Text

Object = dict[str, Any]
FIELD_MANAGER = "slipway"


def title(obj: Object) -> str:
    """How people are told of an object: `Deployment kube-system/coredns`."""
    meta = obj["metadata"]
    return (
        f"{obj['kind']} {meta['namespace']}/{meta['name']}" if "namespace" in meta else f"{obj['kind']} {meta['name']}"
    )


class ApiError(SlipwayError):
    """The API server refused a request. `status` is the HTTP status, `reason` Kubernetes' own word (`NotFound`, `Conflict`)."""

    def __init__(self, what: str, status: int, reason: str, message: str) -> None:
        super().__init__(
            Text(en="The cluster refused {what}.", zh="集群拒绝了 {what}。").format(what=what),
            where=what,
            why=Text.same(f"{status} {reason}: {message}"),
        )
        self.status = status
        self.reason = reason


class Cluster:
    """One cluster, as its administrator sees it.

    Args:
        kubeconfig: an administrator's kubeconfig with embedded certificates, as kubeadm writes it.

    Every method raises `ApiError` when the API server refuses and `SlipwayError` when it cannot be reached.
    """

    def __init__(self, kubeconfig: Path) -> None:
        config = _read(kubeconfig)
        self.server: str = config["clusters"][0]["cluster"]["server"]
        # No proxy of the environment: the API server is a neighbour.
        self._http = httpx.Client(
            base_url=self.server, verify=_tls(config), trust_env=False, timeout=httpx.Timeout(30, connect=5)
        )
        self._resources: dict[tuple[str, str], tuple[str, bool]] = {}

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def path(self, api_version: str, kind: str, namespace: str = "", name: str = "") -> str:
        """The URL path of an object, or of a collection when `name` is empty (of all namespaces when `namespace` is)."""
        plural, namespaced = self._resource(api_version, kind)
        parts = ["api" if "/" not in api_version else "apis", api_version]
        if namespaced and namespace:
            parts += ["namespaces", namespace]
        return "/" + "/".join([*parts, plural, *([name] if name else [])])

    def path_of(self, obj: Object) -> str:
        """The URL path of this object; an object of a namespaced kind without a namespace lives in `default`."""
        meta = obj["metadata"]
        return self.path(obj["apiVersion"], obj["kind"], meta.get("namespace", "default"), meta["name"])

    def get(self, path: str, **params: str) -> Object:
        """The JSON at this path."""
        return self._json("GET", path, params=params)

    def find(self, path: str) -> Object | None:
        """The object at this path, or None where there is none."""
        try:
            return self.get(path)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def items(self, api_version: str, kind: str, namespace: str = "", **params: str) -> list[Object]:
        """All objects of a kind; `params` are `labelSelector` and `fieldSelector`."""
        found = self.get(self.path(api_version, kind, namespace), **params)["items"]
        return [{"apiVersion": api_version, "kind": kind, **item} for item in found]  # a list leaves them out

    def apply(self, obj: Object) -> Object:
        """Create or change an object server-side; the installer owns the fields it names."""
        return self._json(
            "PATCH",
            self.path_of(obj),
            params={"fieldManager": FIELD_MANAGER, "force": "true"},
            content=json.dumps(obj),
            headers={"Content-Type": "application/apply-patch+yaml"},
        )

    def replace(self, obj: Object) -> Object:
        """Put exactly this content in the object's place."""
        return self._json("PUT", self.path_of(obj), params={"fieldManager": FIELD_MANAGER}, json=obj)

    def create(self, path: str, obj: Object) -> Object:
        """Create an object in a collection, or call a subresource."""
        return self._json("POST", path, params={"fieldManager": FIELD_MANAGER}, json=obj)

    def put(self, path: str, obj: Object) -> Object:
        """Write a subresource, as `…/approval`."""
        return self._json("PUT", path, json=obj)

    def delete(self, path: str) -> None:
        """Delete an object and, in the background, what it owns; nothing happens where there is none."""
        try:
            self._json("DELETE", path, params={"propagationPolicy": "Background"})
        except ApiError as error:
            if error.status != 404:
                raise

    def text(self, path: str, **params: str) -> str:
        """The plain text at this path: a log, `/readyz`."""
        return self._send("GET", path, params=params).text

    def watch(self, path: str, seconds: float, **params: str) -> Iterator[tuple[str, Object]]:
        """Yield `("ADDED"|"MODIFIED"|"DELETED", object)`: first what is there, then each change; ends after `seconds` at the latest."""
        listing = self.get(path, **params)
        kind = listing["kind"].removesuffix("List")
        for item in listing["items"]:
            yield "ADDED", {"apiVersion": listing["apiVersion"], "kind": kind, **item}
        params |= {
            "watch": "true",
            "resourceVersion": listing["metadata"]["resourceVersion"],
            "timeoutSeconds": str(max(1, int(seconds))),
        }
        try:
            with self._http.stream("GET", path, params=params, timeout=httpx.Timeout(seconds + 5, connect=5)) as answer:
                if answer.status_code != 200:
                    return
                for line in answer.iter_lines():
                    event = json.loads(line)
                    if event["type"] == "ERROR":  # the version is too old by now: the caller lists again
                        return
                    yield event["type"], event["object"]
        except httpx.TransportError:
            return  # a restarted API server: the caller lists again, or times out with the reason

    def _resource(self, api_version: str, kind: str) -> tuple[str, bool]:
        """The plural and whether it is namespaced; asks again for what is unknown, since a definition may be new."""
        if (api_version, kind) not in self._resources:
            prefix = "/api" if "/" not in api_version else "/apis"
            for found in self.get(f"{prefix}/{api_version}")["resources"]:
                if "/" not in found["name"]:
                    self._resources[api_version, found["kind"]] = (found["name"], found["namespaced"])
        if (api_version, kind) not in self._resources:
            raise ApiError(f"{api_version} {kind}", 404, "NotFound", "the cluster knows no such kind")
        return self._resources[api_version, kind]

    def _json(self, method: str, path: str, **options: Any) -> Object:
        answer: Object = self._send(method, path, **options).json()
        return answer

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **options)
        except httpx.TransportError as error:
            raise SlipwayError(
                Text(en="The cluster's API server does not answer.", zh="集群的 API 服务器没有响应。"),
                where=self.server,
                why=Text.same(str(error) or type(error).__name__),
                fix=Text(
                    en="On the control plane look at: systemctl status kubelet; journalctl -u kubelet",
                    zh="请在控制平面节点上查看：systemctl status kubelet；journalctl -u kubelet",
                ),
            ) from error
        if answer.is_success:
            return answer
        try:
            status = answer.json()
        except ValueError:
            status = {"message": answer.text[:500]}
        raise ApiError(f"{method} {path}", answer.status_code, status.get("reason", ""), status.get("message", ""))


def _read(kubeconfig: Path) -> Any:
    try:
        return yaml.safe_load(kubeconfig.read_text())
    except OSError as error:
        raise SlipwayError(
            Text(en="The cluster's credentials are not there.", zh="找不到集群的凭据。"),
            where=str(kubeconfig),
            why=Text.same(error.strerror or str(error)),
            fix=Text(
                en="They come with the stage init: run slipway install, or retry.",
                zh="它们由 init 阶段产生：请运行 slipway install 或 retry。",
            ),
        ) from error


def _tls(config: Any) -> ssl.SSLContext:
    """A context that trusts the cluster's CA only and shows the administrator's certificate."""
    user = config["users"][0]["user"]
    context = ssl.create_default_context(
        cadata=base64.b64decode(config["clusters"][0]["cluster"]["certificate-authority-data"]).decode()
    )
    # The ssl module loads a key from a file only; it lives for this line, readable by its owner.
    with tempfile.NamedTemporaryFile() as file:
        for part in ("client-certificate-data", "client-key-data"):
            file.write(base64.b64decode(user[part]))
        file.flush()
        context.load_cert_chain(file.name)
    return context
