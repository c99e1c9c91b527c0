"""Going forward: the stages of a workflow, each bracketed by fingerprints, each transition in the journal first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from installer.common.errors import ErrorReport, SlipwayError
from installer.common.text import Text
from installer.engine.control import Control
from installer.engine.receipts import Head, Receipts
from installer.engine.record import Record
from installer.fingerprint import Fingerprint, take
from installer.models.journal import Paused, StepState
from installer.remote import reach
from installer.stages import Context, Stage, Step

T = TypeVar("T")


class Aborted(Exception):
    """Somebody asked the run to stop; the current stage's steps are half done."""


class Forward:
    """Brings every step of a workflow to `done`."""

    def __init__(self, ctx: Context, workflow: Sequence[Stage], record: Record, control: Control) -> None:
        self._ctx = ctx
        self._workflow = workflow
        self._record = record
        self._control = control
        self._receipts = Receipts(ctx.run_dir)
        every = [stage.touches(ctx.site).get("files", []) for stage in workflow]
        self._keep = list(dict.fromkeys(path for patterns in every for path in patterns))
        """What any stage may change: the agent keeps copies of what is there and too large for a fingerprint."""
        self._latest: dict[str, Fingerprint] = {}
        """The fingerprints after the stage before this one: nothing of ours has happened since."""

    def run(self) -> None:
        """Run what is not done yet.

        Raises:
            SlipwayError: a stage failed on some node, or a node cannot be reached; later stages did not begin.
            Aborted: between two stages, or within one.
        """
        if errors := reach(self._ctx.remotes.values()):
            raise joined(list(errors.values()))
        for stage in self._workflow:
            steps = [s for s in stage.steps(self._ctx.site) if self._record.state(s.id) not in ("done", "skipped")]
            if steps:
                self._pause()
                self._stage(stage, steps)
                self._record.copy_to(self._ctx.remotes.values())

    def _pause(self) -> None:
        if self._control.paused:
            self._record.write(Paused, paused=True)
            self._control.wait_while_paused()
            self._record.write(Paused, paused=False)
        if self._control.abort.is_set():
            raise Aborted

    def _stage(self, stage: Stage, steps: Sequence[Step]) -> None:
        failures = self._bracket(stage, steps)
        able = [step for step in steps if step.id not in failures]
        for step in able:
            self._record.enter(step.id, "running")
        failures |= self._work(stage, able)
        if self._control.abort.is_set():
            raise Aborted
        good = [step for step in able if step.id not in failures]
        failures |= self._close(good)
        for step in steps:
            state: StepState = "failed" if step.id in failures else "done"
            self._record.enter(step.id, state, failures.get(step.id))
        if failures:
            raise joined(list(failures.values()))

    def _bracket(self, stage: Stage, steps: Sequence[Step]) -> dict[str, SlipwayError]:
        """Make the *before* of each step durable; returns the steps for which it could not be had."""
        nodes = list(dict.fromkeys(node for step in steps for node in step.nodes))
        known = {node: self._latest[node] for node in nodes if node in self._latest}
        label = f"{stage.name}.before"
        taken, errors = self._fingerprints([node for node in nodes if node not in known], label)
        for step in steps:
            self._receipts.begin(
                Head(step=step, touches=stage.touches(self._ctx.site), makes_cluster=stage.makes_cluster)
            )
            for node in step.nodes:
                if node not in errors:
                    self._receipts.put(step.id, node, "before", known.get(node) or taken[node])
        return {step.id: errors[node] for step in steps for node in step.nodes if node in errors}

    def _work(self, stage: Stage, steps: Sequence[Step]) -> dict[str, SlipwayError]:
        if not steps:
            return {}
        try:
            failures = stage.run(self._ctx, steps)
        except SlipwayError as error:
            return {step.id: error for step in steps}
        for step in steps:
            if step.id not in failures and not self._control.abort.is_set():
                try:
                    stage.verify(self._ctx, step)
                except SlipwayError as error:
                    failures[step.id] = error
        return failures

    def _close(self, steps: Sequence[Step]) -> dict[str, SlipwayError]:
        """Take the *after* of each step, which is the *before* of the next stage as well."""
        nodes = list(dict.fromkeys(node for step in steps for node in step.nodes))
        label = f"{steps[0].stage}.after" if steps else ""
        self._latest, errors = self._fingerprints(nodes, label)
        for step in steps:
            for node in step.nodes:
                if node in self._latest:
                    self._receipts.put(step.id, node, "after", self._latest[node])
        return {step.id: errors[node] for step in steps for node in step.nodes if node in errors}

    def _fingerprints(self, nodes: Sequence[str], label: str) -> tuple[dict[str, Fingerprint], dict[str, SlipwayError]]:
        return at_once(nodes, lambda node: take(self._ctx.remotes[node], label, self._keep))


def at_once(keys: Iterable[str], do: Callable[[str], T]) -> tuple[dict[str, T], dict[str, SlipwayError]]:
    """Do the same for several nodes at the same time; returns what came of it and what went wrong, by node."""

    def attempt(key: str) -> T | SlipwayError:
        try:
            return do(key)
        except SlipwayError as error:
            return error

    every = list(keys)
    with ThreadPoolExecutor(max_workers=max(1, len(every))) as pool:
        answers = dict(zip(every, pool.map(attempt, every), strict=True))
    good = {key: answer for key, answer in answers.items() if not isinstance(answer, SlipwayError)}
    return good, {key: answer for key, answer in answers.items() if isinstance(answer, SlipwayError)}


def joined(errors: Sequence[SlipwayError]) -> SlipwayError:
    """Several errors as one; a single one stays as it is, however many steps it befell."""
    errors = list(dict.fromkeys(errors))
    if len(errors) == 1:
        return errors[0]
    reports: list[ErrorReport] = [error.report for error in errors]
    fixes = list(dict.fromkeys(report.fix for report in reports if report.fix))
    return SlipwayError(
        Text(en="failed at {count} places", zh="有 {count} 处失败").format(count=len(errors)),
        where=", ".join(report.where for report in reports if report.where),
        why=_lines([_line(report) for report in reports]),
        fix=_lines(fixes) if fixes else None,
    )


def _line(report: ErrorReport) -> Text:
    words = Text(en="{where}: {what}", zh="{where}：{what}").format(where=report.where or "-", what=report.what)
    return Text(en="{words}: {why}", zh="{words}：{why}").format(words=words, why=report.why) if report.why else words


def _lines(texts: Sequence[Text]) -> Text:
    return Text(en="\n".join(text.en for text in texts), zh="\n".join(text.zh for text in texts))
