"""Kubelets' certificates: what is approved, what is refused. A small cluster of dictionaries stands in for the API server."""

from __future__ import annotations

import base64
from ipaddress import ip_address
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from installer.cluster import serving
from installer.cluster.client import ApiError
from installer.cluster.serving import approve_serving
from installer.common.errors import SlipwayError
from installer.models.site import SiteNode

NODES = [SiteNode(name=f"n{i}", address=f"10.0.0.{i}", roles=["worker"], interface="eth0") for i in (1, 2)]


def request(name: str, node: str, dns: list[str], addresses: list[str]) -> dict[str, Any]:
    key = ec.generate_private_key(ec.SECP256R1())
    names = [*map(x509.DNSName, dns), *(x509.IPAddress(ip_address(a)) for a in addresses)]
    csr = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"system:node:{node}")]))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = csr.public_bytes(serialization.Encoding.PEM)
    return {
        "metadata": {"name": name},
        "spec": {"username": f"system:node:{node}", "request": base64.b64encode(pem).decode()},
        "status": {},
    }


class Requests:
    """Requests by name; a kubelet answers once one of its requests was approved."""

    def __init__(self, *requests: dict[str, Any]) -> None:
        self.requests = {r["metadata"]["name"]: r for r in requests}

    def get(self, path: str, **params: str) -> dict[str, Any]:
        assert params == {"fieldSelector": "spec.signerName=kubernetes.io/kubelet-serving"}
        return {"items": list(self.requests.values())}

    def put(self, path: str, obj: dict[str, Any]) -> None:
        assert path.endswith("/approval")
        self.requests[path.split("/")[-2]] = obj

    def text(self, path: str) -> str:
        node = path.split("/")[4]
        if any(r["status"] and r["spec"]["username"].endswith(f":{node}") for r in self.requests.values()):
            return "ok"
        raise ApiError(path, 503, "ServiceUnavailable", "tls: internal error")


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "POLL", 0)


def quiet(_text: object) -> None: ...


def test_each_node_gets_its_certificate() -> None:
    cluster = Requests(request("a", "n1", ["n1"], ["10.0.0.1"]), request("b", "n2", ["n2"], ["10.0.0.2"]))
    approve_serving(cluster, NODES, quiet, seconds=5)  # type: ignore[arg-type]
    approved = [r["status"]["conditions"][0]["type"] for r in cluster.requests.values()]
    assert approved == ["Approved", "Approved"]


def test_nothing_is_done_for_kubelets_that_already_answer() -> None:
    done = {**request("a", "n1", ["n1"], ["10.0.0.1"]), "status": {"conditions": [{"type": "Approved"}]}}
    again = request("z", "n1", ["evil"], ["10.9.9.9"])
    cluster = Requests(done, again)
    approve_serving(cluster, NODES[:1], quiet, seconds=5)  # type: ignore[arg-type]
    assert cluster.requests["z"]["status"] == {}


@pytest.mark.parametrize(("dns", "addresses"), [(["n2"], ["10.0.0.1"]), (["n1"], ["10.0.0.2"]), (["n1", "api"], [])])
def test_foreign_names_are_refused(dns: list[str], addresses: list[str]) -> None:
    cluster = Requests(request("a", "n1", dns, addresses))
    with pytest.raises(SlipwayError) as caught:
        approve_serving(cluster, NODES[:1], quiet, seconds=5)  # type: ignore[arg-type]
    assert caught.value.report.where == "n1"
    assert cluster.requests["a"]["status"] == {}


def test_a_stranger_is_not_approved_and_who_never_asks_is_named() -> None:
    cluster = Requests(request("a", "intruder", ["intruder"], ["10.0.0.66"]), request("b", "n1", ["n1"], ["10.0.0.1"]))
    with pytest.raises(SlipwayError) as caught:
        approve_serving(cluster, NODES, quiet, seconds=0.05)  # type: ignore[arg-type]
    assert caught.value.report.where == "n2"
    assert cluster.requests["a"]["status"] == {}
