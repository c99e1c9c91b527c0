"""Runs one replica of a task or service: fetches inputs, writes task.json, runs the command, ships logs, uploads outputs.

Standard library only, Python 3.9+: it is inside every image. docs/operator-interface.md says what the command may rely on.

Environment: MLP_API, MLP_TOKEN_FILE, MLP_CA_FILE, MLP_TASK (an empty folder to work in), MLP_RANK (or JOB_COMPLETION_INDEX),
MLP_MASTER_ADDR and MLP_MASTER_PORT for a gang, MLP_PORT for a service; MLP_LIFELINE=1 when standard input is a pipe whose end means: stop.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

OPERATORS = Path(__file__).resolve().parent
TICK = 0.5  # seconds between two looks at the logs
PIECE = 256 * 1024  # bytes of a log sent at once
PATIENCE = 300  # seconds that the API may be away, as when it is upgraded, before the work is given up
CHECKPOINT = 30  # seconds from one sent checkpoint to the next, while the command runs
GRACE = 20  # seconds from the polite signal to the hard one; pods get 30


class Ended(Exception):
    """The platform says that this work is not to run any more."""


class Api:
    """The platform, as a worker's token reaches it. The token's file is read each time: the platform renews it."""

    def __init__(self, url: str, token_file: Path, ca_file: str | None) -> None:
        self._url = url.rstrip("/") + "/api/v1/worker"
        self._token_file = token_file
        context = ssl.create_default_context(cafile=ca_file)
        # No proxy: the platform is always near, and a token must not go astray.
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )

    def call(self, method: str, path: str, body: Any = None, length: int | None = None) -> Any:
        """An open response; tries again while the platform is away, or the token is about to be renewed.

        Raises:
            Ended: this work is not to run any more.
            OSError: the platform stayed away, or refused for another reason.
        """
        deadline, pause = time.monotonic() + PATIENCE, 0.2
        while True:
            if hasattr(body, "seek"):
                body.seek(0)
            headers = {
                "Authorization": f"Bearer {self._token_file.read_text().strip()}",
                "Content-Type": "application/octet-stream",
            }
            if length is not None:
                headers["Content-Length"] = str(length)
            request = urllib.request.Request(self._url + path, data=body, headers=headers, method=method)
            try:
                return self._opener.open(request, timeout=60)
            except urllib.error.HTTPError as error:
                said = f"{method} {path}: {error.code} {error.read().decode(errors='replace')}"
                if error.code == 410:
                    raise Ended(said) from error
                if error.code < 500 and error.code not in (401, 429):
                    raise OSError(said) from error
            except OSError as error:
                said = f"{method} {path}: {error}"
            if time.monotonic() + pause > deadline:
                raise OSError(said)
            print(f"runner: {said}; trying again", file=sys.stderr, flush=True)
            time.sleep(pause)
            pause = min(pause * 2, 10)

    def json(self, method: str, path: str, body: Any = None) -> Any:
        with self.call(method, path, body) as response:
            return json.load(response)


class Shipment:
    """Sends what a file grows by. The file is the buffer: nothing is lost while the platform is away."""

    def __init__(self, api: Api, file: Path, stream: str, rank: int, whole_lines: bool = False) -> None:
        self._api, self._file, self._whole_lines = api, file, whole_lines
        self._path = f"/logs/{stream}?rank={rank}&offset="
        self._sent = 0

    def send(self, last: bool = False) -> None:
        while self._file.exists():
            with self._file.open("rb") as file:
                file.seek(self._sent)
                piece = file.read(PIECE)
            if self._whole_lines and not last:
                piece = piece[: piece.rfind(b"\n") + 1]
            if not piece:
                return
            self._api.json("POST", self._path + str(self._sent), piece)
            self._sent += len(piece)


class Checkpoint:
    """Keeps rank 0's checkpoint folder at the platform: all of it at once, and only when nothing in it changed for a tick.

    Sent as one archive, which replaces the one before: what is given back later is never a mixture of two.
    """

    def __init__(self, api: Api, folder: Path) -> None:
        self._api, self._folder = api, folder
        self._sent = self._seen = self._look()
        self._next = 0.0
        self.wanted = True  # until the work has succeeded

    def send(self, last: bool = False) -> None:
        seen = self._look()
        settled, self._seen = seen == self._seen, seen
        if not seen or seen == self._sent or not self.wanted:
            return
        if not last and (not settled or time.monotonic() < self._next):
            return
        with tempfile.TemporaryFile(dir=str(self._folder.parent)) as archive:
            try:
                self._pack(archive, [name for name, _, _ in seen])
            except OSError as error:  # a file changed or went away: the next tick sees the new state
                print(f"runner: checkpoint not sent: {error}", file=sys.stderr, flush=True)
                return
            self._api.call("PUT", "/checkpoint", archive, archive.tell()).close()
        self._sent, self._next = seen, time.monotonic() + CHECKPOINT

    def restore(self) -> None:
        """Fill the folder with what was sent last."""
        with tempfile.TemporaryFile(dir=str(self._folder.parent)) as archive:
            with self._api.call("GET", "/checkpoint") as response:
                shutil.copyfileobj(response, archive, 1 << 20)
            archive.seek(0)
            with tarfile.open(fileobj=archive, mode="r:") as tar:
                for member in tar:
                    content = tar.extractfile(member) if member.isreg() else None
                    if content is None or ".." in Path(member.name).parts or Path(member.name).is_absolute():
                        raise OSError(f"the checkpoint has a strange member: {member.name}")
                    target = self._folder / member.name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    with target.open("wb") as file:
                        shutil.copyfileobj(content, file, 1 << 20)
        self._sent = self._seen = self._look()

    def _pack(self, archive: Any, names: list[str]) -> None:
        with tarfile.open(fileobj=archive, mode="w") as tar:
            for name in names:
                tar.add(str(self._folder / name), arcname=name, recursive=False)

    def _look(self) -> list[tuple[str, int, int]]:
        """Name, size and time of change of every regular file."""
        found = []
        for path in sorted(self._folder.rglob("*")):
            with contextlib.suppress(FileNotFoundError):
                status = path.lstat()
                if stat.S_ISREG(status.st_mode):
                    found.append((path.relative_to(self._folder).as_posix(), status.st_size, status.st_mtime_ns))
        return found


class Shipper(threading.Thread):
    """Ships while the command runs, in a thread of its own: a platform that is away holds up no signal.

    A task whose platform stays away is given up. A service goes on: it has all it needs to answer.
    """

    def __init__(self, shipments: list[Any], stop: threading.Event, for_ever: bool) -> None:
        super().__init__(daemon=True)
        self._shipments, self._stop_work, self._for_ever = shipments, stop, for_ever
        self._over = threading.Event()
        self.problem: Exception | None = None

    def run(self) -> None:
        while not self._over.wait(TICK):
            try:
                for shipment in self._shipments:
                    shipment.send()
            except (Ended, OSError) as error:
                if self._for_ever and not isinstance(error, Ended):
                    print(f"runner: {error}", file=sys.stderr, flush=True)
                    continue
                self.problem = error
                self._stop_work.set()
                return

    def finish(self) -> None:
        """Send what is left.

        Raises:
            Ended, OSError: what kept it from shipping.
        """
        self._over.set()
        self.join(None if not self._for_ever else GRACE)
        if self.problem:
            raise self.problem
        if not self.is_alive():
            for shipment in self._shipments:
                shipment.send(last=True)


def main() -> int:
    """The command's exit code; 70 when the runner itself could not do its part, 127 when the command cannot be run, 143 when it was told to stop."""
    env = os.environ
    api = Api(env["MLP_API"], Path(env["MLP_TOKEN_FILE"]), env.get("MLP_CA_FILE"))
    folder = Path(env["MLP_TASK"])
    rank = int(env.get("MLP_RANK") or env.get("JOB_COMPLETION_INDEX") or 0)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    if env.get("MLP_LIFELINE"):
        threading.Thread(target=_watch_lifeline, args=(stop,), daemon=True).start()
    try:
        return _run(api, folder, rank, stop)
    except Ended as error:
        print(f"runner: ended by the platform: {error}", file=sys.stderr)
        return 143
    except OSError as error:
        print(f"runner: {error}", file=sys.stderr)
        return 70


