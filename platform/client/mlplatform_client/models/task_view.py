from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.task_view_state import TaskViewState, check_task_view_state

if TYPE_CHECKING:
    from ..models.reason import Reason
    from ..models.resources import Resources
    from ..models.task_view_inputs import TaskViewInputs
    from ..models.task_view_metrics import TaskViewMetrics
    from ..models.task_view_outputs import TaskViewOutputs
    from ..models.task_view_params import TaskViewParams


T = TypeVar("T", bound="TaskView")


@_attrs_define
class TaskView:
    """A task as the API shows it."""

    id: str
    name: str
    owner: str
    tenant: str
    operator: str
    operator_version: str
    params: TaskViewParams
    inputs: TaskViewInputs
    outputs: TaskViewOutputs
    resources: Resources
    """ What each replica asks for. More than one replica is a gang: all of them start, or none. """
    priority: int
    timeout: int | None
    deadline: datetime.datetime | None
    retries: int
    paused: bool
    state: TaskViewState
    reason: None | Reason
    placement: list[str]
    metrics: TaskViewMetrics
    created_at: datetime.datetime
    started_at: datetime.datetime | None
    finished_at: datetime.datetime | None

    def to_dict(self) -> dict[str, Any]:
        from ..models.reason import Reason  # noqa: PLC0415

        id = self.id

        name = self.name

        owner = self.owner

        tenant = self.tenant

        operator = self.operator

        operator_version = self.operator_version

        params = self.params.to_dict()

        inputs = self.inputs.to_dict()

        outputs = self.outputs.to_dict()

        resources = self.resources.to_dict()

        priority = self.priority

        timeout: int | None
        timeout = self.timeout

        deadline: None | str
        if isinstance(self.deadline, datetime.datetime):
            deadline = self.deadline.isoformat()
        else:
            deadline = self.deadline

        retries = self.retries

        paused = self.paused

        state: str = self.state

        reason: dict[str, Any] | None
        if isinstance(self.reason, Reason):
            reason = self.reason.to_dict()
        else:
            reason = self.reason

        placement = self.placement

        metrics = self.metrics.to_dict()

        created_at = self.created_at.isoformat()

        started_at: None | str
        if isinstance(self.started_at, datetime.datetime):
            started_at = self.started_at.isoformat()
        else:
            started_at = self.started_at

        finished_at: None | str
        if isinstance(self.finished_at, datetime.datetime):
            finished_at = self.finished_at.isoformat()
        else:
            finished_at = self.finished_at

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "name": name,
                "owner": owner,
                "tenant": tenant,
                "operator": operator,
                "operator_version": operator_version,
                "params": params,
                "inputs": inputs,
                "outputs": outputs,
                "resources": resources,
                "priority": priority,
                "timeout": timeout,
                "deadline": deadline,
                "retries": retries,
                "paused": paused,
                "state": state,
                "reason": reason,
                "placement": placement,
                "metrics": metrics,
                "created_at": created_at,
                "started_at": started_at,
                "finished_at": finished_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.reason import Reason  # noqa: PLC0415
        from ..models.resources import Resources  # noqa: PLC0415
        from ..models.task_view_inputs import TaskViewInputs  # noqa: PLC0415
        from ..models.task_view_metrics import TaskViewMetrics  # noqa: PLC0415
        from ..models.task_view_outputs import TaskViewOutputs  # noqa: PLC0415
        from ..models.task_view_params import TaskViewParams  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name")

        owner = d.pop("owner")

        tenant = d.pop("tenant")

        operator = d.pop("operator")

        operator_version = d.pop("operator_version")

        params = TaskViewParams.from_dict(d.pop("params"))

        inputs = TaskViewInputs.from_dict(d.pop("inputs"))

        outputs = TaskViewOutputs.from_dict(d.pop("outputs"))

        resources = Resources.from_dict(d.pop("resources"))

        priority = d.pop("priority")

        def _parse_timeout(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        timeout = _parse_timeout(d.pop("timeout"))

        def _parse_deadline(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                deadline_type_0 = datetime.datetime.fromisoformat(data)

                return deadline_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        deadline = _parse_deadline(d.pop("deadline"))

        retries = d.pop("retries")

        paused = d.pop("paused")

        state = check_task_view_state(d.pop("state"))

        def _parse_reason(data: object) -> None | Reason:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                reason_type_0 = Reason.from_dict(data)

                return reason_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Reason, data)

        reason = _parse_reason(d.pop("reason"))

        placement = cast(list[str], d.pop("placement"))

        metrics = TaskViewMetrics.from_dict(d.pop("metrics"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_started_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                started_at_type_0 = datetime.datetime.fromisoformat(data)

                return started_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        started_at = _parse_started_at(d.pop("started_at"))

        def _parse_finished_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                finished_at_type_0 = datetime.datetime.fromisoformat(data)

                return finished_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        finished_at = _parse_finished_at(d.pop("finished_at"))

        task_view = cls(
            id=id,
            name=name,
            owner=owner,
            tenant=tenant,
            operator=operator,
            operator_version=operator_version,
            params=params,
            inputs=inputs,
            outputs=outputs,
            resources=resources,
            priority=priority,
            timeout=timeout,
            deadline=deadline,
            retries=retries,
            paused=paused,
            state=state,
            reason=reason,
            placement=placement,
            metrics=metrics,
            created_at=created_at,
            started_at=started_at,
            finished_at=finished_at,
        )

        return task_view
