from typing import Literal

BestOrder = Literal["highest", "lowest"]

BEST_ORDER_VALUES: set[BestOrder] = {
    "highest",
    "lowest",
}


def check_best_order(value: str) -> BestOrder:
    if value in BEST_ORDER_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {BEST_ORDER_VALUES!r}")