def _run(api: Api, folder: Path, rank: int, stop: threading.Event) -> int:
    spec = api.json("GET", "")
    task = _prepare(api, spec, folder, rank)
    if task["world"] > 1:
        _await_name(task["master"]["address"], stop)
    log_file, metrics_file = folder / "output.log", folder / "metrics.jsonl"
    shipments: list[Any] = [
        Shipment(api, log_file, "output", rank),
        Shipment(api, metrics_file, "metrics", rank, whole_lines=True),
    ]
    checkpoint = Checkpoint(api, folder / "checkpoint")
    if spec["checkpoint"]:
        checkpoint.restore()
    if spec["kind"] == "task" and rank == 0:
        shipments.append(checkpoint)
    command = [part.replace("${OPERATORS}", str(OPERATORS)) for part in spec["command"]]
    with log_file.open("wb") as log:
        try:
            process = subprocess.Popen(
                command,
                cwd=str(folder),
                env=_environment(task),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            log.write((f"runner: cannot run {command[0]}: {error}\n").encode())
            log.flush()
            shipments[0].send(last=True)
            return 127  # as a shell says
    shipper = Shipper(shipments, stop, for_ever=spec["kind"] == "service")
    shipper.start()
    try:
        code = _follow(process, stop)
    finally:
        _kill(process)
    checkpoint.wanted = code != 0 or stop.is_set()
    shipper.finish()
    if code == 0 and rank == 0 and not stop.is_set():
        _upload(api, task)
        for name in spec["registers"]:
            api.json("POST", "/models?input=" + urllib.parse.quote(name))
    return 143 if stop.is_set() else code


def _prepare(api: Api, spec: Any, folder: Path, rank: int) -> Any:
    """Fetch the inputs and write task.json."""
    for name, source in spec["inputs"].items():
        for entry in source["files"]:
            target = folder / "inputs" / name / entry["path"]
            target.parent.mkdir(parents=True, exist_ok=True)
            path = "/inputs/{}/{}".format(urllib.parse.quote(name), urllib.parse.quote(entry["path"]))
            with api.call("GET", path) as response, target.open("wb") as file:
                shutil.copyfileobj(response, file, 1 << 20)
            if target.stat().st_size != entry["size"]:
                raise OSError(f"{path}: got {target.stat().st_size} of {entry['size']} bytes")
    for name in spec["outputs"]:
        (folder / "outputs" / name).mkdir(parents=True, exist_ok=True)
    (folder / "checkpoint").mkdir(exist_ok=True)
    world = spec["resources"]["replicas"] if spec["kind"] == "task" else 1
    task = {
        "id": spec["id"],
        "kind": spec["kind"],
        "name": spec["name"],
        "params": spec["params"],
        "inputs": {name: str(folder / "inputs" / name) for name in spec["inputs"]},
        "outputs": {name: str(folder / "outputs" / name) for name in spec["outputs"]},
        "metrics": str(folder / "metrics.jsonl"),
        "checkpoint": str(folder / "checkpoint"),
        "rank": rank,
        "world": world,
        "master": {
            "address": os.environ.get("MLP_MASTER_ADDR", "127.0.0.1"),
            "port": int(os.environ.get("MLP_MASTER_PORT", "29500")),
        },
        "threads": max(1, math.ceil(spec["resources"]["cpu"])),
        "memory": _bytes(spec["resources"]["memory"]),
        "port": int(os.environ.get("MLP_PORT", "8080")),
    }
    (folder / "task.json").write_text(json.dumps(task, indent=1))
    return task


def _bytes(quantity: str) -> int:
    """`512Mi` as a number."""
    return int(quantity[:-2]) << {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40}[quantity[-2:]]


def _await_name(address: str, stop: threading.Event) -> None:
    """Return when the first replica's name is known; pods of a gang do not start at the same moment."""
    deadline = time.monotonic() + PATIENCE
    while not stop.is_set():
        try:
            socket.getaddrinfo(address, None)
            return
        except OSError as error:
            if time.monotonic() > deadline:
                raise OSError(f"the name of the first replica, {address}, is unknown: {error}") from error
        stop.wait(0.2)


def _environment(task: Any) -> dict[str, str]:
    """The command's environment: without the token, with what the usual libraries look for."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("MLP_")}
    env.update(
        MLP_TASK=os.environ["MLP_TASK"],
        PYTHONPATH=str(OPERATORS),
        PYTHONUNBUFFERED="1",
        RANK=str(task["rank"]),
        WORLD_SIZE=str(task["world"]),
        MASTER_ADDR=task["master"]["address"],
        MASTER_PORT=str(task["master"]["port"]),
        OMP_NUM_THREADS=str(task["threads"]),
        OPENBLAS_NUM_THREADS=str(task["threads"]),
    )
    return env


def _follow(process: subprocess.Popen[bytes], stop: threading.Event) -> int:
    """The command's exit code, once it ended or was stopped."""
    while not stop.is_set():
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(timeout=TICK)
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        return process.wait(timeout=GRACE)
    return 143


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the command and whatever it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _upload(api: Api, task: Any) -> None:
    for name, path in task["outputs"].items():
        for file in sorted(p for p in Path(path).rglob("*") if p.is_file()):
            relative = urllib.parse.quote(file.relative_to(path).as_posix())
            with file.open("rb") as content:
                api.call("PUT", f"/outputs/{urllib.parse.quote(name)}/{relative}", content, file.stat().st_size).close()


def _watch_lifeline(stop: threading.Event) -> None:
    """The other end of standard input is the process that started this one: when it dies, so does the work."""
    while os.read(0, 1):
        pass
    stop.set()


if __name__ == "__main__":
    sys.exit(main())
