"""The run directory: made before an installation, compared with the site before it goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from installer.common.errors import InvalidInput
from installer.common.files import write_atomic
from installer.common.text import Text
from installer.engine.lock import busy, is_held
from installer.models.facts import Facts
from installer.models.plan import Plan
from installer.secrets import SecretStore


def run_dir_of(site_file: Path) -> Path:
    """`site.run` beside `site.yaml`."""
    return site_file.resolve().with_suffix(".run")


def prepare(site_file: Path, plan: Plan, facts: Facts | None) -> Path:
    """Write what an engine reads into the run directory, and return that.

    Raises:
        SlipwayError: an engine is at work there.
    """
    run_dir = run_dir_of(site_file)
    run_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    run_dir.chmod(0o700)
    if is_held(run_dir):
        raise busy(run_dir)
    write_atomic(run_dir / "site.yaml", site_file.read_bytes(), mode=0o600)
    write_atomic(run_dir / "plan.json", plan.model_dump_json(indent=1), mode=0o600)
    SecretStore(run_dir / "secrets")  # its folder: the roles put credentials there
    if facts:
        write_atomic(run_dir / "facts.json", facts.model_dump_json(indent=1), mode=0o600)
    return run_dir


def changed_inputs(old: Mapping[str, object], new: Mapping[str, object]) -> InvalidInput | None:
    """The error that tells how a site differs from the one a run was planned for; None when it does not."""
    lines = list(_differences(old, new, ""))
    if not lines:
        return None
    return InvalidInput(
        Text(en="the site has changed since this run was planned", zh="站点配置在本次任务计划之后有改动"),
        where="site.yaml",
        why=Text.same("\n".join(lines)),
        fix=Text(
            en="put the values back and retry; or `slipway rollback --all` with the old ones, then `slipway install` makes a new plan",
            zh="恢复原值后重试；或先用原值执行 `slipway rollback --all`，再用 `slipway install` 制定新计划",
        ),
    )


def _differences(old: object, new: object, path: str) -> Iterator[str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*old, *new]):
            yield from _differences(old.get(key), new.get(key), f"{path}.{key}" if path else str(key))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (left, right) in enumerate(zip(old, new, strict=True)):
            yield from _differences(left, right, f"{path}[{number}]")
    elif old != new:
        yield f"{path}: {old!r} → {new!r}"
