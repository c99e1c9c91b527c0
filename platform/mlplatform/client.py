"""A connection to a running platform for the command line: its address, the token, and the authority to trust."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import Any, Self

import httpx

from mlplatform.language import of_terminal
from mlplatform.models.base import Text


class Unreached(Exception):
    """The platform was not reached, or did not do what was asked. The message is for people."""


class Client:
    """Calls the API.

    Args:
        data: folder of an embedded platform on this machine; without it the environment says where the platform is:
            MLPLATFORM_URL, MLPLATFORM_TOKEN_FILE, and MLPLATFORM_CA_FILE for an authority that the machine does not trust.

    Raises:
        Unreached: it is not said where the platform is, or a file is missing.
    """

    def __init__(self, data: Path | None) -> None:
        try:
            if data:
                url = (data / "address").read_text().strip()
                token_file, ca_file = data / "admin.token", str(data / "tls/ca.crt")
            else:
                url, token_file = os.environ["MLPLATFORM_URL"], Path(os.environ["MLPLATFORM_TOKEN_FILE"])
                ca_file = os.environ.get("MLPLATFORM_CA_FILE", "")
            trust = ssl.create_default_context(cafile=ca_file or None)
            headers = {"Authorization": f"Bearer {token_file.read_text().strip()}", "Accept-Language": of_terminal()}
        except KeyError as error:
            where = Text(
                en="name an embedded platform's folder with --data, or set MLPLATFORM_URL and MLPLATFORM_TOKEN_FILE",
                zh="请用 --data 指定嵌入式平台的文件夹，或设置 MLPLATFORM_URL 与 MLPLATFORM_TOKEN_FILE",
            )
            raise Unreached(where.of(of_terminal())) from error
        except OSError as error:
            raise Unreached(f"{error.filename or ca_file}: {error.strerror}") from error
        self._http = httpx.Client(base_url=url, headers=headers, verify=trust, trust_env=False, timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def call(self, method: str, path: str, **request: Any) -> Any:
        """The JSON that a path of the API answers.

        Args:
            request: as httpx takes it: `params`, `json`, `content`.

        Raises:
            Unreached: no answer, or a problem, in the reader's language.
        """
        return self._good(self._send(method, path, **request)).json()

    def content(self, path: str, **request: Any) -> bytes:
        """The bytes at a path.

        Raises:
            Unreached: no answer, or a problem.
        """
        return self._good(self._send("GET", path, **request)).content

    def status(self, method: str, path: str, **request: Any) -> int:
        """The status of an answer, whichever it is.

        Raises:
            Unreached: no answer.
        """
        return self._send(method, path, **request).status_code

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            return self._http.request(method, f"/api/v1{path}", **request)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            away = Text(en="the platform does not answer at {url}: {why}", zh="平台在 {url} 没有响应：{why}")
            raise Unreached(away.format(url=self._http.base_url, why=error).of(of_terminal())) from error

    def _good(self, answer: httpx.Response) -> httpx.Response:
        if answer.is_success:
            return answer
        try:
            document = answer.json()
            raise Unreached(f"{document['title']} {document['detail']}".strip())
        except (ValueError, KeyError) as error:
            raise Unreached(f"{answer.status_code} {answer.reason_phrase}") from error
