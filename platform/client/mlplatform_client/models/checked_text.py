from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.dataset import Dataset
    from ..models.image import Image
    from ..models.operator import Operator
    from ..models.schedule import Schedule
    from ..models.service import Service
    from ..models.trained_model import TrainedModel
    from ..models.workflow import Workflow
    from ..models.wrong_place import WrongPlace


T = TypeVar("T", bound="CheckedText")


@_attrs_define
class CheckedText:
    descriptions: list[Dataset | Image | Operator | Schedule | Service | TrainedModel | Workflow]
    mistakes: list[WrongPlace]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.dataset import Dataset  # noqa: PLC0415
        from ..models.image import Image  # noqa: PLC0415
        from ..models.operator import Operator  # noqa: PLC0415
        from ..models.service import Service  # noqa: PLC0415
        from ..models.trained_model import TrainedModel  # noqa: PLC0415
        from ..models.workflow import Workflow  # noqa: PLC0415

        descriptions = []
        for descriptions_item_data in self.descriptions:
            descriptions_item: dict[str, Any]
            if isinstance(descriptions_item_data, Operator):
                descriptions_item = descriptions_item_data.to_dict()
            elif isinstance(descriptions_item_data, Dataset):
                descriptions_item = descriptions_item_data.to_dict()
            elif isinstance(descriptions_item_data, Image):
                descriptions_item = descriptions_item_data.to_dict()
            elif isinstance(descriptions_item_data, TrainedModel):
                descriptions_item = descriptions_item_data.to_dict()
            elif isinstance(descriptions_item_data, Workflow):
                descriptions_item = descriptions_item_data.to_dict()
            elif isinstance(descriptions_item_data, Service):
                descriptions_item = descriptions_item_data.to_dict()
            else:
                descriptions_item = descriptions_item_data.to_dict()

            descriptions.append(descriptions_item)

        mistakes = []
        for mistakes_item_data in self.mistakes:
            mistakes_item = mistakes_item_data.to_dict()
            mistakes.append(mistakes_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "descriptions": descriptions,
                "mistakes": mistakes,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.dataset import Dataset  # noqa: PLC0415
        from ..models.image import Image  # noqa: PLC0415
        from ..models.operator import Operator  # noqa: PLC0415
        from ..models.schedule import Schedule  # noqa: PLC0415
        from ..models.service import Service  # noqa: PLC0415
        from ..models.trained_model import TrainedModel  # noqa: PLC0415
        from ..models.workflow import Workflow  # noqa: PLC0415
        from ..models.wrong_place import WrongPlace  # noqa: PLC0415

        d = dict(src_dict)
        descriptions = []
        _descriptions = d.pop("descriptions")
        for descriptions_item_data in _descriptions:

            def _parse_descriptions_item(
                data: object,
            ) -> Dataset | Image | Operator | Schedule | Service | TrainedModel | Workflow:
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    descriptions_item_type_0 = Operator.from_dict(data)

                    return descriptions_item_type_0
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    descriptions_item_type_1 = Dataset.from_dict(data)

                    return descriptions_item_type_1
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    descriptions_item_type_2 = Image.from_dict(data)

                    return descriptions_item_type_2
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    descriptions_item_type_3 = TrainedModel.from_dict(data)

                    return descriptions_item_type_3
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    descriptions_item_type_4 = Workflow.from_dict(data)

                    return descriptions_item_type_4
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    descriptions_item_type_5 = Service.from_dict(data)

                    return descriptions_item_type_5
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                if not isinstance(data, dict):
                    raise TypeError()
                descriptions_item_type_6 = Schedule.from_dict(data)

                return descriptions_item_type_6

            descriptions_item = _parse_descriptions_item(descriptions_item_data)

            descriptions.append(descriptions_item)

        mistakes = []
        _mistakes = d.pop("mistakes")
        for mistakes_item_data in _mistakes:
            mistakes_item = WrongPlace.from_dict(mistakes_item_data)

            mistakes.append(mistakes_item)

        checked_text = cls(
            descriptions=descriptions,
            mistakes=mistakes,
        )

        checked_text.additional_properties = d
        return checked_text

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
