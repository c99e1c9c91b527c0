"""The repository of algorithms: the system's operators, and versions of operators that users registered with images of their own."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform import policy
from mlplatform.core import audit, pages, replies
from mlplatform.core.pages import Page, Want
from mlplatform.core.platform import Platform
from mlplatform.core.states import HOLDING
from mlplatform.errors import Problem, conflict, invalid, not_found
from mlplatform.ids import new_id
from mlplatform.models.base import Text
from mlplatform.models.load import load_text
from mlplatform.models.mistakes import InvalidDescription
from mlplatform.models.operator import Operator
from mlplatform.models.registered import ImageView, RegisteredOperator
from mlplatform.oci import Archive, ImageArchive, InvalidArchive, Part, opened
from mlplatform.storage.tables import ImageBlob, Service, StoredImage, StoredOperator, Task
from mlplatform.tokens import Caller

OPERATOR = Text(en="operator", zh="算子")
TEXT = "operator.yaml"
"""What stands for the file's name in mistakes."""
MAX_ARCHIVE = 20 << 30
"""Bytes. More than the largest training images (NVIDIA's PyTorch: 10 GB compressed), and bounded."""
REPOSITORY = "operators"
"""The path of users' images in the registry that the API is for nodes."""


@dataclass(frozen=True)
class FoundOperator:
    """An operator, and the image that its command runs in."""

    operator: Operator
    image: str
    """The full reference."""


async def find(
    platform: Platform, session: AsyncSession, caller: Caller, name: str, mode: Literal["train", "serve"]
) -> FoundOperator:
    """The operator of this name: the system's, else the newest version that the caller sees.

    Raises:
        Problem: 404; 409 while its image is not there; 422 when it is not made for this mode, or cannot run on this platform.
    """
    operator = platform.operators.get(name)
    if operator is not None:
        found = FoundOperator(operator, platform.image(operator.spec.image))
    else:
        found = _usable(platform, await _newest(session, caller, name))
    if mode not in found.operator.spec.modes:
        raise invalid(
            Text(en="This operator is not made for that.", zh="该算子不支持此用途。"),
            f"{name}: modes {found.operator.spec.modes}",
        )
    return found


async def by_name(platform: Platform, session: AsyncSession, caller: Caller) -> dict[str, Operator]:
    """Every operator that the caller can use: the system's by name, then the newest version of each that was registered."""
    query = _seen_by(caller, select(StoredOperator)).order_by(StoredOperator.name, StoredOperator.id)
    newest = {row.name: Operator.model_validate(row.description) for row in await session.scalars(query)}
    return platform.operators | newest


async def get(platform: Platform, caller: Caller, name: str) -> Operator:
    """One operator: the system's, else the newest version.

    Raises:
        Problem: 404.
    """
    if name in platform.operators:
        return platform.operators[name]
    async with platform.database.transaction() as session:
        return Operator.model_validate((await _newest(session, caller, name)).description)


async def versions(platform: Platform, caller: Caller, name: str, want: Want) -> Page[RegisteredOperator]:
    """Every version of a registered operator, newest first.

    Raises:
        Problem: 404, also for a system's operator, whose version is the platform's.
    """
    query = _seen_by(caller, select(StoredOperator).where(StoredOperator.name == name))
    async with platform.database.transaction() as session:
        await _newest(session, caller, name)
        page = await pages.read(session, query, StoredOperator.id, want, newest_first=True)
        return Page([await _view(platform, session, row) for row in page.items], page.next)


