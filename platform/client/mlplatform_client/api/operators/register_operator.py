from http import HTTPStatus
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.operator_text import OperatorText
from ...models.problem_document import ProblemDocument
from ...models.registered_operator import RegisteredOperator
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: OperatorText,
    idempotency_key: None | str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["idempotency-key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/operators",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ProblemDocument | RegisteredOperator:
    if response.status_code == 201:
        response_201 = RegisteredOperator.from_dict(response.json())

        return response_201

    response_default = ProblemDocument.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ProblemDocument | RegisteredOperator]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: OperatorText,
    idempotency_key: None | str | Unset = UNSET,
) -> Response[ProblemDocument | RegisteredOperator]:
    """Register a version of an operator; where it has an image of its own, that is uploaded next

     Register a version of an operator; where it has an image of its own, that is uploaded next.

    Args:
        idempotency_key (None | str | Unset): A name of the caller's own for this request, as a
            UUID: sent again within 24 hours, it is answered again and creates nothing
        body (OperatorText):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | RegisteredOperator]
    """

    kwargs = _get_kwargs(
        body=body,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: OperatorText,
    idempotency_key: None | str | Unset = UNSET,
) -> ProblemDocument | RegisteredOperator | None:
    """Register a version of an operator; where it has an image of its own, that is uploaded next

     Register a version of an operator; where it has an image of its own, that is uploaded next.

    Args:
        idempotency_key (None | str | Unset): A name of the caller's own for this request, as a
            UUID: sent again within 24 hours, it is answered again and creates nothing
        body (OperatorText):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | RegisteredOperator
    """

    return sync_detailed(
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: OperatorText,
    idempotency_key: None | str | Unset = UNSET,
) -> Response[ProblemDocument | RegisteredOperator]:
    """Register a version of an operator; where it has an image of its own, that is uploaded next

     Register a version of an operator; where it has an image of its own, that is uploaded next.

    Args:
        idempotency_key (None | str | Unset): A name of the caller's own for this request, as a
            UUID: sent again within 24 hours, it is answered again and creates nothing
        body (OperatorText):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | RegisteredOperator]
    """

    kwargs = _get_kwargs(
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: OperatorText,
    idempotency_key: None | str | Unset = UNSET,
) -> ProblemDocument | RegisteredOperator | None:
    """Register a version of an operator; where it has an image of its own, that is uploaded next

     Register a version of an operator; where it has an image of its own, that is uploaded next.

    Args:
        idempotency_key (None | str | Unset): A name of the caller's own for this request, as a
            UUID: sent again within 24 hours, it is answered again and creates nothing
        body (OperatorText):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | RegisteredOperator
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
