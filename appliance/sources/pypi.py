"""Python packages from wheels, as pip gets them from wherever the machine's pip is told to."""

from __future__ import annotations

import itertools
import shutil
import sys
import zipfile
from fnmatch import fnmatchcase

from appliance.catalog.models import PyPI, Wheel
from appliance.pack.steps import Made, Work
from appliance.sources import python
from appliance.sources.base import Context, Unavailable, run

_PLATFORMS = [f"manylinux_2_{minor}_x86_64" for minor in range(36, 4, -1)] + ["manylinux2014_x86_64", "linux_x86_64"]
"""Wheels for glibc 2.36, which the images' Debian 12 has, and older; pip does not know by itself that newer runs older."""


def obtain(source: PyPI, work: Work, context: Context) -> Made:
    """Install the locked requirements into `packages`, for the interpreter of a root file system."""
    rootfs = work.inputs[source.interpreter] / "rootfs.tar"
    major, minor = python.version(rootfs)
    target = work.result / "packages"
    command = [*_pip("install"), "--target", str(target), "--require-hashes", "--no-deps", "--no-compile"]
    command += ["--only-binary", ":all:", "--python-version", f"{major}.{minor}", "--implementation", "cp"]
    for platform in _PLATFORMS:
        command += ["--platform", platform]
    work.say(source.requirements)
    run([*command, "-r", str(context.root / source.requirements)])
    for path in sorted(target.rglob("*"), reverse=True):
        name = path.relative_to(target).as_posix()
        if any(fnmatchcase(name, pattern) for pattern in ["*/RECORD", "bin", *source.drop]):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    python.compile_python(rootfs, target, work.scratch)
    return Made(f"pypi: {source.requirements}")


def obtain_wheel(source: Wheel, work: Work, context: Context) -> Made:
    """Take files out of one wheel."""
    pinned = work.scratch / "requirements.lock"
    pinned.write_text(_pinned(source, context))
    work.say(source.package)
    run(
        [
            *_pip("download"),
            "--no-deps",
            "--require-hashes",
            "--only-binary",
            ":all:",
            "-d",
            str(work.scratch),
            "-r",
            str(pinned),
        ]
    )
    wheel = next(work.scratch.glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        for output, member in source.members.items():
            try:
                content = archive.read(member)
            except KeyError as error:
                raise Unavailable(f"{wheel.name} has no {member}") from error
            target = work.result / output
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    return Made(f"pypi: {wheel.name}")


def _pinned(source: Wheel, context: Context) -> str:
    """The lines of the requirements file that pin the package."""
    lines = (context.root / source.requirements).read_text().splitlines()
    for number, line in enumerate(lines):
        if line.split(" ")[0] == source.package:
            hashes = itertools.takewhile(lambda each: each.startswith("    --hash"), lines[number + 1 :])
            return "\n".join([line, *hashes]).rstrip("\\ ") + "\n"
    raise Unavailable(f"{source.requirements} does not pin {source.package}")


def _pip(command: str) -> list[str]:
    return [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "-q", command]
