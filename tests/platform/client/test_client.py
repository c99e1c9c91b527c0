"""The generated client: up to date, and good for submitting, waiting, reading and being refused."""

from __future__ import annotations

import filecmp
import ssl
import sys
from io import BytesIO
from pathlib import Path

import pytest
from mlplatform_client import AuthenticatedClient
from mlplatform_client.api.artifacts import register_model, upload_dataset
from mlplatform_client.api.tasks import download_task_output, get_task, get_task_log, list_tasks, submit_task
from mlplatform_client.api.workflows import delete_workflow, get_workflow, put_workflow
from mlplatform_client.models import (
    ArtifactView,
    InputRef,
    ModelRequest,
    ProblemDocument,
    TaskPage,
    TaskRequest,
    TaskRequestInputs,
    TaskView,
    WorkflowView,
)
from mlplatform_client.types import File

from tests.platform.models.descriptions import WORKFLOW
from tests.platform.served import ROOT, Served
from tests.waiting import until

FOLDER = ROOT / "platform/client"


def differences(left: Path, right: Path) -> list[str]:
    """Files that are not in both or not the same."""
    names = {str(p.relative_to(f)) for f in (left, right) for p in f.rglob("*.py") if "__pycache__" not in p.parts}
    return sorted(
        n
        for n in names
        if not all((f / n).exists() for f in (left, right)) or not filecmp.cmp(left / n, right / n, False)
    )


def test_it_is_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    import generate

    generate.generate(tmp_path / "mlplatform_client")
    found = differences(tmp_path / "mlplatform_client", FOLDER / "mlplatform_client")
    assert found == [], "the API's description has changed: run `make client`"
    sys.modules.pop("generate")


def test_workflows_pass_as_they_were_written(served: Served) -> None:
    trust = ssl.create_default_context(cafile=str(served.data / "tls/ca.crt"))
    sent = WORKFLOW.replace("name: digits", "name: kept", 1)  # a platform of several tests
    with AuthenticatedClient(served.url, served.token, verify_ssl=trust) as client:
        for status, version in ((201, 1), (200, 1)):
            made = put_workflow.sync_detailed("kept", client=client, body=File(BytesIO(sent.encode())))
            assert made.status_code == status and isinstance(made.parsed, WorkflowView), made.content
            assert made.parsed.version == version
        text = get_workflow.sync_detailed("kept", client=client)
        assert isinstance(text.parsed, File) and text.parsed.payload.read() == sent.encode()
        seen = text.headers["etag"]
        new = File(BytesIO(sent.encode() + b"# again\n"))
        assert put_workflow.sync_detailed("kept", client=client, body=new, if_match='"other"').status_code == 412
        deleted = delete_workflow.sync_detailed("kept", client=client, if_match=seen)
        assert deleted.status_code == 204


def test_submit_wait_read(served: Served) -> None:
    trust = ssl.create_default_context(cafile=str(served.data / "tls/ca.crt"))
    with AuthenticatedClient(served.url, served.token, verify_ssl=trust) as client:
        data = upload_dataset.sync(
            "numbers", client=client, body=File(BytesIO(b"1,2,a\n3,4,b\n" * 20)), file="d.csv", idempotency_key="one"
        )
        assert isinstance(data, ArtifactView) and data.version == 1
        inputs = TaskRequestInputs.from_dict({"data": InputRef(dataset="numbers").to_dict()})
        task = submit_task.sync(client=client, body=TaskRequest(operator="train-numpy", inputs=inputs))
        assert isinstance(task, TaskView)

        def over() -> bool:
            seen = get_task.sync(task.id, client=client)
            assert isinstance(seen, TaskView)
            return seen.state in ("succeeded", "failed")

        until(over)
        seen = get_task.sync(task.id, client=client)
        assert isinstance(seen, TaskView) and seen.state == "succeeded" and seen.metrics.additional_properties
        assert "held-out rows" in str(get_task_log.sync(task.id, client=client))
        model = register_model.sync(client=client, body=ModelRequest(name="numbers", task=task.id))
        assert isinstance(model, ArtifactView)
        content = download_task_output.sync(task.id, "model", model.files[0].path, client=client)
        assert isinstance(content, File) and len(content.payload.read()) == model.files[0].size
        page = list_tasks.sync(client=client, state="succeeded", limit=1)
        assert isinstance(page, TaskPage) and page.items[0].id == task.id

        missing = get_task.sync_detailed("none", client=client)
        assert missing.status_code == 404 and isinstance(missing.parsed, ProblemDocument)
        assert missing.parsed.type_ == "urn:slipway:problem:not_found"
