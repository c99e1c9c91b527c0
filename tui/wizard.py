"""What the wizard holds between its screens."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from installer.configure import Answers, Configuration, load_site
from installer.engine import look, run_dir_of
from installer.models.facts import Facts
from installer.models.finding import CheckReport
from installer.models.node import NodeAccess
from installer.models.plan import Plan
from installer.probe.target import parse_targets

if TYPE_CHECKING:
    from appliance.bundle import Bundle


@dataclass
class Wizard:
    """Filled from left to right; what a screen needs of an earlier one is there when it opens."""

    site_file: Path
    nodes: list[NodeAccess] = field(default_factory=list)
    key: str = ""
    """Private key file for all machines; empty: each its own, or what OpenSSH finds."""
    bundle_path: str = ""
    answers: Answers = field(default_factory=Answers)

    bundle: Bundle | None = None
    facts: Facts | None = None
    report: CheckReport | None = None
    configuration: Configuration | None = None
    plan: Plan | None = None

    @property
    def run_dir(self) -> Path:
        return run_dir_of(self.site_file)

    def answer(self, **values: object) -> None:
        """Change answers; what was generated from the old ones no longer holds."""
        self.answers = self.answers.model_copy(update=values)
        self.configuration = self.plan = None

    def add(self, word: str) -> None:
        """Add a machine as a person names it: `root@10.1.1.1:2222`, `local`.

        Raises:
            InvalidInput: it is no machine, or one of those already there.
        """
        new = parse_targets([*map(target, self.nodes), word])[-1]
        taken = {node.name for node in self.nodes}
        name = next(name for number in count(1) if (name := f"n{number}") not in taken)
        self.nodes.append(new.model_copy(update={"name": name}))

    def accesses(self) -> list[NodeAccess]:
        """The machines as they are to be reached: with the key file, where one is given for all."""
        if not self.key:
            return self.nodes
        return [
            node.model_copy(update={"ssh": node.ssh.model_copy(update={"key": self.key})}) if node.ssh else node
            for node in self.nodes
        ]


def resumed(site_file: Path) -> tuple[Wizard, str]:
    """The wizard as this site file and its run directory leave it, and the name of the screen to open.

    Raises:
        SlipwayError: the site file or the journal cannot be read.
    """
    wizard = Wizard(site_file.resolve())
    if site_file.exists():
        site = load_site(site_file)
        wizard.nodes = [NodeAccess(name=node.name, address=node.address, ssh=node.ssh) for node in site.nodes]
        keys = {node.ssh.key or "" for node in site.nodes if node.ssh}
        wizard.key = keys.pop() if len(keys) == 1 else ""
        wizard.bundle_path = site.bundle.path
        wizard.answers = Answers(name=site.metadata.name, profile=site.profile)
    run = look(wizard.run_dir)
    if run.clean and not run.running:
        return wizard, "nodes"
    wizard.plan = Plan.model_validate_json((wizard.run_dir / "plan.json").read_bytes())
    return wizard, "done" if run.complete and not run.running else "install"


def target(node: NodeAccess) -> str:
    """A machine as one would type it: what `parse_targets` reads."""
    if node.ssh is None:
        return "local"
    host = f"[{node.address}]" if ":" in node.address else node.address
    return f"{node.ssh.user}@{host}" + (f":{node.ssh.port}" if node.ssh.port != 22 else "")
