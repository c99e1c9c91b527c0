from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.pause_queue_name import PauseQueueName
from ...models.pause_request import PauseRequest
from ...models.problem_document import ProblemDocument
from ...types import Response


def _get_kwargs(
    name: PauseQueueName,
    *,
    body: PauseRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "put",
        "url": "/api/v1/queue/{name}".format(
            name=quote(str(name), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> PauseRequest | ProblemDocument:
    if response.status_code == 200:
        response_200 = PauseRequest.from_dict(response.json())

        return response_200

    response_default = ProblemDocument.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[PauseRequest | ProblemDocument]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    name: PauseQueueName,
    *,
    client: AuthenticatedClient,
    body: PauseRequest,
) -> Response[PauseRequest | ProblemDocument]:
    """Pause or resume a queue: what runs goes on, nothing new starts

     Pause or resume a queue: what runs goes on, nothing new starts. For administrators.

    Args:
        name (PauseQueueName):
        body (PauseRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PauseRequest | ProblemDocument]
    """

    kwargs = _get_kwargs(
        name=name,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    name: PauseQueueName,
    *,
    client: AuthenticatedClient,
    body: PauseRequest,
) -> PauseRequest | ProblemDocument | None:
    """Pause or resume a queue: what runs goes on, nothing new starts

     Pause or resume a queue: what runs goes on, nothing new starts. For administrators.

    Args:
        name (PauseQueueName):
        body (PauseRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PauseRequest | ProblemDocument
    """

    return sync_detailed(
        name=name,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    name: PauseQueueName,
    *,
    client: AuthenticatedClient,
    body: PauseRequest,
) -> Response[PauseRequest | ProblemDocument]:
    """Pause or resume a queue: what runs goes on, nothing new starts

     Pause or resume a queue: what runs goes on, nothing new starts. For administrators.

    Args:
        name (PauseQueueName):
        body (PauseRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PauseRequest | ProblemDocument]
    """

    kwargs = _get_kwargs(
        name=name,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    name: PauseQueueName,
    *,
    client: AuthenticatedClient,
    body: PauseRequest,
) -> PauseRequest | ProblemDocument | None:
    """Pause or resume a queue: what runs goes on, nothing new starts

     Pause or resume a queue: what runs goes on, nothing new starts. For administrators.

    Args:
        name (PauseQueueName):
        body (PauseRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PauseRequest | ProblemDocument
    """

    return (
        await asyncio_detailed(
            name=name,
            client=client,
            body=body,
        )
    ).parsed
