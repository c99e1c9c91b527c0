"""A small client of the platform's API: https against the site's own authority, a bearer token, errors in words."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from types import TracebackType
from typing import Any

import httpx
from tenacity import Retrying, retry_if_exception_type, retry_if_result, stop_after_delay, wait_fixed

from installer.accept.access import Access
from installer.common.errors import SlipwayError
from installer.common.text import Text

POLL = 0.5
"""Seconds between two looks at something that is not done."""


class PlatformClient:
    """The calls that the acceptance needs; use it as a context."""

    def __init__(self, access: Access, token: str) -> None:
        self.url = access.url
        self._http = httpx.Client(
            base_url=access.url,
            verify=ssl.create_default_context(cafile=str(access.ca_file)),
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
            trust_env=False,  # a proxy of the engineer's shell has no business between the installer and the site
        )

    def __enter__(self) -> PlatformClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str, /, **query: str) -> Any:
        return self._call("GET", path, params=query).json()

    def post(self, path: str, body: Any) -> Any:
        return self._call("POST", path, json=body).json()

    def upload(self, path: str, content: bytes, /, **query: str) -> Any:
        """Send a file's bytes."""
        return self._call("POST", path, content=content, params=query).json()

    def download(self, path: str) -> bytes:
        return self._call("GET", path).content

    def delete(self, path: str) -> None:
        self._call("DELETE", path)

    def exists(self, path: str) -> bool:
        return self._send("GET", path).status_code == httpx.codes.OK

    def wait_until_ready(self, limit: float) -> None:
        """Wait until the API says that it can work.

        Args:
            limit: seconds.
        """
        for attempt in Retrying(
            retry=retry_if_exception_type(SlipwayError),
            stop=stop_after_delay(limit),
            wait=wait_fixed(POLL),
            reraise=True,
        ):
            with attempt:
                self._call("GET", "/readyz")

    def wait_for(self, path: str, done: Callable[[dict[str, Any]], bool], limit: float) -> dict[str, Any]:
        """Look at a resource until `done` says so; returns its last state, done or not, when `limit` seconds are over."""
        last: dict[str, Any] = Retrying(
            retry=retry_if_result(lambda seen: not done(seen)),
            stop=stop_after_delay(limit),
            wait=wait_fixed(POLL),
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        )(self.get, path)
        return last

    def _call(self, method: str, path: str, **rest: Any) -> httpx.Response:
        answer = self._send(method, path, **rest)
        if answer.is_error:
            raise SlipwayError(
                Text(
                    en="the platform refused {method} {path} ({status})", zh="平台拒绝了 {method} {path}（{status}）"
                ).format(method=method, path=path, status=answer.status_code),
                where=self.url,
                why=Text.same(answer.text[:500]),
            )
        return answer

    def _send(self, method: str, path: str, **rest: Any) -> httpx.Response:
        try:
            return self._http.request(method, path, **rest)
        except httpx.HTTPError as error:
            raise SlipwayError(
                Text(en="the platform does not answer", zh="平台没有应答"),
                where=f"{self.url}{path}",
                why=Text.same(str(error) or type(error).__name__),
                fix=Text(
                    en="look at its pods: kubectl --namespace slipway get pods",
                    zh="查看其容器组：kubectl --namespace slipway get pods",
                ),
            ) from error
