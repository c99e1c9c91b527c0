"""An object whose kind came a moment before: the API server may not serve its address yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from installer.cluster import ApiError, Cluster, apply_folder, folder

DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "boats.example.org"},
    "spec": {"group": "example.org", "names": {"kind": "Boat", "plural": "boats"}},
}
BOAT = {"apiVersion": "example.org/v1", "kind": "Boat", "metadata": {"name": "ark"}}


class Late(Cluster):
    """A cluster that finds no address of a new kind in its first `late` answers."""

    def __init__(self, late: int) -> None:
        self.late = late
        self.applied: list[str] = []

    def path_of(self, obj: dict) -> str:
        return f"/apis/{obj['apiVersion']}/{obj['kind']}/{obj['metadata']['name']}"

    def find(self, path: str) -> dict | None:
        if path.endswith("boats.example.org") and "CustomResourceDefinition" in self.applied:
            return DEFINITION | {"status": {"conditions": [{"type": "Established", "status": "True"}]}}
        return BOAT if path.endswith("ark") and "Boat" in self.applied else None

    def apply(self, obj: dict) -> dict:
        if obj["kind"] != "CustomResourceDefinition" and self.late:
            self.late -= 1
            raise ApiError(f"GET /apis/{obj['apiVersion']}", 404, "", "404 page not found")
        self.applied.append(obj["kind"])
        return obj


def test_a_kind_that_is_served_a_moment_later_is_waited_for(tmp_path: Path) -> None:
    cluster = Late(2)
    apply_folder(cluster, [DEFINITION, BOAT], tmp_path / "objects.json", lambda _: None)
    assert cluster.applied == ["CustomResourceDefinition", "Boat"]


def test_a_kind_that_is_never_served_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "SERVED", 0.0)
    with pytest.raises(ApiError, match="refused"):
        apply_folder(Late(9), [DEFINITION, BOAT], tmp_path / "objects.json", lambda _: None)


def test_an_unknown_kind_without_its_definition_is_told_at_once(tmp_path: Path) -> None:
    cluster = Late(1)
    with pytest.raises(ApiError, match="refused"):
        apply_folder(cluster, [BOAT], tmp_path / "objects.json", lambda _: None)
    assert cluster.applied == []
