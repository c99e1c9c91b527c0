"""Reading the catalog, and finding what is wrong in it before an hour's work is lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from appliance.catalog.models import Catalog, Chart, Component, Project, PyPI
from installer.common.errors import InvalidInput
from installer.common.paths import ROOT, version
from installer.common.text import Text

CATALOG = ROOT / "appliance" / "catalog"
_NOT_COMPONENTS = {"lock.yaml", "toolchain.yaml"}


def load_catalog(folder: Path = CATALOG) -> Catalog:
    """Read every component of the folder.

    Raises:
        InvalidInput: a file is not of the catalog's form, or names an artifact that nobody makes.
    """
    files = sorted(path for path in folder.glob("*.yaml") if path.name not in _NOT_COMPONENTS)
    components = [_component(path) for path in files]
    toolchain = str(_yaml(folder / "toolchain.yaml")["go"])
    catalog = Catalog(components=components, toolchain=toolchain)
    _check(catalog)
    return catalog


def _yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise _wrong(path.name, str(error)) from error
    if not isinstance(content, dict):
        raise _wrong(path.name, "not a mapping")
    return content


def _component(path: Path) -> Component:
    content = _yaml(path)
    content["version"] = _fill(content.get("version"), {"slipway": version()})
    try:
        return Component.model_validate(_fill(content, {"version": content["version"], "slipway": version()}))
    except ValidationError as error:
        lines = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise _wrong(path.name, "\n".join(lines)) from error


def _fill(content: Any, values: dict[str, str]) -> Any:
    """The content with `{version}` and `{slipway}` filled in every string."""
    match content:
        case str():
            for name, value in values.items():
                content = content.replace("{" + name + "}", value)
            return content
        case dict():
            return {_fill(key, values): _fill(value, values) for key, value in content.items()}
        case list():
            return [_fill(item, values) for item in content]
    return content


def _check(catalog: Catalog) -> None:
    _unique("component", (component.name for component in catalog.components))
    _unique("artifact", (name for component in catalog.components for name in component.artifacts))
    _unique("file", (name for component in catalog.components for name in component.files))
    _unique("image", (image.reference for component in catalog.components for image in component.images))
    artifacts = catalog.artifacts
    for component in catalog.components:
        for place, wanted in _wanted(component):
            artifact, _, output = wanted.partition("/")
            if artifact not in artifacts:
                raise _wrong(f"{component.name}: {place}", f"there is no artifact {artifact}")
            if output and not any(f"{output}/".startswith(f"{one}/") for one in artifacts[artifact].outputs):
                raise _wrong(f"{component.name}: {place}", f"artifact {artifact} has no output {output}")


def _wanted(component: Component) -> Iterator[tuple[str, str]]:
    """Every artifact or output that the component names: (where, what)."""
    for name, artifact in component.artifacts.items():
        for source in artifact.sources:
            match source:
                case Chart():
                    yield name, source.helm
                    yield name, source.chart
                case PyPI() | Project() if source.interpreter:
                    yield name, source.interpreter
    for file, entry in component.files.items():
        yield file, entry.output
    for image in component.images:
        for layer in image.layers:
            yield from ((image.reference, each) for each in (layer.rootfs, layer.over) if each)
            yield from ((image.reference, output) for output in layer.files.values())


def _unique(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise _wrong(name, f"two of this {what}")
        seen.add(name)


def _wrong(where: str, why: str) -> InvalidInput:
    return InvalidInput(
        Text(en="the catalog is wrong", zh="组件目录有误"),
        where=where,
        why=Text.same(why),
        fix=Text(en="correct the file under appliance/catalog", zh="请修正 appliance/catalog 下的文件"),
    )
