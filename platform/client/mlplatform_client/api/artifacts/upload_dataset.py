from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.artifact_view import ArtifactView
from ...models.problem_document import ProblemDocument
from ...types import UNSET, File, Response, Unset


def _get_kwargs(
    name: str,
    *,
    body: File,
    file: str,
    tenant: None | str | Unset = UNSET,
    idempotency_key: None | str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["idempotency-key"] = idempotency_key

    params: dict[str, Any] = {}

    params["file"] = file

    json_tenant: None | str | Unset
    if isinstance(tenant, Unset):
        json_tenant = UNSET
    else:
        json_tenant = tenant
    params["tenant"] = json_tenant

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/datasets/{name}".format(
            name=quote(str(name), safe=""),
        ),
        "params": params,
    }

    _kwargs["content"] = body.payload
    headers["Content-Type"] = "application/octet-stream"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ArtifactView | ProblemDocument:
    if response.status_code == 201:
        response_201 = ArtifactView.from_dict(response.json())

        return response_201

    response_default = ProblemDocument.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ArtifactView | ProblemDocument]:
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
    body: File,
    file: str,
    tenant: None | str | Unset = UNSET,
    idempotency_key: None | str | Unset = UNSET,
) -> Response[ArtifactView | ProblemDocument]:
    """Upload a file (the body) as the next version of a data set

     Upload a file (the body) as the next version of a data set.

    Args:
        name (str):
        file (str): The file's name inside the data set
        tenant (None | str | Unset): Whose a new data set becomes
        idempotency_key (None | str | Unset): A name of the caller's own for this request, as a
            UUID: sent again within 24 hours, it is answered again and creates nothing
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ArtifactView | ProblemDocument]
    """

    kwargs = _get_kwargs(
        name=name,
        body=body,
        file=file,
        tenant=tenant,
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
    body: File,
    file: str,
    tenant: None | str | Unset = UNSET,
    idempotency_key: None | str | Unset = UNSET,
) -> ArtifactView | ProblemDocument | None:
    """Upload a file (the body) as the next version of a data set

     Upload a file (the body) as the next version of a data set.

    Args:
        name (str):
        file (str): The file's name inside the data set
        tenant (None | str | Unset): Whose a new data set becomes
        idempotency_key (None | str | Unset): A name of the caller's own for this request, as a
            UUID: sent again within 24 hours, it is answered again and creates nothing
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ArtifactView | ProblemDocument
    """

    return sync_detailed(
        name=name,
        client=client,
        body=body,
        file=file,
        tenant=tenant,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    name: str,
    *,
    client: AuthenticatedClient,
    body: File,
    file: str,
    tenant: None | str | Unset = UNSET,
    idempotency_key: None | str | Unset = UNSET,
) -> Response[ArtifactView | ProblemDocument]:
    """Upload a file (the body) as the next version of a data set

     Upload a file (the body) as the next version of a data set.

    Args:
        name (str):
        file (str): The file's name inside the data set
        tenant (None | str | Unset): Whose a new data set becomes
        idempotency_key (None | str | Unset): A name of the caller's own for this request, as a
            UUID: sent again within 24 hours, it is answered again and creates nothing
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ArtifactView | ProblemDocument]
    """

    kwargs = _get_kwargs(
        name=name,
        body=body,
        file=file,
        tenant=tenant,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    name: str,
    *,
    client: AuthenticatedClient,
    body: File,
    file: str,
    tenant: None | str | Unset = UNSET,
    idempotency_key: None | str | Unset = UNSET,
) -> ArtifactView | ProblemDocument | None:
    """Upload a file (the body) as the next version of a data set

     Upload a file (the body) as the next version of a data set.

    Args:
        name (str):
        file (str): The file's name inside the data set
        tenant (None | str | Unset): Whose a new data set becomes
        idempotency_key (None | str | Unset): A name of the caller's own for this request, as a
            UUID: sent again within 24 hours, it is answered again and creates nothing
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ArtifactView | ProblemDocument
    """

    return (
        await asyncio_detailed(
            name=name,
            client=client,
            body=body,
            file=file,
            tenant=tenant,
            idempotency_key=idempotency_key,
        )
    ).parsed
