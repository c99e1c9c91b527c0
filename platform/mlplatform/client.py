"""A small client of the API for the command line: https against the site's own authority, a bearer token, errors in words."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

TIMEOUT = 30.0
"""Seconds."""


class ClientError(Exception):
    """The platform was not reached, or refused; says what, where and why."""


class Client:
    """Calls of one platform.

    Args:
        url: without a path.
        token_file: holds the bearer token.
        ca_file: the certificate authority to trust; None: the system's.
        language: what messages come in, `en` or `zh`.

    Raises:
        ClientError: a file cannot be read.
    """

    def __init__(self, url: str, token_file: Path, ca_file: Path | None, language: str) -> None:
        import httpx  # only now: the other commands must not wait for it

        self._url = url
        try:
            token = token_file.read_text().strip()
            trust = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
        except OSError as error:
            name = error.filename or ca_file
            raise ClientError(f"{name}: {error.strerror}") from error
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}
        self._http = httpx.Client(base_url=url, headers=headers, verify=trust, timeout=TIMEOUT, trust_env=False)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's JSON.

        Raises:
            ClientError: see there.
        """
        import httpx

        try:
            answer = self._http.request(method, f"/api/v1{path}", json=body)
        except httpx.HTTPError as error:
            raise ClientError(f"{self._url}: {error}") from error
        try:
            found = answer.json()
        except ValueError as error:
            raise ClientError(f"{self._url}: this is no platform: {answer.status_code}") from error
        if answer.is_error:
            raise ClientError(f"{found['title']} {found['detail']}".strip())
        return found
