"""One action of an engine from its start to its end: install, retry or rollback."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from installer.common.errors import ErrorReport, InvalidInput, SlipwayError
from installer.common.paths import version
from installer.common.text import Text
from installer.engine.back import Back
from installer.engine.control import Control
from installer.engine.receipts import Receipts
from installer.engine.record import Record
from installer.engine.run import Aborted, Forward, at_once, joined
from installer.engine.view import CLEAN
from installer.engine.wish import Wish
from installer.models.journal import RunEnded, RunStarted
from installer.models.node import NodeAccess
from installer.models.plan import Plan
from installer.models.site import Site
from installer.remote import LocalRemote, Remote
from installer.remote.orphans import end_orphans
from installer.stages import Context, Stage

Outcome = Literal["good", "failed", "residue", "interrupted"]


class Session:
    """Does what is wished, under the site's lock, and ends the run in the journal whatever happens."""

    def __init__(
        self,
        site: Site,
        run_dir: Path,
        remotes: dict[str, Remote],
        control: Control,
        workflow: Sequence[Stage],
    ) -> None:
        self._run_dir = run_dir
        self._remotes = remotes
        self._control = control
        self._workflow = workflow
        self.record = Record(run_dir)
        self._before_died = self.record.view.action is not None and not self.record.view.outcome
        self._ctx = Context(site, run_dir, remotes, self.record.progress, control.abort)
        self._back = Back(run_dir, remotes, self.record)

    def start(self, wish: Wish) -> Callable[[], Outcome]:
        """Check that the wish makes sense now and journal the run's start; returns what does the rest.

        Raises:
            InvalidInput: it makes no sense; nothing was written.
        """
        plan = Plan.model_validate_json((self._run_dir / "plan.json").read_bytes())
        planned = [step.id for step in plan.steps]
        if wish.action == "rollback":
            steps = self._to_undo(wish, planned)
            work, order = (lambda: self._rollback(wish, steps)), steps[::-1]
        elif wish.action == "retry":
            self._demand_begun()
            work, order = self._retry, planned
        else:
            self._demand_clean()
            Receipts(self._run_dir).forget()
            work, order = self._forward, planned
        self.record.write(RunStarted, action=wish.action, plan_digest=plan.digest, version=version(), steps=order)
        return lambda: self._to_the_end(work)

    def _to_the_end(self, work: Callable[[], Outcome]) -> Outcome:
        error: ErrorReport | None = None
        try:
            outcome = work()
        except Aborted:
            outcome, error = self._take_back_aborted()
        except SlipwayError as failure:
            outcome, error = "failed", failure.report
        except Exception as fault:
            traceback.print_exc()  # to logs/engine.log
            outcome, error = "failed", _fault(fault, self._run_dir)
        self.record.write(RunEnded, outcome=outcome, error=error)
        self.record.close()
        return outcome

    def _forward(self) -> Outcome:
        Forward(self._ctx, self._workflow, self.record, self._control).run()
        return "good"

    def _retry(self) -> Outcome:
        if self._before_died:
            self._end_orphans()
        if errors := self._back.undo(self._half_done()):
            raise joined(errors)
        return self._forward()

    def _take_back_aborted(self) -> tuple[Outcome, ErrorReport | None]:
        self._end_orphans()  # Ansible is gone; what it had begun on the nodes may not be
        errors = self._back.undo(self._half_done())
        self.record.copy_to(self._remotes.values())
        return "interrupted", joined(errors).report if errors else None

    def _rollback(self, wish: Wish, steps: Sequence[str]) -> Outcome:
        if self._before_died:
            self._end_orphans()
        errors = self._back.undo(steps)
        equal = self._back.prove() if wish.prove else True
        if self.record.view.clean and not errors:
            errors += self._back.finish()
        else:
            self.record.copy_to(self._remotes.values())
        for error in errors:
            self.record.notice(
                Text(en="{where}: {what}", zh="{where}：{what}").format(
                    where=error.report.where, what=error.report.what
                )
            )
        return "good" if equal and not errors else "residue"

    def _half_done(self) -> list[str]:
        return [step.id for step in self.record.view.half_done]

    def _to_undo(self, wish: Wish, planned: Sequence[str]) -> list[str]:
        """The steps that a rollback takes back, in the order of the plan."""
        left = [step for step in planned if self.record.state(step) not in CLEAN]
        stages = list(dict.fromkeys(_stage(step) for step in planned))
        if wish.everything:
            return left
        if wish.to and wish.to not in stages:
            raise InvalidInput(
                Text(en="there is no stage {name}", zh="没有名为 {name} 的阶段").format(name=wish.to),
                where="--to",
                fix=Text.same(", ".join(stages)),
            )
        if not left:
            raise InvalidInput(
                Text(en="there is nothing to take back", zh="没有可撤销的内容"), where=str(self._run_dir)
            )
        last = stages.index(wish.to) + 1 if wish.to else stages.index(_stage(left[-1]))
        return [step for step in left if stages.index(_stage(step)) >= last]

    def _demand_clean(self) -> None:
        if not self.record.view.clean:
            raise InvalidInput(
                Text(en="this site has been begun already", zh="该站点的安装已经开始"),
                where=str(self._run_dir),
                fix=Text(
                    en="`slipway retry` goes on where it stopped; `slipway rollback --all` takes it back, then install anew",
                    zh="`slipway retry` 从中断处继续；或先用 `slipway rollback --all` 全部撤销，再重新安装",
                ),
            )

    def _demand_begun(self) -> None:
        if self.record.view.action is None:
            raise InvalidInput(
                Text(en="there is nothing to go on with", zh="没有可继续的任务"),
                where=str(self._run_dir),
                fix=Text(en="begin with `slipway install`", zh="请先运行 `slipway install`"),
            )

    def _end_orphans(self) -> None:
        """End what an engine that was killed left running: here first, since that drives the nodes."""
        here = LocalRemote(NodeAccess(name="installer", address="localhost", ssh=None))
        end_orphans(here, self._run_dir)
        # A node that does not answer is none of our business here: whoever needs it next says so.
        ended, _ = at_once(self._remotes, lambda node: end_orphans(self._remotes[node], self._run_dir))
        for node, processes in ended.items():
            if processes:
                self.record.notice(
                    Text(
                        en="{node}: ended {count} processes that the interrupted run had left",
                        zh="{node}：已结束中断的任务遗留的 {count} 个进程",
                    ).format(node=node, count=len(processes))
                )


def _stage(step: str) -> str:
    return step.rsplit("/", 1)[-1]


def _fault(fault: Exception, run_dir: Path) -> ErrorReport:
    return ErrorReport(
        what=Text(en="the engine has a fault of its own here", zh="引擎自身出错"),
        why=Text.same(f"{type(fault).__name__}: {fault}"),
        fix=Text(
            en="please report it, with {log}; `slipway retry` or `slipway rollback` go on from here",
            zh="请连同 {log} 一起报告；可用 `slipway retry` 或 `slipway rollback` 继续",
        ).format(log=run_dir / "logs/engine.log"),
    )