async def register(platform: Platform, caller: Caller, text: str) -> RegisteredOperator:
    """Keep a new version of an operator. Registering the same version with the same text again is no error.

    Raises:
        Problem: 422 with every mistake of the description; 409 when the name is the system's or somebody else's, or the version is
            there and says something else.
    """
    operator = await asyncio.to_thread(_read, text)
    name, version = operator.metadata.name, operator.metadata.version
    if name in platform.operators:
        raise conflict("name_taken", Text(en="The system has an operator of this name.", zh="系统已有同名算子。"), name)
    row = StoredOperator(
        id=new_id(),
        name=name,
        version=version,
        owner=caller.subject,
        description=operator.model_dump(mode="json"),
        created_at=datetime.now(UTC),
    )
    try:
        async with platform.database.transaction() as session:
            first = await session.scalar(select(StoredOperator).where(StoredOperator.name == name).limit(1))
            if first and not policy.is_own(caller, first.owner):
                taken = Text(en="This name belongs to somebody else.", zh="该名称属于其他用户。")
                raise conflict("name_taken", taken, name)
            row.owner = first.owner if first else caller.subject
            session.add(row)
            await session.flush()
            registered = await _view(platform, session, row)
            audit.record(session, f"operator {name} {version}")
            await replies.keep(session, registered)
            return registered
    except IntegrityError as error:
        known = await _version(platform, caller, name, version)
        if known.description != row.description:
            fixed = Text(
                en="This version is registered already and says something else; give the change a new version.",
                zh="该版本已注册且内容不同；请为修改使用新的版本号。",
            )
            raise conflict("version_taken", fixed, f"{name} {version}") from error
        async with platform.database.transaction() as session:
            audit.record(session, f"operator {name} {version}")
            return await _view(platform, session, known)


async def put_image(
    platform: Platform, caller: Caller, name: str, version: str, content: AsyncIterable[bytes]
) -> RegisteredOperator:
    """Keep the image of a version from its archive. The same again is no error.

    Raises:
        Problem: 404; 409 when it has another image, or runs in one of the platform's; 413; 422 when the archive is no image that can run here.
    """
    row = await _version(platform, caller, name, version)
    if platform.images.get(_image_of(row)):
        shared = Text(
            en="This operator runs in one of the platform's images; it takes none of its own.",
            zh="该算子使用平台镜像运行，不接受自带镜像。",
        )
        raise conflict("image_taken", shared, _image_of(row))
    with tempfile.TemporaryDirectory(prefix="image-") as folder:
        file = Path(folder) / "archive"
        await _save(file, content)
        try:
            image = await _store(platform, file)
        except InvalidArchive as error:
            raise invalid(error.text, str(error)) from error
    async with platform.database.transaction() as session:
        if await session.get(StoredImage, image.digest) is None:
            session.add(image)
        mine = await session.get(StoredOperator, row.id, with_for_update=True)
        if mine is None:
            raise not_found(OPERATOR, f"{name} {version}")
        if mine.image_digest not in (None, image.digest):
            other = Text(
                en="This version has an image already; register a new version for another one.",
                zh="该版本已有镜像；请为其他镜像注册新版本。",
            )
            raise conflict("image_taken", other, f"sha256:{mine.image_digest}")
        mine.image_digest = image.digest
        audit.record(session, f"operator {name} {version} sha256:{image.digest}")
        await session.flush()
        return await _view(platform, session, mine)


async def remove(platform: Platform, caller: Caller, name: str, version: str) -> None:
    """Forget a version. What ran with it keeps its record.

    Raises:
        Problem: 404, or 409 while something of it waits or runs.
    """
    row = await _version(platform, caller, name, version)
    async with platform.database.transaction() as session:
        for table in (Task, Service):
            alive = (table.operator == name, table.operator_version == version, table.state.in_([*HOLDING, "queued"]))
            if user := await session.scalar(select(table.id).where(*alive).limit(1)):
                busy = Text(en="This version is in use.", zh="该版本正在使用中。")
                raise conflict("in_use", busy, f"{table.__tablename__} {user}")
        await session.execute(delete(StoredOperator).where(StoredOperator.id == row.id))
        audit.record(session, f"operator {name} {version}")
        used = select(StoredOperator.id).where(StoredOperator.image_digest == row.image_digest).limit(1)
        if row.image_digest and await session.scalar(used) is None:
            await session.delete(
                await session.get_one(StoredImage, row.image_digest)
            )  # its blobs go with the next sweep


