"""An upstream project's release files, each verified by a pinned sha256."""

from __future__ import annotations

import re
import shutil
import tarfile
from pathlib import Path
from urllib.parse import urlsplit

from appliance.catalog.models import Upstream, UpstreamFile
from appliance.pack.steps import Made, Work
from appliance.sources.base import Context, Unavailable
from appliance.sources.download import Unreachable
from installer.common.errors import SlipwayError
from installer.common.text import Text


def obtain(source: Upstream, work: Work, context: Context) -> Made:
    """Fetch the files.

    Raises:
        SlipwayError: a file is not what was pinned, or not what upstream says beside it. No other source is tried then:
            somebody has to look.
    """
    for file in source.files:
        work.say(file.url)
        try:
            _obtain(file, work, context)
        except Unreachable as error:
            raise Unavailable(str(error)) from error
    return Made(f"upstream: {source.files[0].url}")


def _obtain(file: UpstreamFile, work: Work, context: Context) -> None:
    fetched = work.scratch / "fetched"
    pinned = context.lock.get(file.url)
    wanted = pinned or _beside(file, context)
    found = context.downloads.fetch(file.url, fetched)
    if found != wanted:
        raise SlipwayError(
            Text(en="an upstream file is not what it should be", zh="上游文件与预期不符"),
            where=file.url,
            why=Text(
                en="its sha256 is {found}; {by} says {wanted}", zh="其 sha256 为 {found}；{by} 记载为 {wanted}"
            ).format(found=found, wanted=wanted, by=context.lock.path.name if pinned else file.checksum),
            fix=Text(
                en="do not use it; compare with upstream's announcement, and only if it was really released anew, remove its"
                " line from {lock}",
                zh="请勿使用；请与上游公告核对，确属重新发布时才可从 {lock} 中删除该行",
            ).format(lock=context.lock.path),
        )
    if not pinned:
        context.lock.pin(file.url, found)
    if file.output:
        shutil.move(fetched, _target(work, file.output))
    for output, member in file.members.items():
        _extract(fetched, member, _target(work, output))


def _beside(file: UpstreamFile, context: Context) -> str:
    """The digest that upstream has beside the file."""
    name = Path(urlsplit(file.url).path).name
    for line in context.downloads.text(file.checksum).splitlines():
        digest, _, of = line.strip().partition(" ")
        if re.fullmatch(r"[0-9a-f]{64}", digest) and Path(of.strip(" *")).name in {"", name}:
            return digest
    raise Unavailable(f"{file.checksum} does not name {name}")


def _target(work: Work, output: str) -> Path:
    target = work.result / output
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _extract(archive: Path, member: str, target: Path) -> None:
    with tarfile.open(archive) as tar:
        for entry in tar:
            if entry.isfile() and entry.name.removeprefix("./") == member:
                content = tar.extractfile(entry)
                assert content
                with content, target.open("wb") as file:
                    shutil.copyfileobj(content, file)
                return
    raise Unavailable(f"the archive has no {member}")
