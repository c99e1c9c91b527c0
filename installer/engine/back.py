"""Going back: taking steps back by their receipts alone, latest first, never stopping at an error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from installer.cluster import Cluster, restore
from installer.common.errors import ExitCode, SlipwayError
from installer.common.text import Text
from installer.engine.receipts import Head, Receipts
from installer.engine.record import Record
from installer.engine.run import at_once, joined
from installer.fingerprint import Difference, UndoReport, compare, finish, take, undo
from installer.remote import Remote
from installer.stages.base import Touches, receipt_folder
from installer.stages.objects import OBJECTS

TOLD = 20
"""How many differences of one node are told one by one."""
_LEFT = Text(en="{node}: not ours, left as it is: {what}", zh="{node}：非本产品所为，保持现状：{what}")
_DIFFERS = Text(en="{node}: differs: {what}", zh="{node}：有差异：{what}")


class Back:
    """Takes steps back on the nodes that these remotes reach."""

    def __init__(self, run_dir: Path, remotes: Mapping[str, Remote], record: Record) -> None:
        self._run_dir = run_dir
        self._remotes = remotes
        self._record = record
        self._receipts = Receipts(run_dir)

    def undo(self, steps: Sequence[str]) -> list[SlipwayError]:
        """Take steps back; `steps` are in the order of the plan. Returns what went wrong.

        Objects of the cluster go first, one step after the other. Then every node is put back, in one go, to its
        fingerprint from before the earliest of the steps: one undo of ten steps is ten undos, without ten kubelets that
        restart what has just been removed. When the cluster itself is among what is undone, its objects go with it.
        """
        heads = [head for step in reversed(steps) if (head := self._receipts.head(step))]
        for step in reversed(steps):
            self._record.enter(step, "undoing")
        errors: dict[str, list[SlipwayError]] = {step: [] for step in steps}
        if not any(head.makes_cluster for head in heads):
            for head in heads:
                errors[head.step.id] += self._restore_objects(head)
        nodes = list(dict.fromkeys(node for head in heads for node in head.step.nodes))
        _, failed = at_once(nodes, lambda node: self._undo_node(node, heads))
        for head in heads:
            errors[head.step.id] += [failed[node] for node in head.step.nodes if node in failed]
        for step in reversed(steps):
            self._record.enter(
                step, "failed" if errors[step] else "undone", joined(errors[step]) if errors[step] else None
            )
        return list(dict.fromkeys(error for found in errors.values() for error in found))

    def _restore_objects(self, head: Head) -> list[SlipwayError]:
        step = head.step.id
        receipt = receipt_folder(self._run_dir, step) / OBJECTS
        if not receipt.exists():
            return []
        try:
            with Cluster(self._run_dir / "secrets/admin.conf") as cluster:
                errors = restore(cluster, receipt, lambda text: self._record.progress(step, text))
        except SlipwayError as error:
            errors = [error]
        if not errors:
            receipt.unlink()
        return errors

    def _undo_node(self, node: str, heads: Sequence[Head]) -> None:
        mine = [head for head in heads if self._receipts.pending(head.step.id, node)]
        if not mine:
            return
        earliest = mine[-1].step.id
        for head in mine:
            self._record.progress(head.step.id, Text(en="putting {node} back", zh="正在恢复 {node}").format(node=node))
        report = undo(self._remotes[node], self._receipts.before(earliest, node), united(head.touches for head in mine))
        self._tell(node, _LEFT, report.left, earliest)
        if report.failed:
            raise _not_undone(node, report)
        for head in mine:  # the earliest last: until then, a crash leaves it to be compared with again
            self._receipts.settle(head.step.id, node)

    def _tell(self, node: str, say: Text, differences: Sequence[Difference], step: str = "") -> None:
        """Tell differences, the first ones each and the others by their number; all of them are in `logs/undo.log`."""
        log = self._run_dir / "logs/undo.log"
        log.parent.mkdir(exist_ok=True)
        with log.open("a") as file:
            file.writelines(f"{say.format(node=node, what=one.text).en}\n" for one in differences)
        for one in differences[:TOLD]:
            self._record.notice(say.format(node=node, what=one.text), step)
        more = len(differences) - TOLD
        if more > 0:
            others = Text(en="{count} more, see {log}", zh="另有 {count} 项，见 {log}").format(count=more, log=log)
            self._record.notice(say.format(node=node, what=others), step)

    def prove(self) -> bool:
        """Compare every node with its very first fingerprint and tell each difference; returns whether there is none."""
        firsts = {node: first for node in self._remotes if (first := self._receipts.first(node))}

        def difference(node: str) -> list[Difference]:
            return compare(firsts[node], take(self._remotes[node], "prove"))

        found, failed = at_once(firsts, difference)
        for node, differences in found.items():
            self._tell(node, _DIFFERS, differences)
            if not differences:
                self._record.notice(
                    Text(en="{node}: equal to its first fingerprint", zh="{node}：与最初的指纹一致").format(node=node)
                )
        for node, error in failed.items():
            self._record.notice(
                Text(en="{node}: not compared: {error}", zh="{node}：未能比较：{error}").format(
                    node=node, error=error.report.what
                )
            )
        return not failed and not any(found.values())

    def finish(self) -> list[SlipwayError]:
        """Remove the product's own folder from every node: nothing of a run is left there."""
        _, failed = at_once(self._remotes, lambda node: finish(self._remotes[node]))
        return list(failed.values())


def united(every: Iterable[Touches]) -> Touches:
    """What any of several stages may change."""
    union: Touches = {}
    for touches in every:
        for section, patterns in touches.items():
            union[section] = list(dict.fromkeys([*union.get(section, []), *patterns]))
    return union


def _not_undone(node: str, report: UndoReport) -> SlipwayError:
    return SlipwayError(
        Text(en="not everything could be put back", zh="部分内容未能恢复"),
        where=node,
        why=Text(
            en="\n".join(one.text.en for one in report.failed), zh="\n".join(one.text.zh for one in report.failed)
        ),
        fix=Text(
            en="remove what holds it (see above), then run the same command again: it goes on from here",
            zh="排除上述占用原因后再次运行同一命令，将从此处继续",
        ),
        code=ExitCode.RESIDUE,
    )
