"""Following a log with the command line's client, through breaks of the connection."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from mlplatform import client as client_module
from mlplatform.client import Client, ClientError, Event


@pytest.fixture
def client(tmp_path: Path) -> Client:
    (tmp_path / "token").write_text("t")
    return Client("https://test", tmp_path / "token", None, "en")


def answer_with(client: Client, answers: list[httpx.Response | Exception], asked: list[str | None]) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers.get("last-event-id"))
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    client._http = httpx.Client(base_url="https://test", transport=httpx.MockTransport(handle))


def test_a_stream_that_breaks_goes_on_where_it_was(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "PAUSE", 0)
    asked: list[str | None] = []
    answers: list[httpx.Response | Exception] = [
        httpx.Response(200, text='event: log\ndata: "a"\nid: 1\n\n: ping\n\nevent: log\ndata: "torn'),
        httpx.ConnectError("the server is away"),
        httpx.Response(200, text='event: log\ndata: "b"\nid: 2\n\nevent: end\ndata: "closing"\n\n'),
        httpx.Response(200, text='event: log\ndata: "c: d"\nid: 6\n\nevent: end\ndata: "ended"\n\n'),
    ]
    answer_with(client, answers, asked)
    found = list(client.follow("/tasks/x/logs/events"))
    assert [e.data for e in found] == ['"a"', '"b"', '"c: d"', '"ended"'] and found[-1] == Event("end", "", '"ended"')
    assert asked == [None, "1", "1", "2"] and not answers


def test_what_cannot_be_followed_says_why(client: Client) -> None:
    problem = {"title": "There is no such task.", "detail": "x"}
    answer_with(client, [httpx.Response(404, json=problem), httpx.ConnectError("refused")], [])
    with pytest.raises(ClientError, match="no such task"):
        list(client.follow("/tasks/x/logs/events"))
    with pytest.raises(ClientError, match="does not answer"):
        list(client.follow("/tasks/x/logs/events"))
