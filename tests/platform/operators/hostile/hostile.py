"""Programs that mean no good, or have none. Each is a function; the tests say what becomes of them."""

import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path

HOME = Path(os.environ["MLP_TASK"])
TASK = json.loads((HOME / "task.json").read_text())
OUT = Path(TASK["outputs"]["out"])


def daemon(seconds: float = 600) -> None:
    """A process in a session of its own, whose parent is gone, and which hides where it comes from."""
    if os.fork():
        os.wait()
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    os.chdir("/")
    os.execve("/bin/sleep", ["sleep", f"{seconds}"], {})


def flood() -> None:
    line = b"x" * 1023 + b"\n"
    for _ in range(TASK["params"]["lines"]):
        os.write(1, line * 1024)
    while os.fstat(1).st_size > 40 << 20:  # until it is cut to the limit of the tests
        time.sleep(0.05)


def numbered() -> None:
    """As many lines as it can, each with its number; it notes how far it got where only the test looks."""
    note = os.open(f"{TASK['params']['notes']}/{time.time_ns()}", os.O_CREAT | os.O_WRONLY)
    number = 0
    while True:
        end = number + 50
        os.write(1, b"".join(b"%010d\n" % n for n in range(number, end)))
        number = end
        os.pwrite(note, b"%d" % number, 0)
        time.sleep(0.005)


def stubborn() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("not me", flush=True)
    while True:
        signal.pause()


def daemons() -> None:
    for _ in range(5):
        daemon(4711)
    print("done", flush=True)


def bomb() -> None:
    for _ in range(7):  # 128 processes that fork no more, and never end
        os.fork()
    signal.pause()


def bomb_and_leave() -> None:
    if os.fork() == 0:
        os.setsid()
        bomb()
    time.sleep(0.3)


def bytes_of_all_kinds() -> None:
    os.write(1, bytes(range(256)) * 10)


def one_line() -> None:
    os.write(1, b"y" * (20 << 20))


def silent() -> None:
    print("before", flush=True)
    os.close(1)
    os.close(2)
    (OUT / "done").write_text("yes")


def garbage_metrics() -> None:
    with Path(TASK["metrics"]).open("wb") as file:
        file.write(b'{"good": 1}\n')
        for _ in range(10):
            file.write(os.urandom(1 << 20))
        file.write(b'\n{"infinite": 1e999}\n{"later": 2}\n')
        file.write(b"z" * (3 << 20))


def metrics_fifo() -> None:
    os.mkfifo(TASK["metrics"])
    print("logged all the same", flush=True)
    time.sleep(1.2)


def metrics_link() -> None:
    Path(TASK["metrics"]).symlink_to("/etc/shadow")
    print("logged all the same", flush=True)


def links() -> None:
    (OUT / "shadow").symlink_to("/etc/shadow")
    (OUT / "folder").symlink_to("/etc")
    (OUT / "gone").symlink_to("nowhere")
    os.mkfifo(OUT / "fifo")
    os.mknod(OUT / "null", 0o600 | 0o020000, os.makedev(1, 3)) if os.geteuid() == 0 else None
    (OUT / "real").write_text("kept")
    (OUT / "latest").symlink_to("real")


def link_folder() -> None:
    OUT.rmdir()
    OUT.symlink_to("/etc")


def names() -> None:
    (OUT / "空格 and %2F?#").write_text("kept")


def name_of_lines() -> None:
    (OUT / "two\nlines").write_text("no")


def name_of_bytes() -> None:
    Path(os.fsdecode(bytes(OUT) + b"/\xff\xfe")).write_text("no")


def delete_all() -> None:
    print("before", flush=True)
    shutil.rmtree(HOME, ignore_errors=True)
    print("after", flush=True)


def locked() -> None:
    (OUT / "deep").mkdir()
    (OUT / "deep/file").write_text("kept")
    (OUT / "deep/file").chmod(0)
    (OUT / "deep").chmod(0)
    (HOME / "output.log").chmod(0)
    print("logged", flush=True)


def truncates() -> None:
    print("one", flush=True)
    time.sleep(1.5)
    os.truncate(HOME / "output.log", 0)
    time.sleep(1.5)
    print("two", flush=True)


def children_hold_the_log() -> None:
    print("parent", flush=True)
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(600)


def full_disk() -> None:
    """What a full disk says to a program that writes; /dev/full is one."""
    with Path("/dev/full").open("w") as file:
        file.write("x")


def who_dies_first() -> None:
    print(Path("/proc/self/oom_score_adj").read_text().strip(), flush=True)


def killed() -> None:
    print("last words", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


globals()[TASK["params"]["do"]]()
sys.stdout.flush() if TASK["params"]["do"] != "silent" else os._exit(0)
