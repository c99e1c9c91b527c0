"""The runner's buffer against a platform that forgets, and a service that writes for days."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from mlplatform import HOME

sys.path.insert(0, str(HOME / "operators"))

import runner


class Platform:
    """Keeps pieces by part, as core/logs.py does."""

    def __init__(self) -> None:
        self.parts: dict[str, bytes] = {}

    def json(self, method: str, path: str, body: bytes) -> Any:
        query = parse_qs(urlsplit(path).query)
        part, offset = query["part"][0], int(query["offset"][0])
        have = self.parts.get(part, b"")
        if offset > len(have):
            raise runner.Refused(f"409 gap: have {len(have)}")
        self.parts[part] = have + body[len(have) - offset :]
        return {"length": len(self.parts[part])}


def test_a_platform_that_lost_what_it_had_gets_it_again(tmp_path: Path) -> None:
    platform = Platform()
    log = runner.Log(platform, tmp_path, 0, 1 << 20, is_service=False)
    (tmp_path / "output.log").write_bytes(b"one two ")
    log.send()
    platform.parts = {part: content[:4] for part, content in platform.parts.items()}  # restored from a backup
    with (tmp_path / "output.log").open("ab") as file:
        file.write(b"three")
    with pytest.raises(runner.Refused):
        log.send()
    log.send()
    assert list(platform.parts.values()) == [b"one two three"]


def test_a_container_that_finds_its_folder_goes_on_where_it_was(tmp_path: Path) -> None:
    platform = Platform()
    first = runner.Log(platform, tmp_path, 0, 1 << 20, is_service=True)
    (tmp_path / "output.log").write_bytes(b"sent ")
    first.send()
    with (tmp_path / "output.log").open("ab") as file:
        file.write(b"not sent ")  # and then it was killed
    second = runner.Log(platform, tmp_path, 0, 1 << 20, is_service=True)
    with (tmp_path / "output.log").open("ab") as file:
        file.write(b"anew")
    second.send()
    assert list(platform.parts.values()) == [b"sent not sent anew"]


def test_a_service_may_write_again_after_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(runner.time, "monotonic", lambda: now[0])
    platform = Platform()
    log = runner.Log(platform, tmp_path, 0, 4, is_service=True)
    last = b"\nrunner: the log is longer than 4 bytes; what follows was not kept\n"
    (tmp_path / "output.log").write_bytes(b"12345")
    log.send()
    log.send()
    assert list(platform.parts.values()) == [b"1234" + last]
    now[0] += runner.DAY + 1
    log.send()
    with (tmp_path / "output.log").open("ab") as file:
        file.write(b"day2")
    log.send()
    assert list(platform.parts.values()) == [b"1234" + last, b"day2"]
