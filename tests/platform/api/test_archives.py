"""Models as archives: what comes in is what is there, and what is no model's files is refused."""

from __future__ import annotations

import io
import tarfile
from collections.abc import AsyncIterator
from typing import Any

import pytest
from mlplatform.api.app import MAX_BODY
from mlplatform.core import archives

from tests.platform.conftest import ClientOf


@pytest.fixture
def database_url(tmp_path: object) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/test.db"


def packed(*entries: tuple[str, bytes | None], **more: Any) -> bytes:
    """An archive of files; a content of None makes a link."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", **more) as archive:
        for name, content in entries:
            member = tarfile.TarInfo(name)
            member.size = len(content or b"")
            if content is None:
                member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(member, io.BytesIO(content or b""))
    return out.getvalue()


async def test_files_come_in_whole_in_whatever_pieces_they_arrive(client_of: ClientOf) -> None:
    ann, large = client_of(), bytes(range(256)) * 20_000
    body = packed(("model.json", b"{}"), ("parts/weights", large), ("empty", b""))

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 70_001):
            yield body[start : start + 70_001]

    made = await ann.post("/api/v1/models/m", content=pieces())
    assert made.status_code == 201, made.text
    assert sorted((f["path"], f["size"]) for f in made.json()["files"]) == [
        ("empty", 0), ("model.json", 2), ("parts/weights", len(large)),
    ]  # fmt: skip
    assert (await ann.get("/api/v1/models/m/1/parts/weights")).content == large
    assert (await client_of("bob").post("/api/v1/models/m", content=body)).status_code == 409
    assert (await ann.post("/api/v1/models/m", content=body)).json()["version"] == 2


async def test_archives_are_larger_than_other_requests(client_of: ClientOf) -> None:
    body = packed(("weights", bytes(MAX_BODY)))
    made = await client_of().post("/api/v1/models/m", content=body)
    assert made.status_code == 201, made.text
    image = await client_of().put("/api/v1/operators/none/versions/1.0.0/image", content=body)
    assert image.status_code == 404, image.text
    other = await client_of().post("/api/v1/tasks", content=body, headers={"Content-Type": "application/json"})
    assert other.status_code == 413


WRONG = {
    "empty": b"",
    "noise": b"no archive" * 1000,
    "no files": packed(),
    "up": packed(("../x", b"1")),
    "absolute": packed(("/etc/passwd", b"1")),
    "link": packed(("link", None)),
    "twice": packed(("a", b"1"), ("a", b"2")),
    "torn": packed(("a", b"1" * 5000))[:2000],
    "long name": packed(("a" * 600, b"1")),
    "large header": packed(
        ("x", b"1"), pax_headers={"comment": "x" * (2 * archives.HEADERS)}, format=tarfile.PAX_FORMAT
    ),
}


async def test_what_is_no_archive_of_files_is_refused(client_of: ClientOf) -> None:
    ann = client_of()
    for name, body in WRONG.items():
        answer = await ann.post("/api/v1/models/m", content=body)
        assert answer.status_code == 422, (name, answer.text)
    assert (await ann.get("/api/v1/models")).json()["items"] == []


async def test_entries_are_bounded(client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST", 2)
    body = packed(*((str(i), b"1") for i in range(3)))
    assert "at most 2 entries" in (await client_of().post("/api/v1/models/m", content=body)).json()["detail"]
