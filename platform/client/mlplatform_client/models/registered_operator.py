from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.image_view import ImageView
    from ..models.operator import Operator


T = TypeVar("T", bound="RegisteredOperator")


@_attrs_define
class RegisteredOperator:
    """A version of an operator that a user registered."""

    id: str
    owner: str
    operator: Operator
    """ The whole file. """
    image: ImageView | None
    ready: bool
    created_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        from ..models.image_view import ImageView  # noqa: PLC0415

        id = self.id

        owner = self.owner

        operator = self.operator.to_dict()

        image: dict[str, Any] | None
        if isinstance(self.image, ImageView):
            image = self.image.to_dict()
        else:
            image = self.image

        ready = self.ready

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "owner": owner,
                "operator": operator,
                "image": image,
                "ready": ready,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.image_view import ImageView  # noqa: PLC0415
        from ..models.operator import Operator  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        owner = d.pop("owner")

        operator = Operator.from_dict(d.pop("operator"))

        def _parse_image(data: object) -> ImageView | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                image_type_0 = ImageView.from_dict(data)

                return image_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ImageView | None, data)

        image = _parse_image(d.pop("image"))

        ready = d.pop("ready")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        registered_operator = cls(
            id=id,
            owner=owner,
            operator=operator,
            image=image,
            ready=ready,
            created_at=created_at,
        )

        return registered_operator
