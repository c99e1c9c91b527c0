"""A copy of the platform's own objects of one kind, kept up to date by a watch, so that looking at thousands asks the API server nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from mlplatform.executors.objects import Object

TERM = 20
"""Seconds of one watch. Then all is listed anew, so that whatever a watch might miss, a silently broken connection too, is missed for no
longer than what is said of lost pods and nodes (docs/platform.md)."""
AGAIN = 1.0
"""Seconds until it is tried anew after an error."""


class Mirror:
    """The objects at one address.

    Args:
        client: reaches the API server.
        path, query: what is listed and watched.
        changed: called after each change.
    """

    def __init__(
        self, client: httpx.AsyncClient, path: str, query: Mapping[str, str], changed: Callable[[], None]
    ) -> None:
        self._http = client
        self._path = path
        self._query = dict(query)
        self._changed = changed
        self._objects: dict[str, Object] | None = None

    @property
    def objects(self) -> list[Object] | None:
        """What there is; None while that is not known."""
        return None if self._objects is None else list(self._objects.values())

    async def keep(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._follow(await self._list())
                continue
            except (httpx.HTTPError, ValueError, KeyError):  # away, or an answer that is none
                self._objects = None
            await asyncio.sleep(AGAIN)

    async def _list(self) -> str:
        """Returns the version of the list."""
        answer = await self._http.get(self._path, params=self._query)
        listing = answer.raise_for_status().json()
        self._objects = {item["metadata"]["name"]: item for item in listing["items"]}
        self._changed()
        return str(listing["metadata"]["resourceVersion"])

    async def _follow(self, version: str) -> None:
        """Take over each change since then, for a term or until the API server says that the version is too old."""
        query = {**self._query, "watch": "true", "resourceVersion": version, "timeoutSeconds": str(TERM)}
        timeout = httpx.Timeout(15, connect=5, read=TERM + 5)
        async with self._http.stream("GET", self._path, params=query, timeout=timeout) as answer:
            answer.raise_for_status()
            async for line in answer.aiter_lines():
                event: dict[str, Any] = json.loads(line)
                if event["type"] == "ERROR":
                    return
                assert self._objects is not None
                name = event["object"]["metadata"]["name"]
                if event["type"] == "DELETED":
                    self._objects.pop(name, None)
                else:
                    self._objects[name] = event["object"]
                self._changed()
