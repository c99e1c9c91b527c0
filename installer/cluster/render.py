"""From a folder of Jinja2 templates to Kubernetes objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import jinja2
import yaml

from installer.cluster.client import Object
from installer.common.errors import SlipwayError
from installer.common.text import Text


def render(
    folder: Path,
    variables: Mapping[str, Any],
    *,
    images: Iterable[str] = (),
    read_bundle: Callable[[str], str] | None = None,
) -> list[Object]:
    """Render every `*.yaml.j2` of `folder`, in the order of the names, into objects in the order of the files.

    In a template `image("NAME")` is the one reference of the bundle whose repository ends in NAME, so that no manifest repeats a
    version, and `{% include "bundle:manifests/x.yaml.j2" %}` is a template that the bundle brings.

    Raises:
        SlipwayError: an unknown variable, image or include, wrong Jinja2 or YAML; it names the file and the line.
    """
    environment = _environment(folder, read_bundle)
    environment.globals["image"] = _Images(images)
    objects: list[Object] = []
    for template in sorted(folder.glob("*.yaml.j2")):
        try:
            text = environment.get_template(template.name).render(variables)
            documents = [doc for doc in yaml.load_all(text, Loader=yaml.CSafeLoader) if doc]
        except jinja2.TemplateError as error:
            raise _broken(template, error, _line(error, template)) from error
        except yaml.YAMLError as error:
            raise _broken(template, error, 0) from error
        for doc in documents:
            objects += doc["items"] if doc.get("kind") == "List" else [doc]
    return objects


def _environment(folder: Path, read_bundle: Callable[[str], str] | None) -> jinja2.Environment:
    def from_bundle(name: str) -> str | None:
        try:
            return read_bundle(name) if read_bundle else None
        except KeyError:
            return None  # no such file: Jinja2 says so, with the line that wants it

    loaders = {"bundle": jinja2.FunctionLoader(from_bundle)}
    # Manifests are YAML for the API server, not HTML for a browser: nothing is to be escaped.
    environment = jinja2.Environment(  # noqa: S701
        loader=jinja2.ChoiceLoader([jinja2.FileSystemLoader(folder), jinja2.PrefixLoader(loaders, delimiter=":")]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["to_yaml"] = lambda value: yaml.safe_dump(value, default_flow_style=True, width=2**20).strip()
    return environment


class _Images:
    """Finds the bundle's reference of an image by the end of its repository name."""

    def __init__(self, references: Iterable[str]) -> None:
        self._references = list(references)

    def __call__(self, name: str) -> str:
        found = [r for r in self._references if f"/{r}".rpartition(":")[0].endswith(f"/{name}")]
        if len(found) != 1:
            raise jinja2.UndefinedError(
                f"{len(found)} images of the bundle are called {name}: {found or self._references}"
            )
        return found[0]


def _line(error: jinja2.TemplateError, template: Path) -> int:
    """The line of the template: a syntax error knows it, a runtime error has it in the rewritten traceback."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return error.lineno
    line, trace = 0, error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == str(template):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _broken(template: Path, error: Exception, line: int) -> SlipwayError:
    return SlipwayError(
        Text(en="A manifest cannot be rendered.", zh="清单无法渲染。"),
        where=f"{template}:{line}" if line else str(template),
        why=Text.same(str(error)),
        fix=Text(
            en="This is a defect of the product or of a changed manifest: correct the file, then retry.",
            zh="这是产品缺陷或清单被改动所致：请修正该文件后重试。",
        ),
    )
