from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.members_request import MembersRequest
from ...models.problem_document import ProblemDocument
from ...models.tenant_view import TenantView
from ...types import Response


def _get_kwargs(
    name: str,
    *,
    body: MembersRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "put",
        "url": "/api/v1/tenants/{name}/members".format(
            name=quote(str(name), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> ProblemDocument | TenantView:
    if response.status_code == 200:
        response_200 = TenantView.from_dict(response.json())

        return response_200

    response_default = ProblemDocument.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ProblemDocument | TenantView]:
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
    body: MembersRequest,
) -> Response[ProblemDocument | TenantView]:
    """Choose the members of a tenant and their roles

     Choose the members of a tenant and their roles. For the tenant's admins.

    Args:
        name (str):
        body (MembersRequest): All members of a tenant: who is left out is none any more.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | TenantView]
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
    name: str,
    *,
    client: AuthenticatedClient,
    body: MembersRequest,
) -> ProblemDocument | TenantView | None:
    """Choose the members of a tenant and their roles

     Choose the members of a tenant and their roles. For the tenant's admins.

    Args:
        name (str):
        body (MembersRequest): All members of a tenant: who is left out is none any more.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | TenantView
    """

    return sync_detailed(
        name=name,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    name: str,
    *,
    client: AuthenticatedClient,
    body: MembersRequest,
) -> Response[ProblemDocument | TenantView]:
    """Choose the members of a tenant and their roles

     Choose the members of a tenant and their roles. For the tenant's admins.

    Args:
        name (str):
        body (MembersRequest): All members of a tenant: who is left out is none any more.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | TenantView]
    """

    kwargs = _get_kwargs(
        name=name,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    name: str,
    *,
    client: AuthenticatedClient,
    body: MembersRequest,
) -> ProblemDocument | TenantView | None:
    """Choose the members of a tenant and their roles

     Choose the members of a tenant and their roles. For the tenant's admins.

    Args:
        name (str):
        body (MembersRequest): All members of a tenant: who is left out is none any more.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | TenantView
    """

    return (
        await asyncio_detailed(
            name=name,
            client=client,
            body=body,
        )
    ).parsed
