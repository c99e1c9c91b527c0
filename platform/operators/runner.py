"""Runs one replica of a task or service: fetches inputs, writes task.json, runs the command, ships logs, uploads outputs.

Standard library only, Python 3.9+: it is inside every image. docs/operator-interface.md says what the command may rely on.

Environment: MLP_API, MLP_TOKEN_FILE, MLP_CA_FILE, MLP_TASK (an empty folder to work in), MLP_RANK (or JOB_COMPLETION_INDEX),
MLP_MASTER_ADDR and MLP_MASTER_PORT for a gang, MLP_PORT for a service; MLP_LIFELINE=1 when standard input is a pipe whose end means: stop;
MLP_DRAIN (bytes that a log may have) to send only what a runner that was killed left in its folder. docs/durability.md says what is kept when what dies.
"""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import json
import math
import os
import secrets
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
TICK = 0.5  # seconds between two looks at what is to be sent
LOOK = 0.1  # seconds between two looks at the command, and at how far its log is ahead of what was sent
PIECE = 1 << 20  # bytes of a log sent at once; the API takes no more
BACKLOG = 64 << 20  # bytes that a task's log may be ahead; beyond that it is held until they are sent
METRICS = 64 << 20  # bytes of metrics that are kept
DAY = 24 * 3600  # seconds after which a service may write as much again
PATIENCE = 300  # seconds that the API may be away, as when it is upgraded, before work that has not begun is given up
HAND_IN = 24 * 3600  # the same when the command has ended: what it made is worth more than the room that it holds
PAUSE = 10  # seconds at most between two tries to reach the platform
CHECKPOINT = 30  # seconds from one sent checkpoint to the next, while the command runs
GRACE = 20  # seconds from the polite signal to the hard one; pods get 30


REFUSED = 65  # exit code (EX_DATAERR): what the command left cannot be handed in


class Ended(Exception):
    """The platform says that this work is not to run any more."""


class Refused(OSError):
    """The platform does not take what it is given, and would not the next time."""


class Api:
    """The platform, as a worker's token reaches it. The token's file is read each time: the platform renews it."""

    def __init__(self, url: str, token_file: Path, ca_file: str | None) -> None:
        self._url = url.rstrip("/") + "/api/v1/worker"
        self.give_up_at: float | None = None  # monotonic seconds; else each call has PATIENCE
        self._token_file = token_file
        context = ssl.create_default_context(cafile=ca_file)
        # No proxy: the platform is always near, and a token must not go astray.
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )

    def call(self, method: str, path: str, body: Any = None, length: int | None = None, take: Any = None) -> Any:
        """What `take` makes of the response; tries again while the platform is away, or the token is about to be renewed.

        Raises:
            Ended: this work is not to run any more.
            Refused: the platform does not take it.
            OSError: the platform stayed away.
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
                with self._opener.open(request, timeout=60) as response:
                    return take(response) if take else response.read()
            except urllib.error.HTTPError as error:
                said = f"{method} {path}: {error.code} {error.read().decode(errors='replace')}"
                if error.code == 410:
                    raise Ended(said) from error
                if error.code < 500 and error.code not in (401, 429):
                    raise Refused(said) from error
            except (OSError, http.client.HTTPException, ValueError) as error:  # also an answer that broke off
                said = f"{method} {path}: {error!r}"
            if time.monotonic() + pause > (self.give_up_at or deadline):
                raise OSError(said)
            print(f"runner: {said}; trying again", file=sys.stderr, flush=True)
            time.sleep(pause)
            pause = min(pause * 2, PAUSE)

    def json(self, method: str, path: str, body: Any = None) -> Any:
        return self.call(method, path, body, take=json.load)

    def fetch(self, path: str, target: Any) -> None:
        """Into an open file, from its beginning however often it breaks off."""

        def take(response: Any) -> None:
            target.seek(0)
            target.truncate()
            shutil.copyfileobj(response, target, 1 << 20)
            if response.length:  # the connection was closed before its end
                raise http.client.IncompleteRead(b"", response.length)

        self.call("GET", path, take=take)


class Buffer:
    """What names a stream's file at the platform, so that a container that finds its folder again goes on where it was."""

    def __init__(self, folder: Path, stream: str) -> None:
        self._file = folder / f".{stream}.part"
        self.part = self._file.read_text() if self._file.exists() else self._new()

    def renew(self) -> None:
        """Count from 0 again, behind what was sent."""
        self.part = self._new()

    def _new(self) -> str:
        part = secrets.token_hex(16)
        self._file.write_text(part)
        return part


