from http import HTTPStatus
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.problem_document import ProblemDocument
from ...models.submitted_batch import SubmittedBatch
from ...models.task_batch import TaskBatch
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: TaskBatch,
    idempotency_key: None | str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["idempotency-key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/tasks:batch",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ProblemDocument | SubmittedBatch:
    if response.status_code == 201:
        response_201 = SubmittedBatch.from_dict(response.json())

        return response_201

    response_default = ProblemDocument.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ProblemDocument | SubmittedBatch]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: TaskBatch,
    idempotency_key: None | str | Unset = UNSET,
) -> Response[ProblemDocument | SubmittedBatch]:
    """Run operators many times, as for a sweep: all tasks enter the queue, or none when one is refused

     Run operators many times, as for a sweep: all tasks enter the queue, or none when one is refused.

    Args:
        idempotency_key (None | str | Unset): A name of the caller's own for this request, as a
            UUID: sent again within 24 hours, it is answered again and creates nothing
        body (TaskBatch): Tasks that are submitted together, as the runs of a sweep.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | SubmittedBatch]
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
    body: TaskBatch,
    idempotency_key: None | str | Unset = UNSET,
) -> ProblemDocument | SubmittedBatch | None:
    """Run operators many times, as for a sweep: all tasks enter the queue, or none when one is refused

     Run operators many times, as for a sweep: all tasks enter the queue, or none when one is refused.

    Args:
        idempotency_key (None | str | Unset): A name of the caller's own for this request, as a
            UUID: sent again within 24 hours, it is answered again and creates nothing
        body (TaskBatch): Tasks that are submitted together, as the runs of a sweep.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | SubmittedBatch
    """

    return sync_detailed(
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: TaskBatch,
    idempotency_key: None | str | Unset = UNSET,
) -> Response[ProblemDocument | SubmittedBatch]:
    """Run operators many times, as for a sweep: all tasks enter the queue, or none when one is refused

     Run operators many times, as for a sweep: all tasks enter the queue, or none when one is refused.

    Args:
        idempotency_key (None | str | Unset): A name of the caller's own for this request, as a
            UUID: sent again within 24 hours, it is answered again and creates nothing
        body (TaskBatch): Tasks that are submitted together, as the runs of a sweep.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | SubmittedBatch]
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
    body: TaskBatch,
    idempotency_key: None | str | Unset = UNSET,
) -> ProblemDocument | SubmittedBatch | None:
    """Run operators many times, as for a sweep: all tasks enter the queue, or none when one is refused

     Run operators many times, as for a sweep: all tasks enter the queue, or none when one is refused.

    Args:
        idempotency_key (None | str | Unset): A name of the caller's own for this request, as a
            UUID: sent again within 24 hours, it is answered again and creates nothing
        body (TaskBatch): Tasks that are submitted together, as the runs of a sweep.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | SubmittedBatch
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