def _read(text: str) -> Operator:
    try:
        loaded = load_text(text, TEXT)
    except InvalidDescription as error:
        places = [m.as_json() for m in error.mistakes]
        wrong = Text(en="The description has mistakes.", zh="描述有错误。")
        raise invalid(wrong, error.show("en"), errors=places) from error
    if len(loaded) != 1 or not isinstance(loaded[0].description, Operator):
        raise invalid(Text(en="The text has to describe one operator and nothing else.", zh="文本必须只描述一个算子。"))
    return loaded[0].description


def _image_of(row: StoredOperator) -> str:
    return str(row.description["spec"]["image"])


def _usable(platform: Platform, row: StoredOperator) -> FoundOperator:
    operator = Operator.model_validate(row.description)
    if shared := platform.images.get(operator.spec.image):
        return FoundOperator(operator, shared)
    if row.image_digest is None:
        missing = Text(en="The operator's image is not there yet: upload it.", zh="尚无该算子的镜像：请先上传。")
        raise conflict("no_image", missing, f"{row.name} {row.version}")
    if platform.settings.registry is None:
        here = Text(
            en="This platform runs no containers, so it cannot run an operator in an image of its own: use one on a cluster.",
            zh="此平台不运行容器，无法运行自带镜像的算子：请使用集群上的平台。",
        )
        raise invalid(here, row.name)
    return FoundOperator(operator, f"{platform.settings.registry}/{REPOSITORY}/{row.name}@sha256:{row.image_digest}")


async def _newest(session: AsyncSession, caller: Caller, name: str) -> StoredOperator:
    query = _seen_by(caller, select(StoredOperator).where(StoredOperator.name == name))
    row: StoredOperator | None = await session.scalar(query.order_by(StoredOperator.id.desc()).limit(1))
    if row is None:
        raise not_found(OPERATOR, name)
    return row


async def _version(platform: Platform, caller: Caller, name: str, version: str) -> StoredOperator:
    query = select(StoredOperator).where(StoredOperator.name == name, StoredOperator.version == version)
    async with platform.database.transaction() as session:
        row: StoredOperator | None = await session.scalar(_seen_by(caller, query))
    if row is None:
        raise not_found(OPERATOR, f"{name} {version}")
    return row


def _seen_by(caller: Caller, query: Any) -> Any:
    return query if caller.role == "admin" else query.where(StoredOperator.owner == caller.subject)  # as policy.is_own


async def _view(platform: Platform, session: AsyncSession, row: StoredOperator) -> RegisteredOperator:
    image = await session.get(StoredImage, row.image_digest) if row.image_digest else None
    return RegisteredOperator(
        id=row.id,
        owner=row.owner,
        operator=Operator.model_validate(row.description),
        image=ImageView(digest=f"sha256:{image.digest}", size=image.size) if image else None,
        ready=image is not None or _image_of(row) in platform.images,
        created_at=row.created_at,
    )


async def _save(file: Path, content: AsyncIterable[bytes]) -> None:
    size = 0
    with file.open("wb") as opened_file:
        async for chunk in content:
            size += len(chunk)
            if size > MAX_ARCHIVE:
                large = Text(en="The archive is too large.", zh="归档过大。")
                raise Problem(413, "too_large", large, f"at most {MAX_ARCHIVE} bytes")
            await asyncio.to_thread(opened_file.write, chunk)


async def _store(platform: Platform, file: Path) -> StoredImage:
    """The archive's image with all its blobs in the blob store."""

    def read() -> ImageArchive:
        with opened(file) as archive:
            return archive.image()

    image = await asyncio.to_thread(read)
    with opened(file) as archive:
        for part in image.parts:
            await platform.blobs.put(_pieces(archive, part))
    return StoredImage(
        digest=image.digest,
        manifest=image.manifest,
        media_type=image.media_type,
        size=image.size,
        blobs=[ImageBlob(digest=part.digest, size=part.size) for part in image.parts],
    )


async def _pieces(archive: Archive, part: Part) -> AsyncIterator[bytes]:
    pieces: Iterable[bytes] = archive.read(part)
    iterator = iter(pieces)
    while (piece := await asyncio.to_thread(next, iterator, None)) is not None:
        yield piece