class Shipment:
    """Sends what a stream's file grows by. The file is the buffer: nothing is lost while the platform is away."""

    def __init__(self, api: Api, folder: Path, stream: str, rank: int, limit: int) -> None:
        self._api, self._limit = api, limit
        self._buffer = Buffer(folder, stream)
        self._path = f"/logs/{stream}?rank={rank}"
        self.sent: int | None = None  # bytes of this part that the platform has; None: not known
        self.is_full = False

    def send(self, last: bool = False) -> None:
        raise NotImplementedError

    def _send_from(self, file: int, whole_lines: bool) -> None:
        size = os.fstat(file).st_size
        if self.sent is None and size:
            self.sent = self._append(0, b"")
        while self.sent is not None and self.sent < self._limit:
            piece = os.pread(file, min(PIECE, self._limit - self.sent), self.sent)
            if whole_lines and len(piece) < PIECE:
                piece = piece[: piece.rfind(b"\n") + 1]
            if not piece:
                return
            try:
                self.sent = self._append(self.sent, piece)
            except Refused:  # it has less than it said, as a database that was restored: ask, and go on from there
                self.sent = None
                raise

    def _append(self, offset: int, piece: bytes) -> int:
        path = f"{self._path}&offset={offset}&part={self._buffer.part}"
        return int(self._api.json("POST", path, piece)["length"])


