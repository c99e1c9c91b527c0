"""Serves a classifier by the Open Inference Protocol, version 2: numpy and the standard library, no framework to load."""

from __future__ import annotations

import json
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
from toolkit import models
from toolkit.models import Model
from toolkit.task import Task

BODY = 64 << 20
"""Bytes; the largest request."""
NUMBERS = {"FP32", "FP64", "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64"}


class Refused(Exception):
    """The request is not one that this model can answer."""


def predict(model: Model, request: Any) -> list[dict[str, Any]]:
    """The outputs for a request's one input tensor of shape (rows, features).

    Raises:
        Refused: shape, type or values do not fit.
    """
    inputs = request.get("inputs") if isinstance(request, dict) else None
    if not isinstance(inputs, list) or len(inputs) != 1 or not isinstance(inputs[0], dict):
        raise Refused("one tensor in `inputs` is expected")
    tensor = inputs[0]
    if tensor.get("datatype") not in NUMBERS:
        raise Refused(f"datatype {tensor.get('datatype')!r} is not one of {sorted(NUMBERS)}")
    try:
        rows = np.asarray(tensor["data"], dtype=np.float32).reshape(tensor["shape"])
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(f"data and shape do not fit: {error}") from error
    if rows.ndim != 2 or rows.shape[1] != model.features or not len(rows):
        raise Refused(f"shape {list(rows.shape)}, expected [rows, {model.features}]")
    if not np.isfinite(rows).all():
        raise Refused("data has a value that is not finite")
    chances = model.probabilities(rows)
    labels = [model.classes[i] for i in chances.argmax(axis=1)]
    return [
        {"name": "label", "shape": [len(rows)], "datatype": "BYTES", "data": labels},
        {
            "name": "probabilities",
            "shape": list(chances.shape),
            "datatype": "FP32",
            "data": [float(c) for c in chances.ravel()],
        },
    ]


def make_server(model: Model, name: str, version: str, port: int, host: str = "") -> ThreadingHTTPServer:
    """An HTTP server that is ready when it listens: the model is loaded before."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            known: dict[str, Any] = {
                "/v2": {"name": "serve-model", "version": "1.0.0", "extensions": []},
                "/v2/health/live": {"live": True},
                "/v2/health/ready": {"ready": True},
                f"/v2/models/{name}/ready": {"name": name, "ready": True},
                f"/v2/models/{name}": {
                    "name": name,
                    "versions": [version],
                    "platform": "slipway-classifier",
                    "inputs": [{"name": "rows", "datatype": "FP32", "shape": [-1, model.features]}],
                    "outputs": [
                        {"name": "label", "datatype": "BYTES", "shape": [-1]},
                        {"name": "probabilities", "datatype": "FP32", "shape": [-1, len(model.classes)]},
                    ],
                },
            }
            if self.path in known:
                self._answer(200, known[self.path])
            else:
                self._answer(404, {"error": f"nothing at {self.path}"})

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or -1)
            if not 0 <= length <= BODY:
                self.close_connection = True
                self._answer(413, {"error": f"a body of up to {BODY} bytes, with its length, is expected"})
                return
            body = self.rfile.read(length)
            if self.path != f"/v2/models/{name}/infer":
                self._answer(404, {"error": f"nothing at {self.path}"})
                return
            try:
                request = json.loads(body)
                outputs = predict(model, request)
            except (Refused, ValueError) as error:
                self._answer(400, {"error": str(error)})
                return
            answer = {"model_name": name, "model_version": version, "outputs": outputs}
            self._answer(200, answer | ({"id": request["id"]} if request.get("id") else {}))

        def _answer(self, status: int, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            if "/health/" not in self.path:
                print(self.address_string(), format % args, flush=True)

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    return server


def main() -> None:
    task = Task.load()
    model = models.load(task.inputs["model"])
    server = make_server(model, task.name, "1", task.port)
    # shutdown waits for the serving loop, so it must not be called from that loop's own thread.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"serving {task.name} on port {task.port}", flush=True)
    server.serve_forever(poll_interval=0.2)


if __name__ == "__main__":
    main()
