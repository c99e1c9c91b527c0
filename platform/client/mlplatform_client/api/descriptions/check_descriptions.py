from http import HTTPStatus
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.checked_text import CheckedText
from ...models.description_text import DescriptionText
from ...models.problem_document import ProblemDocument
from ...types import Response


def _get_kwargs(
    *,
    body: DescriptionText,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/descriptions/check",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> CheckedText | ProblemDocument:
    if response.status_code == 200:
        response_200 = CheckedText.from_dict(response.json())

        return response_200

    response_default = ProblemDocument.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[CheckedText | ProblemDocument]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: DescriptionText,
) -> Response[CheckedText | ProblemDocument]:
    """Check descriptions against each other and against the operators that the caller can use; nothing is
    stored

     Check descriptions against each other and against the operators that the caller can use; nothing is
    stored.

    Args:
        body (DescriptionText):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CheckedText | ProblemDocument]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: DescriptionText,
) -> CheckedText | ProblemDocument | None:
    """Check descriptions against each other and against the operators that the caller can use; nothing is
    stored

     Check descriptions against each other and against the operators that the caller can use; nothing is
    stored.

    Args:
        body (DescriptionText):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CheckedText | ProblemDocument
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: DescriptionText,
) -> Response[CheckedText | ProblemDocument]:
    """Check descriptions against each other and against the operators that the caller can use; nothing is
    stored

     Check descriptions against each other and against the operators that the caller can use; nothing is
    stored.

    Args:
        body (DescriptionText):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CheckedText | ProblemDocument]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: DescriptionText,
) -> CheckedText | ProblemDocument | None:
    """Check descriptions against each other and against the operators that the caller can use; nothing is
    stored

     Check descriptions against each other and against the operators that the caller can use; nothing is
    stored.

    Args:
        body (DescriptionText):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CheckedText | ProblemDocument
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
