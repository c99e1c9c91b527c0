"""What a remote can do, whatever carries it."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from installer.common.errors import SlipwayError
from installer.common.text import Text
from installer.models.node import NodeAccess

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""The search path of every script and role: sshd's and sudo's defaults differ from one distribution to the next."""


@dataclass
class Completed:
    """A script that ended."""

    returncode: int
    stdout: bytes
    stderr: str


class Remote(ABC):
    """A node that runs POSIX shell scripts as root."""

    def __init__(self, node: NodeAccess) -> None:
        self.node = node

    @abstractmethod
    def command(self, script: str) -> list[str]:
        """The local command line that runs `script` as root on the node."""

    def run(
        self, script: str, *, input: bytes | IO[bytes] | None = None, timeout: float = 60, check: bool = True
    ) -> Completed:
        """Run a script to its end.

        Args:
            input: what the script reads from its standard input: bytes, or an open file of any size.
            timeout: seconds after which the script is given up.
            check: whether a return code other than 0 is an error.

        Raises:
            SlipwayError: the node cannot be reached or worked on as root, `timeout` passed, or (with `check`) the
                script failed.
        """
        words, stream = (input or b"", None) if input is None or isinstance(input, bytes) else (None, input)
        with self._start(script, stdin=stream or subprocess.PIPE) as process:
            try:
                stdout, stderr = process.communicate(words, timeout=timeout)
            except subprocess.TimeoutExpired as error:
                _stop(process)
                raise self._overdue(timeout) from error
            except BaseException:
                _stop(process)
                raise
        return self._completed(process.returncode, stdout, stderr, check=check)

    def push(
        self, write: Callable[[IO[bytes]], None], script: str, *, timeout: float = 3600, check: bool = True
    ) -> Completed:
        """Run a script whose standard input is what `write` writes: a stream of any size, never held in memory.

        Raises:
            SlipwayError: as `run`; an error of `write` itself is passed on.
        """
        with self._start(script, stdin=subprocess.PIPE) as process:
            assert process.stdin
            overdue = threading.Event()
            drained = _Drain(process)

            def give_up() -> None:
                overdue.set()
                _stop(process)

            timer = threading.Timer(timeout, give_up)
            timer.start()
            try:
                try:
                    write(process.stdin)
                    process.stdin.close()
                except BrokenPipeError:
                    pass  # the script ended early; its return code and words say why
                process.wait()
            except BaseException:
                _stop(process)
                raise
            finally:
                timer.cancel()
                process.stdin = None  # closed by us, or broken: leaving the block must not flush it again
                drained.join()
        if overdue.is_set():
            raise self._overdue(timeout)
        return self._completed(process.returncode, drained.stdout, drained.stderr, check=check)

    def open_stream(self, script: str) -> subprocess.Popen[bytes]:
        """Start a script and leave its pipes to the caller, who closes and waits for it."""
        return self._start(script, stdin=subprocess.PIPE)

    def close(self) -> None:  # noqa: B027  # nothing to do unless a connection is shared
        """Give up what is held open for further scripts."""

    def _start(self, script: str, stdin: int | IO[bytes]) -> subprocess.Popen[bytes]:
        # A session of its own: the Ctrl-C of a terminal is for the engine, which ends its steps in order.
        return subprocess.Popen(
            self.command(f"PATH={PATH}; export PATH LC_ALL=C\n{script}"),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def _completed(self, returncode: int, stdout: bytes, stderr: bytes, *, check: bool) -> Completed:
        words = stderr.decode(errors="replace")
        if error := self.connection_error(returncode, words):
            raise error
        if check and returncode != 0:
            raise SlipwayError(
                Text(en="a command on the node failed", zh="节点上的命令执行失败"),
                where=self.node.name,
                why=Text(en="exit code {code}: {words}", zh="退出码 {code}：{words}").format(
                    code=returncode, words=words.strip()[-2000:] or "-"
                ),
            )
        return Completed(returncode, stdout, words)

    def connection_error(self, returncode: int, stderr: str) -> SlipwayError | None:
        """The error that kept a script from running as root, when it was that."""
        return None

    def _overdue(self, timeout: float) -> SlipwayError:
        return SlipwayError(
            Text(en="the node did not finish in {seconds:.0f} s", zh="节点在 {seconds:.0f} 秒内没有完成").format(
                seconds=timeout
            ),
            where=self.node.name,
            fix=Text(
                en="look at the node's load and its disks, then run `slipway retry`",
                zh="请检查该节点的负载和磁盘，然后运行 `slipway retry`",
            ),
        )


class _Drain:
    """Reads a process's output aside, so that a full pipe never blocks it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.stdout = self.stderr = b""

        def read(name: str, pipe: IO[bytes]) -> None:
            setattr(self, name, pipe.read())

        assert process.stdout and process.stderr
        pipes = {"stdout": process.stdout, "stderr": process.stderr}
        self._threads = [threading.Thread(target=read, args=item, daemon=True) for item in pipes.items()]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a process that `_start` started, with what it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()
