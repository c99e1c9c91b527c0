"""What description files say exists on a platform afterwards: each document is compared with what is there, and sent where it differs."""

from __future__ import annotations

import hashlib
import os
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from ruamel.yaml import YAML
from ruamel.yaml.events import DocumentStartEvent

from mlplatform.client import Client, ClientError
from mlplatform.models.base import Text
from mlplatform.models.check import check, check_files
from mlplatform.models.dataset import Dataset
from mlplatform.models.kinds import Description
from mlplatform.models.load import Loaded, load_file
from mlplatform.models.mistakes import InvalidDescription, Mistake
from mlplatform.models.model import TrainedModel
from mlplatform.models.operator import Operator
from mlplatform.models.params import with_defaults
from mlplatform.models.schedule import Schedule, ScheduleSpec
from mlplatform.models.service import Service
from mlplatform.models.workflow import Workflow

ORDER: tuple[type[Description], ...] = (Dataset, TrainedModel, Workflow, Service, Schedule)
"""The kinds that are applied; what comes later may use what comes before."""
STOPPING = 60.0
"""Seconds that a service may take to stop before its successor begins: its grace of 20, and room."""
Outcome = Literal["created", "changed", "unchanged"]


@dataclass(frozen=True)
class Applied:
    """What became of one document."""

    file: Path
    kind: str
    name: str
    outcome: Outcome


def apply(client: Client, files: Sequence[Path]) -> Iterator[Applied]:
    """Apply files one document after the other, once all of them are right.

    Raises:
        InvalidDescription: a mistake, or what the platform said of a document, with its place.
        ClientError: the platform does not answer.
    """
    loaded: list[Loaded] = []
    mistakes: list[Mistake] = []
    for file in files:
        try:
            loaded += load_file(file)
        except InvalidDescription as error:
            mistakes += error.mistakes
    operators = [Operator.model_validate(o) for o in client.items("/operators")]
    known = {operator.metadata.name: operator for operator in operators}
    if not mistakes:
        mistakes = check(loaded, known) + check_files(loaded) + list(_not_applied(loaded))
    if mistakes:
        raise InvalidDescription(mistakes)
    for item in sorted(loaded, key=lambda i: ORDER.index(type(i.description))):
        description = item.description
        try:
            outcome = _one(client, item, known)
        except ClientError as error:
            said = item.document.mistake(
                (), Text(en=str(error), zh=str(error))
            )  # the client speaks the reader's language
            raise InvalidDescription([said]) from error
        yield Applied(item.document.file, description.kind, description.metadata.name, outcome)


def _not_applied(loaded: Sequence[Loaded]) -> Iterator[Mistake]:
    kinds = ", ".join("Model" if kind is TrainedModel else kind.__name__ for kind in ORDER)
    for item in loaded:
        if type(item.description) not in ORDER:
            other = Text(en="apply does not take this kind; it takes {kinds}", zh="apply 不支持此类描述；支持 {kinds}")
            yield item.document.mistake(("kind",), other.format(kinds=kinds))


def _one(client: Client, item: Loaded, operators: dict[str, Operator]) -> Outcome:
    description, folder = item.description, item.document.file.parent
    if isinstance(description, Dataset):
        return _dataset(client, description, folder)
    if isinstance(description, TrainedModel):
        return _model(client, description, folder)
    if isinstance(description, Workflow):
        return _workflow(client, description, item)
    if isinstance(description, Service):
        return _service(client, description, operators)
    assert isinstance(description, Schedule)
    return _schedule(client, description)


def _dataset(client: Client, dataset: Dataset, folder: Path) -> Outcome:
    name, file = dataset.metadata.name, folder / dataset.spec.file
    found = client.look_up(f"/datasets/{name}")
    if _holds(found, {file.name: file}):
        return "unchanged"
    with file.open("rb") as content:
        client.call("POST", f"/datasets/{name}", params={"file": file.name}, content=content)
    return "changed" if found else "created"


def _model(client: Client, model: TrainedModel, folder: Path) -> Outcome:
    name, paths = model.metadata.name, [PurePosixPath(f) for f in model.spec.files]
    common = os.path.commonpath(
        [str(path.parent) for path in paths]
    )  # what they have in common is no part of the model
    files = {str(path.relative_to(common) if common else path): folder / path for path in paths}
    found = client.look_up(f"/models/{name}")
    if _holds(found, files):
        return "unchanged"
    with tempfile.TemporaryFile() as content:
        with tarfile.open(fileobj=content, mode="w") as archive:
            for path, file in files.items():
                archive.add(file, arcname=path, recursive=False)
        content.seek(0)
        client.call("POST", f"/models/{name}", content=content)
    return "changed" if found else "created"


def _holds(found: Any, files: dict[str, Path]) -> bool:
    """Whether the newest version has these files and no others."""
    if not found:
        return False
    return {f["path"]: f["digest"] for f in found["items"][0]["files"]} == {
        path: f"sha256:{_sha256(file)}" for path, file in files.items()
    }


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _workflow(client: Client, workflow: Workflow, item: Loaded) -> Outcome:
    path = f"/workflows/{workflow.metadata.name}"
    text, found = _text(item), client.look_up(f"{path}/versions")
    if found and client.content(path) == text:
        return "unchanged"
    client.call("PUT", path, content=text)
    return "changed" if found else "created"


def _text(item: Loaded) -> bytes:
    """The bytes of one document of its file."""
    text = item.document.file.read_bytes().decode()
    events = [e for e in YAML(typ="safe", pure=True).parse(text) if isinstance(e, DocumentStartEvent)]
    starts = [0, *(event.start_mark.index for event in events[1:])]
    line = item.document.tree.lc.line  # of its first key
    index = max(i for i, event in enumerate(events) if event.start_mark.line <= line)
    return text[starts[index] : starts[index + 1] if index + 1 < len(starts) else None].encode()


def _service(client: Client, service: Service, operators: dict[str, Operator]) -> Outcome:
    spec, path = service.spec, f"/services/{service.metadata.name}"
    newest = client.call("GET", f"/models/{spec.model}")["items"][0]["version"]
    found: dict[str, Any] = client.look_up(path) or {}
    lives = bool(found) and found["state"] not in ("stopped", "failed")
    wanted = {"model": spec.model, "version": newest, "operator": spec.operator}
    wanted["params"] = with_defaults(operators[spec.operator].spec.params, spec.params)
    if lives and {key: found[key] for key in wanted} == wanted:
        return "unchanged"
    if lives:
        client.call("DELETE", path)
        deadline = time.monotonic() + STOPPING
        while client.call("GET", path)["state"] not in ("stopped", "failed"):
            if time.monotonic() > deadline:
                raise ClientError(f"{service.metadata.name}: stopping, {STOPPING:g} s")
            time.sleep(0.2)  # between two looks
    request = {"name": service.metadata.name, "model": spec.model, "version": newest}
    client.call("POST", "/services", request | {"operator": spec.operator, "params": spec.params})
    return "changed" if lives else "created"


def _schedule(client: Client, schedule: Schedule) -> Outcome:
    path = f"/schedules/{schedule.metadata.name}"
    found = client.look_up(path)
    if found and ScheduleSpec.model_validate(found["spec"]) == schedule.spec:
        return "unchanged"
    client.call("PUT", path, schedule.spec.model_dump(mode="json"))
    return "changed" if found else "created"
