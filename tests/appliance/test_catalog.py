from __future__ import annotations

from pathlib import Path

import pytest

from appliance.catalog import CATALOG, Lock, load_catalog
from installer.common.errors import InvalidInput
from installer.common.paths import version
from tests.appliance.conftest import COMPONENT


def test_our_own_catalog_holds_what_an_installation_needs() -> None:
    catalog = load_catalog()
    files = {name for component in catalog.components for name in component.files}
    images = {
        image.reference.rpartition(":")[0]: image for component in catalog.components for image in component.images
    }
    assert {"bin/kubelet", "bin/kubeadm", "bin/kubectl", "bin/containerd", "bin/runc", "cni/loopback"} <= files
    assert {"manifests/cilium.yaml.j2", "datasets/digits.csv.gz"} <= files
    for name in ("platform-api", "platform-scheduler", "trainer", "serving", "data", "postgresql", "debian"):
        assert f"slipway.local/{name}" in images
    assert images["slipway.local/platform-api"].reference.endswith(f":{version()}")
    assert images["registry.k8s.io/etcd"].roles == ["control-plane"]
    assert all(component.licence for component in catalog.components)


def test_every_shared_layer_is_written_the_same_way_so_that_it_is_made_once() -> None:
    images = {
        image.reference.split("/")[-1].split(":")[0]: image for c in load_catalog().components for image in c.images
    }
    assert images["trainer"].layers[:2] == images["serving"].layers[:2]
    assert images["platform-api"].layers == images["platform-scheduler"].layers


def test_no_package_registry_is_named() -> None:
    words = "".join(path.read_text() for path in CATALOG.iterdir() if path.is_file() and path.suffix != ".py")
    for part in ("pypi" + ".org", "pythonhosted", "proxy.golang", "deb." + "debian", "npmjs"):
        assert part not in words


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("licence: MIT", "", "licence"),
        ("licence: MIT", "licence: MIT\ncolour: red", "colour"),
        ("kind: upstream", "kind: wish", "sources"),
        ("output: tool/tool", "output: nothing/tool", "no artifact nothing"),
        ("output: tool/tool", "output: tool/other", "no output other"),
        ("example/both:{version}", "example/tool:{version}", "two of this image"),
        ("name: tool", "name: [", "line"),
    ],
)
def test_what_is_wrong_is_named(catalog_folder: Path, old: str, new: str, complaint: str) -> None:
    text = COMPONENT.replace(old, new, 1)
    assert text != COMPONENT
    (catalog_folder / "tool.yaml").write_text(text)
    with pytest.raises(InvalidInput) as caught:
        load_catalog(catalog_folder)
    assert complaint in f"{caught.value.report.where} {caught.value.report.why}"


def test_versions_are_filled_in(catalog_folder: Path) -> None:
    component = load_catalog(catalog_folder).components[0]
    assert component.images[0].reference == "example/tool:1.0"


def test_pins_last(tmp_path: Path) -> None:
    lock = Lock(tmp_path / "lock.yaml")
    assert lock.get("https://a/b") is None
    lock.pin("https://a/b", "0" * 64)
    lock.pin("https://a/a", "1" * 64)
    again = Lock(tmp_path / "lock.yaml")
    assert (again.get("https://a/b"), again.get("https://a/a")) == ("0" * 64, "1" * 64)
