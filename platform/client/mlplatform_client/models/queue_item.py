from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.queue_item_queue import QueueItemQueue, check_queue_item_queue

if TYPE_CHECKING:
    from ..models.reason import Reason
    from ..models.waiting import Waiting


T = TypeVar("T", bound="QueueItem")


@_attrs_define
class QueueItem:
    """Something that waits: where it stands in its queue, and why it does not run yet."""

    queue: QueueItemQueue
    position: int
    id: str
    name: str
    owner: str
    tenant: str
    priority: int
    since: datetime.datetime
    waiting: None | Waiting
    reason: Reason
    """ Why something waits or failed, and what would change that. """

    def to_dict(self) -> dict[str, Any]:
        from ..models.waiting import Waiting  # noqa: PLC0415

        queue: str = self.queue

        position = self.position

        id = self.id

        name = self.name

        owner = self.owner

        tenant = self.tenant

        priority = self.priority

        since = self.since.isoformat()

        waiting: dict[str, Any] | None
        if isinstance(self.waiting, Waiting):
            waiting = self.waiting.to_dict()
        else:
            waiting = self.waiting

        reason = self.reason.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "queue": queue,
                "position": position,
                "id": id,
                "name": name,
                "owner": owner,
                "tenant": tenant,
                "priority": priority,
                "since": since,
                "waiting": waiting,
                "reason": reason,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.reason import Reason  # noqa: PLC0415
        from ..models.waiting import Waiting  # noqa: PLC0415

        d = dict(src_dict)
        queue = check_queue_item_queue(d.pop("queue"))

        position = d.pop("position")

        id = d.pop("id")

        name = d.pop("name")

        owner = d.pop("owner")

        tenant = d.pop("tenant")

        priority = d.pop("priority")

        since = datetime.datetime.fromisoformat(d.pop("since"))

        def _parse_waiting(data: object) -> None | Waiting:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                waiting_type_0 = Waiting.from_dict(data)

                return waiting_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Waiting, data)

        waiting = _parse_waiting(d.pop("waiting"))

        reason = Reason.from_dict(d.pop("reason"))

        queue_item = cls(
            queue=queue,
            position=position,
            id=id,
            name=name,
            owner=owner,
            tenant=tenant,
            priority=priority,
            since=since,
            waiting=waiting,
            reason=reason,
        )

        return queue_item
