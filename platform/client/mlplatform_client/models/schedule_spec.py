from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.schedule_spec_catch_up import (
    ScheduleSpecCatchUp,
    check_schedule_spec_catch_up,
)
from ..models.schedule_spec_concurrency import (
    ScheduleSpecConcurrency,
    check_schedule_spec_concurrency,
)
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.run_request import RunRequest
    from ..models.task_request import TaskRequest


T = TypeVar("T", bound="ScheduleSpec")


@_attrs_define
class ScheduleSpec:
    cron: str
    timezone: str | Unset = "UTC"
    workflow: None | str | Unset = UNSET
    run: RunRequest | Unset = UNSET
    """ Run a workflow. """
    task: None | TaskRequest | Unset = UNSET
    catch_up: ScheduleSpecCatchUp | Unset = "last"
    concurrency: ScheduleSpecConcurrency | Unset = "allow"

    def to_dict(self) -> dict[str, Any]:
        from ..models.task_request import TaskRequest  # noqa: PLC0415

        cron = self.cron

        timezone = self.timezone

        workflow: None | str | Unset
        if isinstance(self.workflow, Unset):
            workflow = UNSET
        else:
            workflow = self.workflow

        run: dict[str, Any] | Unset = UNSET
        if not isinstance(self.run, Unset):
            run = self.run.to_dict()

        task: dict[str, Any] | None | Unset
        if isinstance(self.task, Unset):
            task = UNSET
        elif isinstance(self.task, TaskRequest):
            task = self.task.to_dict()
        else:
            task = self.task

        catch_up: str | Unset = UNSET
        if not isinstance(self.catch_up, Unset):
            catch_up = self.catch_up

        concurrency: str | Unset = UNSET
        if not isinstance(self.concurrency, Unset):
            concurrency = self.concurrency

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "cron": cron,
            }
        )
        if timezone is not UNSET:
            field_dict["timezone"] = timezone
        if workflow is not UNSET:
            field_dict["workflow"] = workflow
        if run is not UNSET:
            field_dict["run"] = run
        if task is not UNSET:
            field_dict["task"] = task
        if catch_up is not UNSET:
            field_dict["catch_up"] = catch_up
        if concurrency is not UNSET:
            field_dict["concurrency"] = concurrency

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.run_request import RunRequest  # noqa: PLC0415
        from ..models.task_request import TaskRequest  # noqa: PLC0415

        d = dict(src_dict)
        cron = d.pop("cron")

        timezone = d.pop("timezone", UNSET)

        def _parse_workflow(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        workflow = _parse_workflow(d.pop("workflow", UNSET))

        _run = d.pop("run", UNSET)
        run: RunRequest | Unset
        if isinstance(_run, Unset):
            run = UNSET
        else:
            run = RunRequest.from_dict(_run)

        def _parse_task(data: object) -> None | TaskRequest | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                task_type_0 = TaskRequest.from_dict(data)

                return task_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | TaskRequest | Unset, data)

        task = _parse_task(d.pop("task", UNSET))

        _catch_up = d.pop("catch_up", UNSET)
        catch_up: ScheduleSpecCatchUp | Unset
        if isinstance(_catch_up, Unset):
            catch_up = UNSET
        else:
            catch_up = check_schedule_spec_catch_up(_catch_up)

        _concurrency = d.pop("concurrency", UNSET)
        concurrency: ScheduleSpecConcurrency | Unset
        if isinstance(_concurrency, Unset):
            concurrency = UNSET
        else:
            concurrency = check_schedule_spec_concurrency(_concurrency)

        schedule_spec = cls(
            cron=cron,
            timezone=timezone,
            workflow=workflow,
            run=run,
            task=task,
            catch_up=catch_up,
            concurrency=concurrency,
        )

        return schedule_spec
