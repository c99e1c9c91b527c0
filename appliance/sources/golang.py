"""Programs built from Go modules, which every Go module proxy serves."""

from __future__ import annotations

import json
import shutil
from pathlib import Path, PurePosixPath
from typing import Any

from appliance.catalog.models import Go, GoBuild
from appliance.pack.steps import Made, Work
from appliance.sources.base import Context, Unavailable, run
from appliance.sources.toolchain import Toolchain, find_toolchain


def obtain(source: Go, work: Work, context: Context) -> Made:
    """Build every program of the source."""
    go = find_toolchain(context.toolchain, context.tools)
    folders = {module: _module(go, module, version, work) for module, version in source.require.items()}
    own = work.scratch / "module"
    own.mkdir()
    _write_module(go, source, own, folders, context)
    if source.main:
        shutil.copytree(context.catalog / source.main, own / "main")
    for number, build in enumerate(source.builds):
        _build(go, build, own, work, work.scratch / f"bin{number}")
    for output, wanted in source.data.items():
        module, _, path = wanted.partition("//")
        _copy(folders[module] / path, work.result / output)
    modules = ", ".join(f"{module}@{version}" for module, version in source.require.items())
    return Made(f"go: {modules or source.main}")


def _module(go: Toolchain, module: str, version: str, work: Work) -> Path:
    work.say(f"{module}@{version}")
    found = json.loads(
        run(
            [go.program, "mod", "download", "-json", f"{module}@{version}"],
            folder=work.scratch,
            environment=go.environment,
        )
    )
    return Path(found["Dir"])


def _write_module(go: Toolchain, source: Go, own: Path, folders: dict[str, Path], context: Context) -> None:
    """A go.mod of our own that requires the modules. Replaces hold only in the module that is built, so it repeats theirs."""
    edits = [f"-require={module}@{version}" for module, version in source.require.items()]
    edits += [f"-replace={old}={new}" for old, new in source.replace.items()]
    edits += [f"-dropreplace={module}" for module in source.drop_replace]
    for module, stub in source.stubs.items():
        shutil.copytree(context.catalog / "stubs" / stub, own / "stubs" / stub)
        edits.append(f"-replace={module}=./stubs/{stub}")
    if source.base:
        for name in ("go.mod", "go.sum"):
            shutil.copyfile(folders[source.base] / name, own / name)
        # Tools are programs for the module's own developers: nothing that is built here needs them.
        edits += [f"-droptool={tool['Path']}" for tool in _parsed(go, own / "go.mod").get("Tool") or []]
    else:
        (own / "go.mod").write_text(f"module slipway\n\ngo {context.toolchain}\n")
    if source.staging:
        for folder in folders.values():
            for required in _parsed(go, folder / "go.mod")["Require"]:
                if required["Version"] == "v0.0.0":
                    path, version = required["Path"], source.staging
                    edits += [f"-require={path}@{version}", f"-replace={path}={path}@{version}"]
    run(
        [go.program, "mod", "edit", "-module=slipway.build/own", *edits, "go.mod"],
        folder=own,
        environment=go.environment,
    )


def _parsed(go: Toolchain, file: Path) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(
        run([go.program, "mod", "edit", "-json", str(file)], folder=file.parent, environment=go.environment)
    )
    return parsed


def _build(go: Toolchain, build: GoBuild, own: Path, work: Work, binaries: Path) -> None:
    work.say(" ".join(build.programs))
    binaries.mkdir()
    flags = ["-s", "-w", *(f"-X {name}={value}" for name, value in build.variables.items())]
    if build.cgo:
        flags += ["-linkmode external", "-extldflags -static"]
    command = [go.program, "build", "-trimpath", "-ldflags", " ".join(flags)]
    if build.tags:
        command += ["-tags", ",".join(build.tags)]
    environment = go.environment | {"CGO_ENABLED": "1" if build.cgo else "0"}
    run([*command, "-o", f"{binaries}/", *build.programs.values()], folder=own, environment=environment)
    for output, package in build.programs.items():
        target = work.result / output
        target.parent.mkdir(parents=True, exist_ok=True)
        (binaries / _program_name(package)).rename(target)


def _program_name(package: str) -> str:
    """What Go calls the program of a package: its last element, a major version left out."""
    path = PurePosixPath(package)
    return path.parent.name if path.name[0] == "v" and path.name[1:].isdigit() else path.name


def _copy(source: Path, target: Path) -> None:
    """Copy out of the module cache, where everything is read-only and scripts have lost their run bit."""
    if not source.exists():
        raise Unavailable(f"the module has no {source}")
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, copy_function=_copy_file)
        for path in [target, *target.rglob("*")]:
            if path.is_dir():
                path.chmod(0o755)
    else:
        _copy_file(source, target)


def _copy_file(source: str | Path, target: str | Path) -> None:
    shutil.copyfile(source, target)
    with Path(target).open("rb") as file:
        script = file.read(2) == b"#!"
    Path(target).chmod(0o755 if script else 0o644)
