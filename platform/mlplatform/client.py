"""A small client of the API for the command line: https against the site's own authority, a bearer token, errors in words."""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from mlplatform.language import of_terminal
from mlplatform.models.base import Text

if TYPE_CHECKING:
    import httpx

TIMEOUT = 30.0
"""Seconds. A stream that is followed says something every 15 s."""
MOST = 200
"""Items of a page."""
PAUSE = 1.0
"""Seconds before a stream that broke is taken up again."""


class ClientError(Exception):
    """The platform was not reached, or refused; says what, where and why."""


@dataclass(frozen=True)
class Event:
    """A server-sent event."""

    kind: str
    id: str
    data: str
    """As it was sent: JSON."""


class Client:
    """Calls of one platform.

    Args:
        url: without a path.
        token_file: holds the bearer token; None: nobody signed in yet.
        ca_file: the certificate authority to trust; None: the system's.
        language: what messages come in, a locale's name.

    Raises:
        ClientError: a file cannot be read.
    """

    def __init__(self, url: str, token_file: Path | None, ca_file: Path | None, language: str) -> None:
        import httpx  # only now: commands that call nothing must not wait for it

        self._url, self._language = url, language
        try:
            token = token_file.read_text().strip() if token_file else None
            trust = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
        except OSError as error:
            raise ClientError(f"{error.filename or ca_file}: {error.strerror}") from error
        headers = {"Accept-Language": language} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._http = httpx.Client(base_url=url, headers=headers, verify=trust, timeout=TIMEOUT, trust_env=False)

    @classmethod
    def find(cls, data: Path | None, *, anonymous: bool = False) -> Self:
        """A client of an embedded platform by its folder, else of the one that the environment names.

        Raises:
            ClientError: neither is there.
        """
        language = of_terminal()
        if data:
            try:
                url = (data / "address").read_text().strip()
            except OSError as error:
                raise ClientError(f"{error.filename}: {error.strerror}") from error
            return cls(url, None if anonymous else data / "admin.token", data / "tls/ca.crt", language)
        try:
            url = os.environ["MLPLATFORM_URL"]
            token_file = None if anonymous else Path(os.environ["MLPLATFORM_TOKEN_FILE"])
        except KeyError as error:
            where = Text(
                en="name an embedded platform's folder with --data, or set MLPLATFORM_URL and MLPLATFORM_TOKEN_FILE",
                zh="请用 --data 指定嵌入式平台的文件夹，或设置 MLPLATFORM_URL 与 MLPLATFORM_TOKEN_FILE",
            )
            raise ClientError(where.of(language)) from error
        ca_file = os.environ.get("MLPLATFORM_CA_FILE")
        return cls(url, token_file, Path(ca_file) if ca_file else None, language)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The answer's JSON.

        Args:
            body: sent as JSON.
            more: as httpx takes it: `params`, `content`.

        Raises:
            ClientError: no answer, or a problem, in the client's language.
        """
        return self._good(self._send(method, path, json=body, **more)).json()

    def items(self, path: str) -> Iterator[Any]:
        """Everything of a list, page by page.

        Raises:
            ClientError: no answer, or a problem.
        """
        where: dict[str, Any] = {"limit": MOST}
        while where.get("cursor", "") is not None:
            page = self.call("GET", path, params=where)
            yield from page["items"]
            where["cursor"] = page["next"]

    def look_up(self, path: str) -> Any | None:
        """The JSON at a path; None when there is nothing.

        Raises:
            ClientError: no answer, or another problem.
        """
        answer = self._send("GET", path)
        return None if answer.status_code == 404 else self._good(answer).json()

    def send(self, method: str, path: str, body: Any = None) -> None:
        """A call whose answer has no content.

        Raises:
            ClientError: no answer, or a problem, in the client's language.
        """
        self._good(self._send(method, path, json=body))

    def content(self, path: str, **more: Any) -> bytes:
        """The bytes at a path.

        Raises:
            ClientError: no answer, or a problem.
        """
        return self._good(self._send("GET", path, **more)).content

    def follow(self, path: str, **more: Any) -> Iterator[Event]:
        """The events of a stream, its `end` the last; a stream that breaks is taken up again after the last event that came.

        Raises:
            ClientError: no answer at first, or a problem.
        """
        import httpx

        last, began = "", False
        while True:
            headers = {"Last-Event-ID": last} if last else {}
            try:
                with self._http.stream("GET", f"/api/v1{path}", headers=headers, **more) as answer:
                    if not answer.is_success:
                        answer.read()
                        self._good(answer)
                    began = True
                    for event in _events(answer.iter_lines()):
                        last = event.id or last
                        if event.kind == "end" and event.data == '"closing"':
                            break  # the server starts anew
                        yield event
                        if event.kind == "end":
                            return
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                if not began:
                    raise self._away(error) from error
            time.sleep(PAUSE)

    def status(self, method: str, path: str, body: Any = None) -> int:
        """The status of an answer, whichever it is.

        Raises:
            ClientError: no answer.
        """
        return self._send(method, path, json=body).status_code

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        import httpx

        try:
            return self._http.request(method, f"/api/v1{path}", **request)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._away(error) from error

    def _away(self, error: Exception) -> ClientError:
        away = Text(en="the platform does not answer at {url}: {why}", zh="平台在 {url} 没有响应：{why}")
        return ClientError(away.format(url=self._url, why=error).of(self._language))

    def _good(self, answer: httpx.Response) -> httpx.Response:
        if answer.is_success:
            return answer
        try:
            document = answer.json()
            said = f"{document['title']} {document['detail']}".strip()
        except (ValueError, KeyError, TypeError) as error:
            other = Text(en="{url} is no platform: {status}", zh="{url} 不是平台：{status}")
            raise ClientError(other.format(url=self._url, status=answer.status_code).of(self._language)) from error
        raise ClientError(said)


def _events(lines: Iterator[str]) -> Iterator[Event]:
    """Events as the HTML standard writes them (9.2.6), each with one line of data."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        else:
            if "data" in fields:
                yield Event(fields.get("event", "message"), fields.get("id", ""), fields["data"])
            fields = {}
