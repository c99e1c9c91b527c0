"""The contract of a stage, and what it is given to work with."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

import yaml
from pydantic import Field, ValidationError

from appliance.bundle import Bundle, open_bundle
from installer.common.errors import SlipwayError
from installer.common.text import Text
from installer.models.base import Model
from installer.models.plan import Change, ChangeKind
from installer.models.site import Site, SiteNode
from installer.remote import Remote
from installer.secrets import SecretStore

Touches = dict[str, list[str]]
"""Section of the fingerprint → glob patterns of the keys that a stage may change."""


class Step(Model):
    """A part of a stage that has a state of its own: the stage on one node, or on the whole cluster."""

    id: str
    """`nodes/n1/runtime` or `cluster/network`."""
    stage: str
    nodes: list[str]
    """The nodes that the step changes by more than starting pods: their fingerprints bracket it."""


class Progress(Protocol):
    """Tells a sign of life inside a running step."""

    def __call__(self, step: str, text: Text, done: int | None = None, total: int | None = None) -> None: ...


@dataclass
class Context:
    """What a stage has to work with."""

    site: Site
    run_dir: Path
    remotes: Mapping[str, Remote]
    progress: Progress
    stop: threading.Event = field(default_factory=threading.Event)
    """Set when the run is to be aborted: what takes long must look at it."""

    def teller(self, step: str) -> Callable[[Text], None]:
        """A function that tells the step's progress, and ends it by an error when the run is to be aborted."""

        def tell(text: Text) -> None:
            if self.stop.is_set():
                raise SlipwayError(Text(en="stopped on request", zh="已按要求中止"), where=step)
            self.progress(step, text)

        return tell

    @cached_property
    def bundle(self) -> Bundle:
        """The site's bundle, opened when it is first needed: undoing does without."""
        return open_bundle(Path(self.site.bundle.path))

    @cached_property
    def secrets(self) -> SecretStore:
        return SecretStore(self.run_dir / "secrets")


class ChangeTemplate(Model):
    """A change as a description says it; `{site…}` and `{node…}` places are filled from the site."""

    kind: ChangeKind
    target: str
    text: Text
    profile: str = ""
    """Only on sites of this profile."""


class Description(Model):
    """`slipway.yaml` of a role or of a folder of manifests: what people are told, and what undo may put back."""

    title: Text
    seconds: float = Field(ge=0)
    """Expected duration on two cores, as measured."""
    touches: Touches = Field(default_factory=dict)
    """`{site…}` places are filled from the site. Empty for a stage that changes nothing on a node but by its pods: these go
    with their objects, or with the container runtime."""
    changes: list[ChangeTemplate] = Field(default_factory=list)


class Stage(ABC):
    """One line of a workflow.

    `run` must be safe to repeat after its undo; it need not undo anything itself, nor say how.
    """

    makes_cluster = False
    """Whether undoing this stage takes the cluster, and all objects in it, away."""

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    @abstractmethod
    def description(self) -> Description: ...

    @abstractmethod
    def steps(self, site: Site) -> list[Step]:
        """The steps of the stage on this site; none when the site does not need it."""

    @abstractmethod
    def changes(self, ctx: Context, step: Step) -> list[Change]:
        """What the step would do, for the plan; changes nothing and contacts no node."""

    @abstractmethod
    def run(self, ctx: Context, steps: Sequence[Step]) -> dict[str, SlipwayError]:
        """Do these steps, all at once; returns the error of each that failed, by its id."""

    def touches(self, site: Site) -> Touches:
        """What the stage may change on a node of this site."""
        return {
            section: [pattern.format(site=site) for pattern in patterns]
            for section, patterns in self.description.touches.items()
        }

    def verify(self, ctx: Context, step: Step) -> None:  # noqa: B027  # most roles prove their work themselves
        """Prove that a step that ran without an error did its work.

        Raises:
            SlipwayError: it did not.
        """


def receipt_folder(run_dir: Path, step: str) -> Path:
    return run_dir / "receipts" / step.replace("/", "__")


def read_description(path: Path) -> Description:
    """Read a `slipway.yaml`.

    Raises:
        SlipwayError: it is missing or not what a description must be: a fault of the product.
    """
    try:
        return Description.model_validate(yaml.safe_load(path.read_text()))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise SlipwayError(
            Text(en="a stage's description cannot be read", zh="无法读取阶段说明"),
            where=str(path),
            why=Text.same(str(error)),
        ) from error


def node_step(stage: str, node: SiteNode) -> Step:
    return Step(id=f"nodes/{node.name}/{stage}", stage=stage, nodes=[node.name])


def cluster_step(stage: str, nodes: Sequence[SiteNode]) -> Step:
    return Step(id=f"cluster/{stage}", stage=stage, nodes=[node.name for node in nodes])
