"""The kubelets' own certificates: each kubelet asks the cluster for one; the installer approves what it knows to be right.

Nobody else does: Kubernetes' controllers never approve `kubernetes.io/kubelet-serving`, since only whoever knows the machines can
tell whether a kubelet may answer for an address. The site file knows.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Sequence
from ipaddress import ip_address

from cryptography import x509

from installer.cluster.client import ApiError, Cluster, Object
from installer.common.errors import SlipwayError
from installer.common.text import Text
from installer.models.site import SiteNode

SIGNER = "kubernetes.io/kubelet-serving"
POLL = 0.3
"""Seconds between two looks."""
REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"


def approve_serving(
    cluster: Cluster, nodes: Sequence[SiteNode], progress: Callable[[Text], None], seconds: float
) -> None:
    """Approve each node's request for its serving certificate, and return when each kubelet answers with one.

    Raises:
        SlipwayError: a kubelet does not answer within `seconds`, or asks for names that are not its own.
    """
    deadline = time.monotonic() + seconds
    waiting = {node.name: node for node in nodes}
    while waiting := {name: node for name, node in waiting.items() if not _answers(cluster, name)}:
        if time.monotonic() > deadline:
            break
        for request in cluster.get(REQUESTS, fieldSelector=f"spec.signerName={SIGNER}")["items"]:
            node = waiting.get(request["spec"]["username"].removeprefix("system:node:"))
            if node and not request.get("status", {}).get("conditions"):
                _check(request, node)
                _approve(cluster, request)
                progress(
                    Text(en="certificate of the kubelet on {node}", zh="{node} 上 kubelet 的证书").format(
                        node=node.name
                    )
                )
        time.sleep(POLL)  # until the kubelet asked, or took up what was signed: nothing to watch tells the latter
    if waiting:
        raise SlipwayError(
            Text(en="The kubelet has no certificate: {nodes}.", zh="kubelet 没有证书：{nodes}。").format(
                nodes=", ".join(waiting)
            ),
            where=", ".join(waiting),
            why=Text(
                en="No request for one arrived, or the signed one was not taken up, within {seconds:.0f} s.",
                zh="{seconds:.0f} 秒内没有收到申请，或签发的证书未被采用。",
            ).format(seconds=seconds),
            fix=Text(en="On the node look at: journalctl -u kubelet", zh="请在该节点上查看：journalctl -u kubelet"),
        )


def _answers(cluster: Cluster, node: str) -> bool:
    """Whether the API server reaches this kubelet over a verified connection."""
    try:
        return cluster.text(f"/api/v1/nodes/{node}/proxy/healthz") == "ok"
    except ApiError:
        return False


def _check(request: Object, node: SiteNode) -> None:
    """Refuse a request for anything but the node's own name and address."""
    csr = x509.load_pem_x509_csr(base64.b64decode(request["spec"]["request"]))
    names = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    asked = {*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))}
    known = {node.name, str(ip_address(node.address))}
    if foreign := asked - known:
        raise SlipwayError(
            Text(
                en="A kubelet asks for a certificate with names that are not its own.",
                zh="kubelet 申请的证书包含不属于它的名称。",
            ),
            where=node.name,
            why=Text(en="asked: {asked}; known: {known}", zh="申请：{asked}；已知：{known}").format(
                asked=", ".join(sorted(foreign)), known=", ".join(sorted(known))
            ),
            fix=Text(
                en="Look who runs this kubelet; then: kubectl delete csr {name}",
                zh="请检查该 kubelet 由谁运行；然后：kubectl delete csr {name}",
            ).format(name=request["metadata"]["name"]),
        )


def _approve(cluster: Cluster, request: Object) -> None:
    approved = {
        "type": "Approved",
        "status": "True",
        "reason": "KnownNode",
        "message": "name and address are those of the site",
    }
    body = {**request, "status": {"conditions": [approved]}}
    cluster.put(f"{REQUESTS}/{request['metadata']['name']}/approval", body)
