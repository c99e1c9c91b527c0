from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.get_schema_kind import GetSchemaKind
from ...models.get_schema_response_get_schema import GetSchemaResponseGetSchema
from ...models.problem_document import ProblemDocument
from ...types import Response


def _get_kwargs(
    kind: GetSchemaKind,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/schemas/{kind}".format(
            kind=quote(str(kind), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> GetSchemaResponseGetSchema | ProblemDocument:
    if response.status_code == 200:
        response_200 = GetSchemaResponseGetSchema.from_dict(response.json())

        return response_200

    response_default = ProblemDocument.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[GetSchemaResponseGetSchema | ProblemDocument]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    kind: GetSchemaKind,
    *,
    client: AuthenticatedClient,
) -> Response[GetSchemaResponseGetSchema | ProblemDocument]:
    """The JSON Schema (2020-12) of a kind of description

     The JSON Schema (2020-12) of a kind of description.

    Args:
        kind (GetSchemaKind):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[GetSchemaResponseGetSchema | ProblemDocument]
    """

    kwargs = _get_kwargs(
        kind=kind,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    kind: GetSchemaKind,
    *,
    client: AuthenticatedClient,
) -> GetSchemaResponseGetSchema | ProblemDocument | None:
    """The JSON Schema (2020-12) of a kind of description

     The JSON Schema (2020-12) of a kind of description.

    Args:
        kind (GetSchemaKind):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        GetSchemaResponseGetSchema | ProblemDocument
    """

    return sync_detailed(
        kind=kind,
        client=client,
    ).parsed


async def asyncio_detailed(
    kind: GetSchemaKind,
    *,
    client: AuthenticatedClient,
) -> Response[GetSchemaResponseGetSchema | ProblemDocument]:
    """The JSON Schema (2020-12) of a kind of description

     The JSON Schema (2020-12) of a kind of description.

    Args:
        kind (GetSchemaKind):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[GetSchemaResponseGetSchema | ProblemDocument]
    """

    kwargs = _get_kwargs(
        kind=kind,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    kind: GetSchemaKind,
    *,
    client: AuthenticatedClient,
) -> GetSchemaResponseGetSchema | ProblemDocument | None:
    """The JSON Schema (2020-12) of a kind of description

     The JSON Schema (2020-12) of a kind of description.

    Args:
        kind (GetSchemaKind):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        GetSchemaResponseGetSchema | ProblemDocument
    """

    return (
        await asyncio_detailed(
            kind=kind,
            client=client,
        )
    ).parsed
