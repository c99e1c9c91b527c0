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
    idempotency_key: None | str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["idempotency-key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/models/{name}".format(
            name=quote(str(name), safe=""),
        ),
    }

    _kwargs["content"] = body.payload
    headers["Content-Type"] = "application/x-tar"

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
    idempotency_key: None | str | Unset = UNSET,
) -> Response[ArtifactView | ProblemDocument]:
    """Upload a model's files (the body, a tar archive) as its next version

     Upload a model's files (the body, a tar archive) as its next version.

    Args:
        name (str):
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
    idempotency_key: None | str | Unset = UNSET,
) -> ArtifactView | ProblemDocument | None:
    """Upload a model's files (the body, a tar archive) as its next version

     Upload a model's files (the body, a tar archive) as its next version.

    Args:
        name (str):
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
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    name: str,
    *,
    client: AuthenticatedClient,
    body: File,
    idempotency_key: None | str | Unset = UNSET,
) -> Response[ArtifactView | ProblemDocument]:
    """Upload a model's files (the body, a tar archive) as its next version

     Upload a model's files (the body, a tar archive) as its next version.

    Args:
        name (str):
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
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    name: str,
    *,
    client: AuthenticatedClient,
    body: File,
    idempotency_key: None | str | Unset = UNSET,
) -> ArtifactView | ProblemDocument | None:
    """Upload a model's files (the body, a tar archive) as its next version

     Upload a model's files (the body, a tar archive) as its next version.

    Args:
        name (str):
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
            idempotency_key=idempotency_key,
        )
    ).parsed
