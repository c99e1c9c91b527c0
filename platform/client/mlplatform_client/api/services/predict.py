from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.infer_request import InferRequest
from ...models.infer_response import InferResponse
from ...models.problem_document import ProblemDocument
from ...types import Response


def _get_kwargs(
    name: str,
    *,
    body: InferRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/services/{name}/infer".format(
            name=quote(str(name), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> InferResponse | ProblemDocument:
    if response.status_code == 200:
        response_200 = InferResponse.from_dict(response.json())

        return response_200

    response_default = ProblemDocument.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[InferResponse | ProblemDocument]:
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
    body: InferRequest,
) -> Response[InferResponse | ProblemDocument]:
    """Predict (Open Inference Protocol v2)

     Predict (Open Inference Protocol v2). The body goes to the service as it is: checking it is the
    service's part.

    Args:
        name (str):
        body (InferRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[InferResponse | ProblemDocument]
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
    body: InferRequest,
) -> InferResponse | ProblemDocument | None:
    """Predict (Open Inference Protocol v2)

     Predict (Open Inference Protocol v2). The body goes to the service as it is: checking it is the
    service's part.

    Args:
        name (str):
        body (InferRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        InferResponse | ProblemDocument
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
    body: InferRequest,
) -> Response[InferResponse | ProblemDocument]:
    """Predict (Open Inference Protocol v2)

     Predict (Open Inference Protocol v2). The body goes to the service as it is: checking it is the
    service's part.

    Args:
        name (str):
        body (InferRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[InferResponse | ProblemDocument]
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
    body: InferRequest,
) -> InferResponse | ProblemDocument | None:
    """Predict (Open Inference Protocol v2)

     Predict (Open Inference Protocol v2). The body goes to the service as it is: checking it is the
    service's part.

    Args:
        name (str):
        body (InferRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        InferResponse | ProblemDocument
    """

    return (
        await asyncio_detailed(
            name=name,
            client=client,
            body=body,
        )
    ).parsed
