from http import HTTPStatus
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.problem_document import ProblemDocument
from ...models.workflow_edit import WorkflowEdit
from ...models.workflow_text import WorkflowText
from ...types import Response


def _get_kwargs(
    *,
    body: WorkflowEdit,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/workflows/text",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ProblemDocument | WorkflowText:
    if response.status_code == 200:
        response_200 = WorkflowText.from_dict(response.json())

        return response_200

    response_default = ProblemDocument.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ProblemDocument | WorkflowText]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: WorkflowEdit,
) -> Response[ProblemDocument | WorkflowText]:
    """A workflow as text: the text so far, changed to say what the request says, its comments and its
    order kept

     A workflow as text: the text so far, changed to say what the request says, its comments and its
    order kept.

    Args:
        body (WorkflowEdit):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | WorkflowText]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: WorkflowEdit,
) -> ProblemDocument | WorkflowText | None:
    """A workflow as text: the text so far, changed to say what the request says, its comments and its
    order kept

     A workflow as text: the text so far, changed to say what the request says, its comments and its
    order kept.

    Args:
        body (WorkflowEdit):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | WorkflowText
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: WorkflowEdit,
) -> Response[ProblemDocument | WorkflowText]:
    """A workflow as text: the text so far, changed to say what the request says, its comments and its
    order kept

     A workflow as text: the text so far, changed to say what the request says, its comments and its
    order kept.

    Args:
        body (WorkflowEdit):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | WorkflowText]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: WorkflowEdit,
) -> ProblemDocument | WorkflowText | None:
    """A workflow as text: the text so far, changed to say what the request says, its comments and its
    order kept

     A workflow as text: the text so far, changed to say what the request says, its comments and its
    order kept.

    Args:
        body (WorkflowEdit):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | WorkflowText
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
