"""Fetching files over http. A host that does not answer is asked once, for three seconds, and then left alone."""

from __future__ import annotations

import hashlib
import os
import socket
import threading
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx

CONNECT_SECONDS = 3.0
READ_SECONDS = 60.0
UPSTREAM_VARIABLE = "SLIPWAY_UPSTREAM"
"""A web server that has upstream's files under `/HOST/PATH`, asked instead of the Internet."""


class Unreachable(Exception):
    """The host cannot be reached, or has no such file."""


class Downloads:
    """Downloads of one pack; safe to use from several threads."""

    def __init__(self, upstream: str | None = None) -> None:
        self._upstream = (upstream or os.environ.get(UPSTREAM_VARIABLE) or "").rstrip("/")
        self._unreachable: dict[str, str] = {}
        self._guard = threading.Lock()

    @cached_property
    def _client(self) -> httpx.Client:
        timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
        return httpx.Client(timeout=timeout, follow_redirects=True)

    def text(self, url: str) -> str:
        """A small text file.

        Raises:
            Unreachable: it could not be had.
        """
        address = self._address(url)
        try:
            answer = self._client.get(address)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise self._failed(address, error) from error
        return answer.text

    def fetch(self, url: str, target: Path) -> str:
        """Fetch a file; returns its sha256.

        Raises:
            Unreachable: it could not be had.
        """
        address = self._address(url)
        sha = hashlib.sha256()
        try:
            with self._client.stream("GET", address) as answer, target.open("wb") as file:
                answer.raise_for_status()
                for chunk in answer.iter_bytes(1 << 20):
                    sha.update(chunk)
                    file.write(chunk)
        except httpx.HTTPError as error:
            raise self._failed(address, error) from error
        return sha.hexdigest()

    def _address(self, url: str) -> str:
        """Where to ask for the URL; raises when its host is known not to answer."""
        parts = urlsplit(url)
        address = f"{self._upstream}/{parts.netloc}{parts.path}" if self._upstream else url
        host = urlsplit(address).netloc
        with self._guard:  # two threads that want one host wait for one answer
            if host not in self._unreachable and not getproxies():
                self._unreachable[host] = _why_unreachable(address)
            if why := self._unreachable.get(host):
                raise Unreachable(f"{host}: {why}")
        return address

    def _failed(self, address: str, error: httpx.HTTPError) -> Unreachable:
        host = urlsplit(address).netloc
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError):
            with self._guard:
                self._unreachable[host] = str(error) or type(error).__name__
        if isinstance(error, httpx.HTTPStatusError):
            return Unreachable(f"{address}: {error.response.status_code} {error.response.reason_phrase}")
        return Unreachable(f"{host}: {error or type(error).__name__}")


def _why_unreachable(address: str) -> str:
    """Why no connection can be had within `CONNECT_SECONDS`, name lookup included (which has no time limit of its own)."""
    parts = urlsplit(address)
    port = parts.port or (80 if parts.scheme == "http" else 443)
    answer: list[str] = []

    def connect() -> None:
        try:
            socket.create_connection((parts.hostname or "", port), CONNECT_SECONDS).close()
            answer.append("")
        except OSError as error:
            answer.append(error.strerror or str(error))

    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(CONNECT_SECONDS)
    return answer[0] if answer else f"no answer within {CONNECT_SECONDS:.0f} s"
