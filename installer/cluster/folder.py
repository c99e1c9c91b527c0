"""Applying a component's objects so that it can be taken back: each object's previous version is recorded first."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_fixed

from installer.cluster.client import ApiError, Cluster, Object, title
from installer.cluster.wait import wait_for, wait_gone
from installer.common.errors import SlipwayError
from installer.common.files import write_atomic
from installer.common.text import Text
from installer.models.base import Model

Progress = Callable[[Text], None]
SERVED = 30.0
"""Seconds in which an API server begins to serve a kind after its definition is established; each server of several does so
by itself, within 5 s of the first (apiextensions-apiserver, `establishing_controller.go`)."""


class Recorded(Model):
    """An object that a stage lays down, and what was there before (None: nothing)."""

    object: Object
    previous: Object | None


class Receipt(Model):
    """What a stage changes in the cluster, in the order of applying. Saved before the first change."""

    objects: list[Recorded]


def apply_folder(
    cluster: Cluster, objects: list[Object], receipt_file: Path, progress: Progress, *, seconds: float = 300
) -> Receipt:
    """Record the previous version of each object durably, apply all in order, and wait until they do their work.

    Args:
        objects: as `render` returns them.
        receipt_file: `receipts/STEP/objects.json`; what is recorded there already stays: it is from before a first, interrupted try.
        seconds: limit for the waiting; its end raises with each object that is not ready and why.
    """
    receipt = _record(cluster, objects, receipt_file)
    defined = {_defined(obj) for obj in objects if obj["kind"] == "CustomResourceDefinition"}
    for number, obj in enumerate(objects, 1):
        progress(Text.same(f"{title(obj)} ({number}/{len(objects)})"))
        if (obj["apiVersion"].partition("/")[0], obj["kind"]) in defined:
            _apply_new_kind(cluster, obj)
        else:
            cluster.apply(obj)
        if obj["kind"] == "CustomResourceDefinition":
            wait_for(cluster, [obj], progress, seconds)  # objects of its kind may follow
    wait_for(cluster, objects, progress, seconds)
    return receipt


def restore(cluster: Cluster, receipt_file: Path, progress: Progress, *, seconds: float = 120) -> list[SlipwayError]:
    """Take back what a receipt records, last object first: delete what was new, put the previous version back.

    Never stops at the first error; returns all of them.
    """
    receipt = _load(receipt_file)
    errors: list[SlipwayError] = []
    deleted: list[Object] = []
    for record in reversed(receipt.objects if receipt else []):
        progress(Text(en="taking back {name}", zh="撤回 {name}").format(name=title(record.object)))
        try:
            if record.previous:
                _put_back(cluster, record.previous)
            else:
                cluster.delete(cluster.path_of(record.object))
                deleted.append(record.object)
        except ApiError as error:
            if error.status != 404:  # its kind went with its definition, and the object with it
                errors.append(error)
        except SlipwayError as error:
            errors.append(error)
            return errors  # the API server is gone: each further object would say the same after a time-out
    try:
        wait_gone(cluster, deleted, progress, seconds)
    except SlipwayError as error:
        errors.append(error)
    return errors


def preview(objects: list[Object]) -> list[str]:
    """The names of the objects, for the plan."""
    return [title(obj) for obj in objects]


def _record(cluster: Cluster, objects: list[Object], receipt_file: Path) -> Receipt:
    known = _load(receipt_file) or Receipt(objects=[])
    seen = [record.object for record in known.objects]
    new = [Recorded(object=_identity(o), previous=_previous(cluster, o)) for o in objects if _identity(o) not in seen]
    receipt = Receipt(objects=[*known.objects, *new])
    write_atomic(receipt_file, receipt.model_dump_json(indent=1), mode=0o600)  # secrets may be in previous versions
    return receipt


def _previous(cluster: Cluster, obj: Object) -> Object | None:
    try:
        found = cluster.find(cluster.path_of(obj))
    except ApiError as error:
        if error.status == 404:  # its kind is not known yet: the definition comes with this folder
            return None
        raise
    return _without_bookkeeping(found) if found else None


def _put_back(cluster: Cluster, previous: Object) -> None:
    path = cluster.path_of(previous)
    if cluster.find(path):
        cluster.replace(previous)
    else:
        cluster.create(path.rpartition("/")[0], previous)


def _defined(definition: Object) -> tuple[str, str]:
    """Group and kind of what a definition defines."""
    return definition["spec"]["group"], definition["spec"]["names"]["kind"]


def _apply_new_kind(cluster: Cluster, obj: Object) -> None:
    """Apply an object whose kind is new: established is a moment before served, in which its address is not found."""
    not_found = retry_if_exception(lambda error: isinstance(error, ApiError) and error.status == 404)
    for attempt in Retrying(retry=not_found, stop=stop_after_delay(SERVED), wait=wait_fixed(0.1), reraise=True):
        with attempt:
            cluster.apply(obj)


def _identity(obj: Object) -> Object:
    meta: dict[str, Any] = {key: obj["metadata"][key] for key in ("name", "namespace") if key in obj["metadata"]}
    return {"apiVersion": obj["apiVersion"], "kind": obj["kind"], "metadata": meta}


def _without_bookkeeping(obj: Object) -> Object:
    """What a person would have written: without the fields that the API server fills in."""
    kept = {key: value for key, value in obj.items() if key != "status"}
    drop = {"managedFields", "resourceVersion", "uid", "creationTimestamp", "generation"}
    kept["metadata"] = {key: value for key, value in obj["metadata"].items() if key not in drop}
    return kept


def _load(receipt_file: Path) -> Receipt | None:
    try:
        return Receipt.model_validate(json.loads(receipt_file.read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, ValidationError) as error:
        raise SlipwayError(
            Text(en="A receipt cannot be read.", zh="回执无法读取。"),
            where=str(receipt_file),
            why=Text.same(str(error)),
        ) from error
