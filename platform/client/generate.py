"""Makes `mlplatform_client` from the API's description: `make client`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PACKAGE = HERE / "mlplatform_client"


def generate(to: Path) -> None:
    """Write the package; what was there is gone."""
    with tempfile.TemporaryDirectory() as folder:
        description = Path(folder, "openapi.json")
        description.write_text(json.dumps(describe(Path(folder))))
        program = Path(sysconfig.get_path("scripts"), "openapi-python-client")
        options = ["--path", description, "--config", HERE / "config.yaml", "--meta", "none", "--overwrite"]
        shutil.rmtree(to, ignore_errors=True)
        subprocess.run([program, "generate", *options, "--output-path", to], check=True, stdout=subprocess.DEVNULL)
    (to / "py.typed").touch()
    ruff = Path(sysconfig.get_path("scripts"), "ruff")
    for command in (["check", "--select=F401,I", "--fix", "--quiet"], ["format", "--line-length=120", "--quiet"]):
        subprocess.run([ruff, *command, "--isolated", "--no-cache", to], check=True)


def describe(folder: Path) -> dict[str, Any]:
    """The description of the API of this version, as far as it is a client's.

    Every problem is of one kind, so it is said once; texts pass as bytes; without caching, and without what the generator does not know (streams of
    events) or only the platform's runner uses.
    """
    from mlplatform.api.app import make_app
    from mlplatform.core.platform import open_platform
    from mlplatform.embedded import settings_for

    document = make_app(open_platform(settings_for(folder / "data", "127.0.0.1", 8443))).openapi()
    for methods in document["paths"].values():
        for method, operation in list(methods.items()):
            if set(operation["tags"]) & {"worker", "streams"}:
                del methods[method]
                continue
            answers = operation["responses"]
            for part in (operation.get("requestBody", {}), answers.get("200", {})):
                if (text := part.get("content", {}).get("application/yaml")) is not None:
                    text["schema"] = {"type": "string", "format": "binary"}
            operation["responses"] = {s: a for s, a in answers.items() if s == "default" or s.startswith("2")}
            operation["parameters"] = [p for p in operation.get("parameters", ()) if p["name"] != "If-None-Match"]
    document["paths"] = {path: methods for path, methods in document["paths"].items() if methods}
    return document


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    generate(PACKAGE)
