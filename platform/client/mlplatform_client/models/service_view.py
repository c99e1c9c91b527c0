from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.service_view_state import ServiceViewState, check_service_view_state

if TYPE_CHECKING:
    from ..models.reason import Reason
    from ..models.resources import Resources
    from ..models.service_view_params import ServiceViewParams


T = TypeVar("T", bound="ServiceView")


@_attrs_define
class ServiceView:
    """A service as the API shows it."""

    id: str
    name: str
    owner: str
    tenant: str
    operator: str
    model: str
    version: int
    params: ServiceViewParams
    resources: Resources
    """ What each replica asks for. More than one replica is a gang: all of them start, or none. """
    priority: int
    state: ServiceViewState
    reason: None | Reason
    placement: list[str]
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

        model = self.model

        version = self.version

        params = self.params.to_dict()

        resources = self.resources.to_dict()

        priority = self.priority

        state: str = self.state

        reason: dict[str, Any] | None
        if isinstance(self.reason, Reason):
            reason = self.reason.to_dict()
        else:
            reason = self.reason

        placement = self.placement

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
                "model": model,
                "version": version,
                "params": params,
                "resources": resources,
                "priority": priority,
                "state": state,
                "reason": reason,
                "placement": placement,
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
        from ..models.service_view_params import ServiceViewParams  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name")

        owner = d.pop("owner")

        tenant = d.pop("tenant")

        operator = d.pop("operator")

        model = d.pop("model")

        version = d.pop("version")

        params = ServiceViewParams.from_dict(d.pop("params"))

        resources = Resources.from_dict(d.pop("resources"))

        priority = d.pop("priority")

        state = check_service_view_state(d.pop("state"))

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

        service_view = cls(
            id=id,
            name=name,
            owner=owner,
            tenant=tenant,
            operator=operator,
            model=model,
            version=version,
            params=params,
            resources=resources,
            priority=priority,
            state=state,
            reason=reason,
            placement=placement,
            created_at=created_at,
            started_at=started_at,
            finished_at=finished_at,
        )

        return service_view
