"""Does what the contract test asks for. Uses task.json alone, as an operator in any language would."""

import json
import os
import shutil
import signal
import socket
import sys
from pathlib import Path

task = json.loads((Path(os.environ["MLP_TASK"]) / "task.json").read_text())
do, rank = task["params"]["do"], task["rank"]
print(f"rank {rank} of {task['world']}", flush=True)
if do == "copy":
    target = Path(task["outputs"]["copy"]) / "deep"
    target.mkdir()
    shutil.copy(Path(task["inputs"]["data"]) / "digits.csv.gz", target)
    with Path(task["metrics"]).open("a") as metrics:
        print(json.dumps({"size": (target / "digits.csv.gz").stat().st_size}), file=metrics)
    print("copied")
elif do == "meet":
    where = (task["master"]["address"], task["master"]["port"])
    if rank == 0:
        with socket.create_server(("", where[1])) as server:
            server.settimeout(60)
            connection, _ = server.accept()
            print("rank 0 heard from rank", connection.recv(10).decode())
    else:
        for _ in range(600):
            try:
                socket.create_connection(where, timeout=5).sendall(str(rank).encode())
                break
            except OSError:
                signal.sigtimedwait([], 0.1)
elif do == "fail":
    if rank == 1:
        print("going down", flush=True)
        sys.exit(3)
    signal.pause()
elif do == "hang":
    print("hanging", flush=True)
    signal.pause()
elif do == "environment":
    print(dict(os.environ))
elif do == "resume":
    step = Path(task["checkpoint"]) / "deep/step"
    if step.exists():
        (Path(task["outputs"]["copy"]) / "resumed").write_text(step.read_text())
    else:
        step.parent.mkdir()
        step.write_text("3")
        print("saved", flush=True)
        signal.pause()