class Log(Shipment):
    """The command's output: it writes to the file itself, so what it wrote is there whatever happens to the runner.

    Bounded: a task that is far ahead of what was sent is held; what is longer than the limit is cut off.
    """

    def __init__(self, api: Api, folder: Path, rank: int, limit: int, is_service: bool) -> None:
        super().__init__(api, folder, "output", rank, limit)
        self._is_service = is_service
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        self.file = os.open(str(folder / "output.log"), flags, 0o600)  # kept open: the command may delete its folder
        self._began = time.monotonic()
        self._held = False

    def note(self, text: str) -> None:
        """A line of the runner's own, for who reads the log."""
        if os.fstat(self.file).st_size < self._limit:
            os.write(self.file, f"runner: {text}\n".encode())

    def send(self, last: bool = False) -> None:
        size = os.fstat(self.file).st_size
        over = self.is_full and self._is_service and time.monotonic() - self._began > DAY
        if over or (self.sent is not None and size < min(self.sent, self._limit)):  # the command has cut it
            if over:
                os.ftruncate(self.file, 0)
            self._buffer.renew()
            self.sent, self.is_full, self._began = None, False, time.monotonic()
        self._send_from(self.file, whole_lines=False)
        if self.sent is not None and self.sent == self._limit < os.fstat(self.file).st_size:
            text = f"\nrunner: the log is longer than {self._limit} bytes; what follows was not kept\n"
            self.sent = self._append(self.sent, text.encode())
        self.is_full = self.sent is not None and self.sent > self._limit

    def bound(self, process: subprocess.Popen[bytes]) -> None:
        """Keep the file from growing for ever."""
        size = os.fstat(self.file).st_size
        if size > self._limit + 1:  # one byte says that there was more
            os.ftruncate(self.file, self._limit + 1)
        ahead = min(size, self._limit) - (self.sent or 0)
        if self._is_service or self._held == (ahead > (BACKLOG // 2 if self._held else BACKLOG)):
            return  # a service is to answer, and its log's limit bounds it
        self._held = not self._held
        _signal_group(process, signal.SIGSTOP if self._held else signal.SIGCONT)


class Metrics(Shipment):
    """The lines of metrics.jsonl, which is the command's: it may be anything, at any moment."""

    def __init__(self, api: Api, folder: Path, rank: int, log: Log) -> None:
        super().__init__(api, folder, "metrics", rank, METRICS)
        self._file, self._log = folder / "metrics.jsonl", log

    def send(self, last: bool = False) -> None:
        with _opened(self._file) as file:
            if file is None:
                return
            self._send_from(file, whole_lines=not last)
            if not self.is_full and os.fstat(file).st_size > self._limit:
                self.is_full = True
                self._log.note(f"metrics.jsonl is longer than {self._limit} bytes; what follows was not kept")


@contextlib.contextmanager
def _opened(path: Path) -> Any:
    """A regular file's descriptor, None for anything else: no link is followed, and nothing waits for a FIFO's other end."""
    file = None
    try:
        if not path.is_symlink() and not os.access(str(path), os.R_OK):
            path.chmod(0o600)
        file = os.open(str(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        is_regular = stat.S_ISREG(os.fstat(file).st_mode)
    except OSError:  # there is nothing, or a link, a socket, what is not ours
        is_regular = False
    try:
        yield file if is_regular else None
    finally:
        if file is not None:
            os.close(file)


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
            self._api.call("PUT", "/checkpoint", archive, archive.tell())
        self._sent, self._next = seen, time.monotonic() + CHECKPOINT

    def restore(self) -> None:
        """Fill the folder with what was sent last."""
        with tempfile.TemporaryFile(dir=str(self._folder.parent)) as archive:
            self._api.fetch("/checkpoint", archive)
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
        found: list[tuple[str, int, int]] = []
        if self._folder.is_symlink():
            return found
        for path in sorted(self._folder.rglob("*")):
            with contextlib.suppress(FileNotFoundError):
                status = path.lstat()
                if stat.S_ISREG(status.st_mode):
                    found.append((path.relative_to(self._folder).as_posix(), status.st_size, status.st_mtime_ns))
        return found


class Shipper(threading.Thread):
    """Ships while the command runs, in a thread of its own: a platform that is away holds up neither signal nor work."""

    def __init__(self, api: Api, shipments: list[Any], stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._api, self._shipments, self._stop_work = api, shipments, stop
        self._over = threading.Event()
        self.ended: Ended | None = None

    def run(self) -> None:
        while not self._over.wait(TICK):
            for shipment in self._shipments:
                try:
                    shipment.send()
                except Ended as error:
                    self.ended = error
                    self._stop_work.set()
                    return
                except OSError as error:  # whatever it is, it keeps nobody from working: the next tick tries again
                    print(f"runner: {error}", file=sys.stderr, flush=True)

    def finish(self) -> None:
        """Send what is left: of everything, also where one cannot be sent.

        Raises:
            Ended, OSError: what could not be sent.
        """
        self._api.give_up_at = time.monotonic() + (GRACE if self._stop_work.is_set() else HAND_IN)
        self._over.set()
        self.join()
        if self.ended:
            raise self.ended
        problem: OSError | None = None
        for shipment in self._shipments:
            try:
                shipment.send(last=True)
            except OSError as error:
                problem = problem or error
        if problem:
            raise problem


def main() -> int:
    """The command's exit code; 65 when what it left cannot be handed in, 70 when the runner itself could not do its part, 127 when
    the command cannot be run, 137 when it was killed, 143 when it was told to stop."""
    env = os.environ
    api = Api(env["MLP_API"], Path(env["MLP_TOKEN_FILE"]), env.get("MLP_CA_FILE"))
    folder = Path(env["MLP_TASK"])
    rank = int(env.get("MLP_RANK") or env.get("JOB_COMPLETION_INDEX") or 0)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    if env.get("MLP_LIFELINE"):
        threading.Thread(target=_watch_lifeline, args=(stop,), daemon=True).start()
    _adopt_orphans()
    try:
        with _alone(folder):
            return _drain(api, folder, rank) if env.get("MLP_DRAIN") else _run(api, folder, rank, stop)
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
    is_service = spec["kind"] == "service"
    log = Log(api, folder, rank, spec["log_limit"], is_service)
    checkpoint = Checkpoint(api, folder / "checkpoint")
    if spec["checkpoint"]:
        checkpoint.restore()
    shipments: list[Any] = [log, Metrics(api, folder, rank, log)]
    if not is_service and rank == 0:
        shipments.append(checkpoint)
    command = [part.replace("${OPERATORS}", str(OPERATORS)) for part in spec["command"]]
    try:
        process = subprocess.Popen(
            command,
            cwd=str(folder),
            env=_environment(task),
            stdin=subprocess.DEVNULL,
            stdout=log.file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_dies_first,  # noqa: PLW1509  # it takes no lock: one system call, one small file
        )
    except OSError as error:
        log.note(f"cannot run {command[0]}: {error}")
        log.send(last=True)
        return 127  # as a shell says
    shipper = Shipper(api, shipments, stop)
    shipper.start()
    try:
        code = _follow(process, stop, log)
    finally:
        _kill(process)
    if code == 128 + signal.SIGKILL:
        log.note("the command was killed (SIGKILL), as when it uses more memory than it asked for")
    checkpoint.wanted = code != 0 or stop.is_set()
    shipper.finish()
    if code == 0 and rank == 0 and not stop.is_set():
        try:
            _upload(api, task, log)
            for name in spec["registers"]:
                api.json("POST", "/models?input=" + urllib.parse.quote(name))
        except Refused as error:
            print(f"runner: {error}", file=sys.stderr)
            log.note(str(error))
            code = REFUSED
        log.send(last=True)
    return 143 if stop.is_set() else code


def _drain(api: Api, folder: Path, rank: int) -> int:
    """Send what a runner that was killed left in its folder."""
    if not (folder / "output.log").exists():
        return 0  # the command was not started
    log = Log(api, folder, rank, int(os.environ["MLP_DRAIN"]), is_service=False)
    for shipment in (log, Metrics(api, folder, rank, log)):
        shipment.send(last=True)
    return 0


@contextlib.contextmanager
def _alone(folder: Path) -> Any:
    """One runner in a folder: one that sends what another left waits until that has ended."""
    lock = os.open(str(folder / ".lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _prepare(api: Api, spec: Any, folder: Path, rank: int) -> Any:
    """Fetch the inputs and write task.json."""
    for name, source in spec["inputs"].items():
        for entry in source["files"]:
            target = folder / "inputs" / name / entry["path"]
            target.parent.mkdir(parents=True, exist_ok=True)
            path = "/inputs/{}/{}".format(urllib.parse.quote(name), urllib.parse.quote(entry["path"]))
            with target.open("wb") as file:
                api.fetch(path, file)
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
        PYTHONUNBUFFERED="1",
        RANK=str(task["rank"]),
        WORLD_SIZE=str(task["world"]),
        MASTER_ADDR=task["master"]["address"],
        MASTER_PORT=str(task["master"]["port"]),
        OMP_NUM_THREADS=str(task["threads"]),
        OPENBLAS_NUM_THREADS=str(task["threads"]),
    )
    if (OPERATORS / "toolkit").is_dir():  # a user's image keeps its own path
        env["PYTHONPATH"] = str(OPERATORS)
    return env


def _follow(process: subprocess.Popen[bytes], stop: threading.Event, log: Log) -> int:
    """The command's exit code as a shell tells it, once it ended or was stopped."""
    while not stop.is_set():
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = process.wait(timeout=LOOK)
            return code if code >= 0 else 128 - code
        log.bound(process)
        _reap(process.pid)
    process.terminate()
    _signal_group(process, signal.SIGCONT)  # it may be held for its log
    until = time.monotonic() + GRACE
    while time.monotonic() < until:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=LOOK)
            return 143
        log.bound(process)
    log.note(f"it did not end within {GRACE} seconds of SIGTERM and was killed")
    return 143


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the command and whatever it started, also what became a daemon: orphans are this process's children."""
    _signal_group(process, signal.SIGKILL)
    process.wait()
    until = time.monotonic() + GRACE
    while (left := _descendants()) and time.monotonic() < until:
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        _reap(process.pid)
        time.sleep(0.01)  # until the kernel has done it


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _reap(own: int) -> None:
    """Take note of the end of every orphan, but not of the command's own process, which its handle waits for."""
    with contextlib.suppress(ChildProcessError, AttributeError):  # not every system has waitid
        while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if ended.si_pid == own:
                return
            os.waitpid(ended.si_pid, 0)


def _descendants() -> set[int]:
    parents = _parents()
    found: set[int] = set()
    ring = {os.getpid()}
    while ring := {pid for pid, parent in parents.items() if parent in ring} - found:
        found |= ring
    return found


def _parents() -> dict[int, int]:
    """The parent of every process that can be seen."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            status = (entry / "stat").read_bytes()
            found[int(entry.name)] = int(status.rpartition(b")")[2].split()[1])
    return found


def _prctl(option: int, value: int) -> None:
    """Nothing where there is no such call."""
    if _libc is not None:
        _libc.prctl(option, value, 0, 0, 0)


try:
    import ctypes

    _libc: Any = ctypes.CDLL(None, use_errno=True)
    _libc.prctl  # noqa: B018  # not every system has it
except (ImportError, OSError, AttributeError):
    _libc = None


def _adopt_orphans() -> None:
    """What the command leaves behind becomes this process's child, and not the machine's."""
    _prctl(36, 1)  # PR_SET_CHILD_SUBREAPER


def _dies_first() -> None:
    """In the command's process, before it becomes the command: it ends with the runner, and before it when memory is short."""
    _prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _upload(api: Api, task: Any, log: Log) -> None:
    """Hand in the outputs: regular files, and links to such inside of the same folder.

    Raises:
        Refused: a name or a file that the platform does not take.
    """
    for name, path in task["outputs"].items():
        root = os.path.realpath(path)
        if Path(root) != Path(os.environ["MLP_TASK"]).resolve() / "outputs" / name:
            log.note(f"outputs/{name} is a link and was not kept")
            continue
        for file in sorted(_files(Path(root))):
            relative = file.relative_to(root).as_posix()
            if any(ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in relative):  # surrogates: bytes that are no UTF-8
                raise Refused(f"outputs/{name}/{relative!a}: a name is UTF-8 without control characters")
            address = urllib.parse.quote(relative)
            real = os.path.realpath(str(file))
            with _opened(Path(real) if real.startswith(root + os.sep) else file) as content:
                if content is None:
                    log.note(f"outputs/{name}/{relative!a} is no regular file of this folder and was not kept")
                    continue
                size = os.fstat(content).st_size
                with os.fdopen(os.dup(content), "rb") as body:
                    api.call("PUT", f"/outputs/{urllib.parse.quote(name)}/{address}", body, size)


def _files(root: Path) -> Any:
    """Whatever is in a folder and is no folder; links are not followed."""
    for entry in list(os.scandir(str(root))) if root.exists() else []:
        if entry.is_dir(follow_symlinks=False):
            with contextlib.suppress(PermissionError):
                Path(entry.path).chmod(0o700)
            yield from _files(Path(entry.path))
        else:
            yield Path(entry.path)


def _watch_lifeline(stop: threading.Event) -> None:
    """The other end of standard input is the process that started this one: when it dies, so does the work."""
    while os.read(0, 1):
        pass
    stop.set()


if __name__ == "__main__":
    sys.exit(main())
