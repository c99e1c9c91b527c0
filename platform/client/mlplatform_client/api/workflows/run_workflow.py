from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.problem_document import ProblemDocument
from ...models.run_detail import RunDetail
from ...models.run_request import RunRequest
from ...types import UNSET, Response, Unset


def _get_kwargs(
    name: str,
    *,
    body: RunRequest | Unset = UNSET,
    idempotency_key: None | str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["idempotency-key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/workflows/{name}/runs".format(
            name=quote(str(name), safe=""),
        ),
    }

    if not isinstance(body, Unset):
        _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> ProblemDocument | RunDetail:
    if response.status_code == 201:
        response_201 = RunDetail.from_dict(response.json())

        return response_201

    response_default = ProblemDocument.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ProblemDocument | RunDetail]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    name: str,
    *,
    client: AuthenticatedClient,
    body: RunRequest | Unset = UNSET,
    idempotency_key: None | str | Unset = UNSET,
) -> Response[ProblemDocument | RunDetail]:
    """Run a workflow: its steps enter the task queue as what they need succeeds

     Run a workflow: its steps enter the task queue as what they need succeeds.

    Args:
        name (str):
        idempotency_key (None | str | Unset): A name of the caller's own for this request, as a
            UUID: sent again within 24 hours, it is answered again and creates nothing
        body (RunRequest | Unset): Run a workflow.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | RunDetail]
    """

    kwargs = _get_kwargs(
        name=name,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    name: str,
    *,
    client: AuthenticatedClient,
    body: RunRequest | Unset = UNSET,
    idempotency_key: None | str | Unset = UNSET,
) -> ProblemDocument | RunDetail | None:
    """Run a workflow: its steps enter the task queue as what they need succeeds

     Run a workflow: its steps enter the task queue as what they need succeeds.

    Args:
        name (str):
        idempotency_key (None | str | Unset): A name of the caller's own for this request, as a
            UUID: sent again within 24 hours, it is answered again and creates nothing
        body (RunRequest | Unset): Run a workflow.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | RunDetail
    """

    return sync_detailed(
        name=name,
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    name: str,
    *,
    client: AuthenticatedClient,
    body: RunRequest | Unset = UNSET,
    idempotency_key: None | str | Unset = UNSET,
) -> Response[ProblemDocument | RunDetail]:
    """Run a workflow: its steps enter the task queue as what they need succeeds

     Run a workflow: its steps enter the task queue as what they need succeeds.

    Args:
        name (str):
        idempotency_key (None | str | Unset): A name of the caller's own for this request, as a
            UUID: sent again within 24 hours, it is answered again and creates nothing
        body (RunRequest | Unset): Run a workflow.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | RunDetail]
    """

    kwargs = _get_kwargs(
        name=name,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    name: str,
    *,
    client: AuthenticatedClient,
    body: RunRequest | Unset = UNSET,
    idempotency_key: None | str | Unset = UNSET,
) -> ProblemDocument | RunDetail | None:
    """Run a workflow: its steps enter the task queue as what they need succeeds

     Run a workflow: its steps enter the task queue as what they need succeeds.

    Args:
        name (str):
        idempotency_key (None | str | Unset): A name of the caller's own for this request, as a
            UUID: sent again within 24 hours, it is answered again and creates nothing
        body (RunRequest | Unset): Run a workflow.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | RunDetail
    """

    return (
        await asyncio_detailed(
            name=name,
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
