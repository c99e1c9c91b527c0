from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.resource_request import ResourceRequest
    from ..models.task_request_inputs import TaskRequestInputs
    from ..models.task_request_params import TaskRequestParams


T = TypeVar("T", bound="TaskRequest")


@_attrs_define
class TaskRequest:
    """Run an operator once."""

    operator: str
    name: str | Unset = ""
    tenant: None | str | Unset = UNSET
    params: TaskRequestParams | Unset = UNSET
    inputs: TaskRequestInputs | Unset = UNSET
    resources: ResourceRequest | Unset = UNSET
    """ What the submitter wants other than the operator's own figures. """
    priority: int | Unset = 0
    timeout: int | None | Unset = UNSET
    deadline: datetime.datetime | None | Unset = UNSET
    retries: int | Unset = 0

    def to_dict(self) -> dict[str, Any]:
        operator = self.operator

        name = self.name

        tenant: None | str | Unset
        if isinstance(self.tenant, Unset):
            tenant = UNSET
        else:
            tenant = self.tenant

        params: dict[str, Any] | Unset = UNSET
        if not isinstance(self.params, Unset):
            params = self.params.to_dict()

        inputs: dict[str, Any] | Unset = UNSET
        if not isinstance(self.inputs, Unset):
            inputs = self.inputs.to_dict()

        resources: dict[str, Any] | Unset = UNSET
        if not isinstance(self.resources, Unset):
            resources = self.resources.to_dict()

        priority = self.priority

        timeout: int | None | Unset
        if isinstance(self.timeout, Unset):
            timeout = UNSET
        else:
            timeout = self.timeout

        deadline: None | str | Unset
        if isinstance(self.deadline, Unset):
            deadline = UNSET
        elif isinstance(self.deadline, datetime.datetime):
            deadline = self.deadline.isoformat()
        else:
            deadline = self.deadline

        retries = self.retries

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "operator": operator,
            }
        )
        if name is not UNSET:
            field_dict["name"] = name
        if tenant is not UNSET:
            field_dict["tenant"] = tenant
        if params is not UNSET:
            field_dict["params"] = params
        if inputs is not UNSET:
            field_dict["inputs"] = inputs
        if resources is not UNSET:
            field_dict["resources"] = resources
        if priority is not UNSET:
            field_dict["priority"] = priority
        if timeout is not UNSET:
            field_dict["timeout"] = timeout
        if deadline is not UNSET:
            field_dict["deadline"] = deadline
        if retries is not UNSET:
            field_dict["retries"] = retries

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.resource_request import ResourceRequest  # noqa: PLC0415
        from ..models.task_request_inputs import TaskRequestInputs  # noqa: PLC0415
        from ..models.task_request_params import TaskRequestParams  # noqa: PLC0415

        d = dict(src_dict)
        operator = d.pop("operator")

        name = d.pop("name", UNSET)

        def _parse_tenant(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        tenant = _parse_tenant(d.pop("tenant", UNSET))

        _params = d.pop("params", UNSET)
        params: TaskRequestParams | Unset
        if isinstance(_params, Unset):
            params = UNSET
        else:
            params = TaskRequestParams.from_dict(_params)

        _inputs = d.pop("inputs", UNSET)
        inputs: TaskRequestInputs | Unset
        if isinstance(_inputs, Unset):
            inputs = UNSET
        else:
            inputs = TaskRequestInputs.from_dict(_inputs)

        _resources = d.pop("resources", UNSET)
        resources: ResourceRequest | Unset
        if isinstance(_resources, Unset):
            resources = UNSET
        else:
            resources = ResourceRequest.from_dict(_resources)

        priority = d.pop("priority", UNSET)

        def _parse_timeout(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        timeout = _parse_timeout(d.pop("timeout", UNSET))

        def _parse_deadline(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                deadline_type_0 = datetime.datetime.fromisoformat(data)

                return deadline_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        deadline = _parse_deadline(d.pop("deadline", UNSET))

        retries = d.pop("retries", UNSET)

        task_request = cls(
            operator=operator,
            name=name,
            tenant=tenant,
            params=params,
            inputs=inputs,
            resources=resources,
            priority=priority,
            timeout=timeout,
            deadline=deadline,
            retries=retries,
        )

        return task_request
