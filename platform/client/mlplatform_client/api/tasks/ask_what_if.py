from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.problem_document import ProblemDocument
from ...models.what_if_request import WhatIfRequest
from ...models.what_if_view import WhatIfView
from ...types import Response


def _get_kwargs(
    id: str,
    *,
    body: WhatIfRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/tasks/{id}/what-if".format(
            id=quote(str(id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> ProblemDocument | WhatIfView:
    if response.status_code == 200:
        response_200 = WhatIfView.from_dict(response.json())

        return response_200

    response_default = ProblemDocument.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ProblemDocument | WhatIfView]:
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
    body: WhatIfRequest,
) -> Response[ProblemDocument | WhatIfView]:
    """What would be decided about a waiting task if it asked for something else

     What would be decided about a waiting task if it asked for something else. Changes nothing.

    Args:
        id (str):
        body (WhatIfRequest): What a waiting task would ask for instead; what is left out stays.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | WhatIfView]
    """

    kwargs = _get_kwargs(
        id=id,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    id: str,
    *,
    client: AuthenticatedClient,
    body: WhatIfRequest,
) -> ProblemDocument | WhatIfView | None:
    """What would be decided about a waiting task if it asked for something else

     What would be decided about a waiting task if it asked for something else. Changes nothing.

    Args:
        id (str):
        body (WhatIfRequest): What a waiting task would ask for instead; what is left out stays.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | WhatIfView
    """

    return sync_detailed(
        id=id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    id: str,
    *,
    client: AuthenticatedClient,
    body: WhatIfRequest,
) -> Response[ProblemDocument | WhatIfView]:
    """What would be decided about a waiting task if it asked for something else

     What would be decided about a waiting task if it asked for something else. Changes nothing.

    Args:
        id (str):
        body (WhatIfRequest): What a waiting task would ask for instead; what is left out stays.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | WhatIfView]
    """

    kwargs = _get_kwargs(
        id=id,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    id: str,
    *,
    client: AuthenticatedClient,
    body: WhatIfRequest,
) -> ProblemDocument | WhatIfView | None:
    """What would be decided about a waiting task if it asked for something else

     What would be decided about a waiting task if it asked for something else. Changes nothing.

    Args:
        id (str):
        body (WhatIfRequest): What a waiting task would ask for instead; what is left out stays.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | WhatIfView
    """

    return (
        await asyncio_detailed(
            id=id,
            client=client,
            body=body,
        )
    ).parsed
