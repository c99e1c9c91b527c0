"""The catalog as steps: artifacts from their sources, then files and layers made of them."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from appliance.catalog.models import C, Catalog, Chart, Component, Debian, Go, Layer, Project, PyPI, Source
from appliance.images import tree
from appliance.images.layer import LEVEL, compress_file, difference, make_layer
from appliance.images.tree import EPOCH, Tree
from appliance.pack.steps import Made, Step, Work
from appliance.sources import Context, debian, obtain, project

FORMAT = 1
"""Counts up when the code makes something else of the same recipe, so that nothing old is taken from a cache."""
BLOB = "blob"
"""The one file in the result of a file's or a layer's step."""
_SHAPING = {"drop", "links"}
"""What a root file system's recipe says about its layers: no reason to make the root file system again."""


class Composer:
    """Makes the steps of one catalog, each once."""

    def __init__(self, catalog: Catalog, context: Context) -> None:
        self._context = context
        self._toolchain = catalog.toolchain
        self._of = {name: component for component in catalog.components for name in component.artifacts}
        self._artifacts: dict[str, Step] = {}
        self._debian = {
            name: source
            for name, artifact in catalog.artifacts.items()
            for source in artifact.sources
            if isinstance(source, Debian)
        }

    def artifact(self, name: str) -> Step:
        """The step that obtains an artifact."""
        if name not in self._artifacts:
            component = self._of[name]
            artifact = component.artifacts[name]
            inputs = {other: self.artifact(other) for source in artifact.sources for other in _inputs(source)}
            self._artifacts[name] = Step(
                name=f"{component.name}/{name}" if component.name != name else name,
                recipe={
                    "format": FORMAT,
                    "outputs": artifact.outputs,
                    "sources": [[_recipe(source), self._contents(source)] for source in artifact.sources],
                },
                inputs=inputs,
                make=partial(self._obtain, component, name),
                seconds=artifact.seconds,
            )
        return self._artifacts[name]

    def _obtain(self, component: Component, name: str, work: Work) -> Made:
        return obtain(component, name, work, self._context)

    def _contents(self, source: Source) -> list[str]:
        """What a source depends on beside its recipe: the contents of files of ours, the toolchain."""
        catalog, root = self._context.catalog, self._context.root
        match source:
            case Go():
                folders = [*(f"stubs/{stub}" for stub in source.stubs.values()), *filter(None, [source.main])]
                ours = (file for folder in folders for file in project.files(catalog / folder))
                return [self._toolchain, *map(_digest, ours)]
            case C():
                return [_digest(catalog / source.file)]
            case Debian():
                return [debian.recipe_digest()]
            case Chart():
                return [_digest(catalog / source.values)]
            case PyPI():
                return [_digest(root / source.requirements)]
            case Project():
                return [project.digest(source, root)]
        return []

    def file(self, output: str) -> Step:
        """The step that compresses one output."""
        artifact, _, path = output.partition("/")

        def make(work: Work) -> Made:
            blob, digest, size = compress_file(work.inputs[artifact] / path, work.result / BLOB)
            return Made("", {"blob": blob.model_dump(), "digest": digest, "size": size})

        return Step(
            name=f"file {output}",
            recipe={"format": FORMAT, "kind": "file", "path": path, "level": LEVEL},
            inputs={artifact: self.artifact(artifact)},
            make=make,
        )

    def layer(self, layer: Layer, name: str) -> Step:
        """The step that makes a layer."""
        outputs = {output.partition("/")[0] for output in layer.files.values()}
        roots = [root for root in (layer.rootfs, layer.over) if root]
        shaping = {
            root: [self._debian[root].model_dump(include=_SHAPING, exclude_defaults=True), debian.NOT_IN_IMAGES]
            for root in roots
        }

        def make(work: Work) -> Made:
            with ExitStack() as stack:
                content = self._content(layer, work, stack)
                return Made("", make_layer(tree.with_parents(content), work.result / BLOB).model_dump())

        return Step(
            name=f"layer {name}",
            recipe={
                "format": FORMAT,
                "kind": "layer",
                "layer": layer.model_dump(exclude_defaults=True),
                "level": LEVEL,
                "epoch": EPOCH,
                "roots": shaping,
            },
            inputs={each: self.artifact(each) for each in sorted({*outputs, *roots})},
            make=make,
            seconds=10 if roots else 3,
        )

    def _content(self, layer: Layer, work: Work, stack: ExitStack) -> Tree:
        content: Tree = {}
        if layer.rootfs:
            content = self._rootfs(layer.rootfs, work, stack)
        if layer.over:
            content = difference(self._rootfs(layer.over, work, stack), content)
        for path, output in layer.files.items():
            artifact, _, inner = output.partition("/")
            content |= tree.from_path(path.strip("/"), work.inputs[artifact] / inner)
        content |= {path.strip("/"): tree.link(path.strip("/"), target) for path, target in layer.links.items()}
        content |= {path.strip("/"): tree.folder(path.strip("/"), int(mode, 8)) for path, mode in layer.folders.items()}
        return content

    def _rootfs(self, name: str, work: Work, stack: ExitStack) -> Tree:
        source = self._debian[name]
        tar = stack.enter_context(tarfile.TarFile(work.inputs[name] / "rootfs.tar"))
        links = {path.strip("/"): tree.link(path.strip("/"), target) for path, target in source.links.items()}
        return tree.from_tar(tar, [*debian.NOT_IN_IMAGES, *source.drop]) | links


def _inputs(source: Source) -> Iterable[str]:
    """The artifacts that a source reads."""
    match source:
        case Chart():
            return [source.helm.partition("/")[0], source.chart.partition("/")[0]]
        case PyPI() | Project() if source.interpreter:
            return [source.interpreter]
    return []


def _recipe(source: Source) -> dict[str, object]:
    """What a source says, without what it leaves open: a new option changes nothing that does not use it."""
    return source.model_dump(exclude_defaults=True, exclude=_SHAPING if isinstance(source, Debian) else None)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
