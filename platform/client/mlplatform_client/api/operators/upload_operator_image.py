from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.problem_document import ProblemDocument
from ...models.registered_operator import RegisteredOperator
from ...types import File, Response


def _get_kwargs(
    name: str,
    version: str,
    *,
    body: File,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "put",
        "url": "/api/v1/operators/{name}/versions/{version}/image".format(
            name=quote(str(name), safe=""),
            version=quote(str(version), safe=""),
        ),
    }

    _kwargs["content"] = body.payload
    headers["Content-Type"] = "application/x-tar"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ProblemDocument | RegisteredOperator:
    if response.status_code == 200:
        response_200 = RegisteredOperator.from_dict(response.json())

        return response_200

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
    name: str,
    version: str,
    *,
    client: AuthenticatedClient,
    body: File,
) -> Response[ProblemDocument | RegisteredOperator]:
    """Upload the image of a version: the archive (the body) that `docker save`, `podman save` or `skopeo
    copy` writes

     Upload the image of a version: the archive (the body) that `docker save`, `podman save` or `skopeo
    copy` writes.

    Args:
        name (str):
        version (str):
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | RegisteredOperator]
    """

    kwargs = _get_kwargs(
        name=name,
        version=version,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    name: str,
    version: str,
    *,
    client: AuthenticatedClient,
    body: File,
) -> ProblemDocument | RegisteredOperator | None:
    """Upload the image of a version: the archive (the body) that `docker save`, `podman save` or `skopeo
    copy` writes

     Upload the image of a version: the archive (the body) that `docker save`, `podman save` or `skopeo
    copy` writes.

    Args:
        name (str):
        version (str):
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | RegisteredOperator
    """

    return sync_detailed(
        name=name,
        version=version,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    name: str,
    version: str,
    *,
    client: AuthenticatedClient,
    body: File,
) -> Response[ProblemDocument | RegisteredOperator]:
    """Upload the image of a version: the archive (the body) that `docker save`, `podman save` or `skopeo
    copy` writes

     Upload the image of a version: the archive (the body) that `docker save`, `podman save` or `skopeo
    copy` writes.

    Args:
        name (str):
        version (str):
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | RegisteredOperator]
    """

    kwargs = _get_kwargs(
        name=name,
        version=version,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    name: str,
    version: str,
    *,
    client: AuthenticatedClient,
    body: File,
) -> ProblemDocument | RegisteredOperator | None:
    """Upload the image of a version: the archive (the body) that `docker save`, `podman save` or `skopeo
    copy` writes

     Upload the image of a version: the archive (the body) that `docker save`, `podman save` or `skopeo
    copy` writes.

    Args:
        name (str):
        version (str):
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | RegisteredOperator
    """

    return (
        await asyncio_detailed(
            name=name,
            version=version,
            client=client,
            body=body,
        )
    ).parsed
