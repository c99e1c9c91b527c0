from http import HTTPStatus
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.audit_page import AuditPage
from ...models.list_audit_outcome_type_0 import (
    ListAuditOutcomeType0,
)
from ...models.problem_document import ProblemDocument
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    subject: None | str | Unset = UNSET,
    action: None | str | Unset = UNSET,
    outcome: ListAuditOutcomeType0 | None | Unset = UNSET,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 50,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_subject: None | str | Unset
    if isinstance(subject, Unset):
        json_subject = UNSET
    else:
        json_subject = subject
    params["subject"] = json_subject

    json_action: None | str | Unset
    if isinstance(action, Unset):
        json_action = UNSET
    else:
        json_action = action
    params["action"] = json_action

    json_outcome: None | str | Unset
    if isinstance(outcome, Unset):
        json_outcome = UNSET
    elif isinstance(outcome, str):
        json_outcome = outcome
    else:
        json_outcome = outcome
    params["outcome"] = json_outcome

    json_cursor: None | str | Unset
    if isinstance(cursor, Unset):
        json_cursor = UNSET
    else:
        json_cursor = cursor
    params["cursor"] = json_cursor

    params["limit"] = limit

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/audit",
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> AuditPage | ProblemDocument:
    if response.status_code == 200:
        response_200 = AuditPage.from_dict(response.json())

        return response_200

    response_default = ProblemDocument.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[AuditPage | ProblemDocument]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    subject: None | str | Unset = UNSET,
    action: None | str | Unset = UNSET,
    outcome: ListAuditOutcomeType0 | None | Unset = UNSET,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 50,
) -> Response[AuditPage | ProblemDocument]:
    """Who changed what, or tried to; newest first

     Who changed what, or tried to; newest first. For administrators.

    Args:
        subject (None | str | Unset):
        action (None | str | Unset): The operation, as `cancel_task`
        outcome (ListAuditOutcomeType0 | None | Unset):
        cursor (None | str | Unset): `next` of the page before; none for the first
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AuditPage | ProblemDocument]
    """

    kwargs = _get_kwargs(
        subject=subject,
        action=action,
        outcome=outcome,
        cursor=cursor,
        limit=limit,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    subject: None | str | Unset = UNSET,
    action: None | str | Unset = UNSET,
    outcome: ListAuditOutcomeType0 | None | Unset = UNSET,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 50,
) -> AuditPage | ProblemDocument | None:
    """Who changed what, or tried to; newest first

     Who changed what, or tried to; newest first. For administrators.

    Args:
        subject (None | str | Unset):
        action (None | str | Unset): The operation, as `cancel_task`
        outcome (ListAuditOutcomeType0 | None | Unset):
        cursor (None | str | Unset): `next` of the page before; none for the first
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AuditPage | ProblemDocument
    """

    return sync_detailed(
        client=client,
        subject=subject,
        action=action,
        outcome=outcome,
        cursor=cursor,
        limit=limit,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    subject: None | str | Unset = UNSET,
    action: None | str | Unset = UNSET,
    outcome: ListAuditOutcomeType0 | None | Unset = UNSET,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 50,
) -> Response[AuditPage | ProblemDocument]:
    """Who changed what, or tried to; newest first

     Who changed what, or tried to; newest first. For administrators.

    Args:
        subject (None | str | Unset):
        action (None | str | Unset): The operation, as `cancel_task`
        outcome (ListAuditOutcomeType0 | None | Unset):
        cursor (None | str | Unset): `next` of the page before; none for the first
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AuditPage | ProblemDocument]
    """

    kwargs = _get_kwargs(
        subject=subject,
        action=action,
        outcome=outcome,
        cursor=cursor,
        limit=limit,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    subject: None | str | Unset = UNSET,
    action: None | str | Unset = UNSET,
    outcome: ListAuditOutcomeType0 | None | Unset = UNSET,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 50,
) -> AuditPage | ProblemDocument | None:
    """Who changed what, or tried to; newest first

     Who changed what, or tried to; newest first. For administrators.

    Args:
        subject (None | str | Unset):
        action (None | str | Unset): The operation, as `cancel_task`
        outcome (ListAuditOutcomeType0 | None | Unset):
        cursor (None | str | Unset): `next` of the page before; none for the first
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AuditPage | ProblemDocument
    """

    return (
        await asyncio_detailed(
            client=client,
            subject=subject,
            action=action,
            outcome=outcome,
            cursor=cursor,
            limit=limit,
        )
    ).parsed
