from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.get_task_log_stream import GetTaskLogStream
from ...models.problem_document import ProblemDocument
from ...types import UNSET, Response, Unset


def _get_kwargs(
    id: str,
    *,
    rank: int | Unset = 0,
    offset: int | Unset = 0,
    stream: GetTaskLogStream | Unset = "output",
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["rank"] = rank

    params["offset"] = offset

    json_stream: str | Unset = UNSET
    if not isinstance(stream, Unset):
        json_stream = stream

    params["stream"] = json_stream

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/tasks/{id}/logs".format(
            id=quote(str(id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> ProblemDocument | str:
    if response.status_code == 200:
        response_200 = response.text
        return response_200

    response_default = ProblemDocument.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ProblemDocument | str]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    id: str,
    *,
    client: AuthenticatedClient,
    rank: int | Unset = 0,
    offset: int | Unset = 0,
    stream: GetTaskLogStream | Unset = "output",
) -> Response[ProblemDocument | str]:
    """What a replica wrote, from a byte offset on: ask again with the offset plus what you got to follow
    it

     What a replica wrote, from a byte offset on: ask again with the offset plus what you got to follow
    it.

    Args:
        id (str):
        rank (int | Unset):  Default: 0.
        offset (int | Unset):  Default: 0.
        stream (GetTaskLogStream | Unset):  Default: 'output'.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | str]
    """

    kwargs = _get_kwargs(
        id=id,
        rank=rank,
        offset=offset,
        stream=stream,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    id: str,
    *,
    client: AuthenticatedClient,
    rank: int | Unset = 0,
    offset: int | Unset = 0,
    stream: GetTaskLogStream | Unset = "output",
) -> ProblemDocument | str | None:
    """What a replica wrote, from a byte offset on: ask again with the offset plus what you got to follow
    it

     What a replica wrote, from a byte offset on: ask again with the offset plus what you got to follow
    it.

    Args:
        id (str):
        rank (int | Unset):  Default: 0.
        offset (int | Unset):  Default: 0.
        stream (GetTaskLogStream | Unset):  Default: 'output'.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | str
    """

    return sync_detailed(
        id=id,
        client=client,
        rank=rank,
        offset=offset,
        stream=stream,
    ).parsed


async def asyncio_detailed(
    id: str,
    *,
    client: AuthenticatedClient,
    rank: int | Unset = 0,
    offset: int | Unset = 0,
    stream: GetTaskLogStream | Unset = "output",
) -> Response[ProblemDocument | str]:
    """What a replica wrote, from a byte offset on: ask again with the offset plus what you got to follow
    it

     What a replica wrote, from a byte offset on: ask again with the offset plus what you got to follow
    it.

    Args:
        id (str):
        rank (int | Unset):  Default: 0.
        offset (int | Unset):  Default: 0.
        stream (GetTaskLogStream | Unset):  Default: 'output'.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | str]
    """

    kwargs = _get_kwargs(
        id=id,
        rank=rank,
        offset=offset,
        stream=stream,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    id: str,
    *,
    client: AuthenticatedClient,
    rank: int | Unset = 0,
    offset: int | Unset = 0,
    stream: GetTaskLogStream | Unset = "output",
) -> ProblemDocument | str | None:
    """What a replica wrote, from a byte offset on: ask again with the offset plus what you got to follow
    it

     What a replica wrote, from a byte offset on: ask again with the offset plus what you got to follow
    it.

    Args:
        id (str):
        rank (int | Unset):  Default: 0.
        offset (int | Unset):  Default: 0.
        stream (GetTaskLogStream | Unset):  Default: 'output'.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | str
    """

    return (
        await asyncio_detailed(
            id=id,
            client=client,
            rank=rank,
            offset=offset,
            stream=stream,
        )
    ).parsed
