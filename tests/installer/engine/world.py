"""A site of fake nodes that can be killed at every boundary: what the engine's tests run on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from installer.common.errors import SlipwayError
from installer.common.text import Text
from installer.engine import back, run, session
from installer.engine.control import Control
from installer.engine.session import Session
from installer.engine.wish import Wish
from installer.fingerprint import Difference, Fingerprint, UndoReport
from installer.models.node import NodeAccess
from installer.models.plan import Change
from installer.models.site import BundleRef, Kubernetes, Metadata, Site, SiteNode
from installer.plan import make_plan
from installer.remote import Completed, Remote
from installer.stages import Context, Description, Stage, Step
from installer.stages.base import cluster_step, node_step, receipt_folder
from installer.stages.objects import OBJECTS

OBJECT = "object"


class Killed(BaseException):
    """SIGKILL: no code of the engine runs after it."""


def site_of(count: int) -> Site:
    nodes = [
        SiteNode(
            name=f"n{i}", address=f"10.0.0.{i}", roles=["worker"] if i > 1 else ["control-plane"], interface="eth0"
        )
        for i in range(1, count + 1)
    ]
    return Site(
        metadata=Metadata(name="test"),
        bundle=BundleRef(path="/nowhere", digest="sha256:0"),
        nodes=nodes,
        kubernetes=Kubernetes(
            version="v1.37.2", endpoint="10.0.0.1:6443", pod_network="10.244.0.0/16", service_network="10.96.0.0/16"
        ),
    )


class World:
    """The nodes' states, the cluster's objects, and when the engine is to be killed."""

    def __init__(self, nodes: int = 2) -> None:
        self.site = site_of(nodes)
        self.nodes: dict[str, dict[str, str]] = {node.name: {"/etc/hosts": "theirs"} for node in self.site.nodes}
        self.objects: set[str] = set()
        self.unreachable: set[str] = set()
        self.stuck: set[str] = set()
        self.finished: set[str] = set()
        self.api_alive = True
        self.countdown = -1
        self.boundaries = 0

    def boundary(self) -> None:
        """A moment between two effects: the engine may be killed here."""
        self.boundaries += 1
        if self.countdown == 0:
            raise Killed
        self.countdown -= 1

    def reach(self, node: str) -> dict[str, str]:
        if node in self.unreachable:
            raise SlipwayError(Text.same("unreachable"), where=node)
        return self.nodes[node]


class FakeRemote(Remote):
    def __init__(self, node: NodeAccess, world: World) -> None:
        super().__init__(node)
        self.world = world

    def command(self, script: str) -> list[str]:
        raise AssertionError("no process is started here")

    def run(self, script: str, **_: Any) -> Completed:  # type: ignore[override]
        self.world.reach(self.node.name)
        return Completed(0, b"", "")


class FakeStage(Stage):
    """Writes three files on each of its nodes; fails when it finds what a first try left."""

    def __init__(self, name: str, world: World, fails: Callable[[str], bool] = lambda node: False) -> None:
        super().__init__(name)
        self.world = world
        self.fails = fails

    @property
    def description(self) -> Description:
        return Description(title=Text.same(self.name), seconds=1, touches={"files": [f"/{self.name}/*"]})

    def steps(self, site: Site) -> list[Step]:
        return [node_step(self.name, node) for node in site.nodes]

    def changes(self, ctx: Context, step: Step) -> list[Change]:
        return []

    def run(self, ctx: Context, steps: Sequence[Step]) -> dict[str, SlipwayError]:
        failures = {}
        for step in steps:
            for node in step.nodes:
                state = self.world.reach(node)
                assert not any(key.startswith(f"/{self.name}/") for key in state), "a half-done step was not undone"
                for number in range(3):
                    self.world.boundary()
                    state[f"/{self.name}/{number}"] = "ours"
                if self.fails(node):
                    failures[step.id] = SlipwayError(Text.same("as told"), where=node)
        return failures


class FakeObjects(FakeStage):
    """One step on the cluster, with an object."""

    def steps(self, site: Site) -> list[Step]:
        return [cluster_step(self.name, site.nodes)]

    def run(self, ctx: Context, steps: Sequence[Step]) -> dict[str, SlipwayError]:
        receipt = receipt_folder(ctx.run_dir, steps[0].id) / OBJECTS
        receipt.write_text(json.dumps(self.name))
        self.world.boundary()
        self.world.objects.add(self.name)
        return super().run(ctx, steps)


class Engine:
    """Runs sessions on a world as engines run one after the other on a site."""

    def __init__(self, world: World, run_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world = world
        self.run_dir = run_dir
        cluster = FakeStage("init", world)
        cluster.makes_cluster = True
        self.workflow: list[Stage] = [FakeStage("prepare", world), cluster, FakeObjects("network", world)]
        run_dir.mkdir()
        (run_dir / "plan.json").write_text(make_plan(world.site, run_dir, self.workflow).model_dump_json())
        for module in (run, back):
            monkeypatch.setattr(module, "take", self._take)
        monkeypatch.setattr(back, "undo", self._undo)
        monkeypatch.setattr(back, "finish", self._finish)
        monkeypatch.setattr(back, "compare", _compare)
        monkeypatch.setattr(back, "Cluster", _FakeCluster)
        monkeypatch.setattr(back, "restore", self._restore)
        monkeypatch.setattr(session, "end_orphans", lambda remote, run_dir: [])

    def act(self, wish: Wish, *, abort: bool = False) -> str:
        """One engine's life; returns its outcome."""
        remotes: dict[str, Remote] = {n.name: FakeRemote(n, self.world) for n in self.world.site.nodes}
        control = Control(self.run_dir)
        if abort:
            control.obey("abort")
        one = Session(self.world.site, self.run_dir, remotes, control, self.workflow)
        write = one.record.write

        def killable(kind: type[Any], **fields: Any) -> None:
            self.world.boundary()
            write(kind, **fields)
            self.world.boundary()

        one.record.write = killable  # type: ignore[method-assign]
        try:
            return one.start(wish)()
        finally:
            control.close()

    def killed_at(self, wish: Wish, boundary: int) -> bool:
        """One engine's life that is killed at a boundary, if it lives so long; returns whether it was killed."""
        self.world.countdown = boundary
        try:
            self.act(wish)
        except Killed:
            return True
        finally:
            self.world.countdown = -1
        return False

    def _take(self, remote: FakeRemote, label: str, keep: Iterable[str] = ()) -> Fingerprint:
        self.world.boundary()
        return Fingerprint(label=label, taken_at="", sections={"files": dict(self.world.reach(remote.node.name))})

    def _undo(self, remote: FakeRemote, before: Fingerprint, touches: dict[str, list[str]]) -> UndoReport:
        state = self.world.reach(remote.node.name)
        mine = tuple(pattern.rstrip("*") for pattern in touches["files"])
        done, left, failed = [], [], []
        for one in _compare(before, self._take(remote, "now")):
            self.world.boundary()
            if not one.key.startswith(mine):
                left.append(one)
            elif one.key in self.world.stuck:
                failed.append(one)
            else:
                done.append(one)
                if one.before is None:
                    del state[one.key]
                else:
                    state[one.key] = one.before
        return UndoReport(done=done, left=left, failed=failed)

    def _finish(self, remote: FakeRemote) -> None:
        self.world.reach(remote.node.name)
        self.world.finished.add(remote.node.name)

    def _restore(self, cluster: object, receipt: Path, progress: Callable[[Text], None]) -> list[SlipwayError]:
        if not self.world.api_alive:
            return [SlipwayError(Text.same("the API server does not answer"))]
        self.world.boundary()
        self.world.objects.discard(json.loads(receipt.read_text()))
        return []


class _FakeCluster:
    def __init__(self, kubeconfig: Path) -> None: ...

    def __enter__(self) -> _FakeCluster:
        return self

    def __exit__(self, *_: object) -> None: ...


def _compare(before: Fingerprint, after: Fingerprint) -> list[Difference]:
    old, new = before.sections["files"], after.sections["files"]
    return [
        Difference(section="files", key=key, before=old.get(key), after=new.get(key))
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    ]
