"""What a trial says when the platform's work fails: in the reader's language, whatever the engine's own is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from installer.accept import trials
from installer.accept.client import PlatformClient
from installer.common.errors import SlipwayError
from installer.common.text import Text, use_language
from installer.models.site import Site

HAN = re.compile("[\u4e00-\u9fff]")
REASON = {"code": "failed", "text": {"en": "It failed: exit code 3", "zh": "运行失败：exit code 3"}}


class Failing:
    """A platform whose work fails."""

    def post(self, path: str, body: Any) -> Any:
        return {"id": "t1"}

    def wait_for(self, path: str, done: Callable[[dict[str, Any]], bool], limit: float) -> dict[str, Any]:
        seen = {"state": "failed", "metrics": {}, "reason": REASON}
        assert done(seen)
        return seen

    def download(self, path: str) -> bytes:
        return b"going down"

    def exists(self, path: str) -> bool:
        return False


@pytest.fixture(autouse=True, params=["en", "zh"])
def language(request: pytest.FixtureRequest) -> Iterator[None]:
    use_language(request.param)
    yield
    use_language(None)


@pytest.mark.parametrize("trial", [trials.train, trials.publish])
def test_a_failure_is_told_in_each_language(trial: Callable[[trials.Work], Any]) -> None:
    told: list[Text] = []
    client = cast(PlatformClient, Failing())
    work = trials.Work(client, cast(Site, None), b"", told.append, model={"version": 1})
    with pytest.raises(SlipwayError) as caught:
        trial(work)
    report = caught.value.report
    assert report.why and "It failed: exit code 3" in report.why.en and "运行失败" in report.why.zh
    for text in [*told, report.what, report.why]:
        assert not HAN.search(text.en) and HAN.search(text.zh)
    assert not HAN.search(report.where)
