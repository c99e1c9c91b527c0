"""The functions behind the screens: the ones that the command line calls, each imported when it is needed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from installer.models.facts import Facts, NodeFacts
from installer.models.finding import CheckReport
from installer.models.node import NodeAccess
from installer.models.plan import Plan

if TYPE_CHECKING:
    from appliance.bundle import Bundle
    from installer.accept.access import Access
    from installer.configure import Answers, Configuration
    from installer.engine import Command, RunView
    from tui.wizard import Wizard


class Actions:
    """What the wizard can do. Every method may block, and raises SlipwayError."""

    def open_bundle(self, path: Path) -> Bundle:
        from appliance.bundle import open_bundle

        return open_bundle(path)

    def probe(self, nodes: list[NodeAccess], on_node: Callable[[NodeFacts], None]) -> Facts:
        """Read the machines; `on_node` is called, in this thread, as each is read."""
        from installer.probe import probe

        return probe(nodes, on_node=on_node)

    def check(self, facts: Facts, wizard: Wizard) -> CheckReport:
        from installer.checks import check, needs_of

        return check(facts, needs_of(wizard.bundle, profile=wizard.answers.profile))

    def configure(self, wizard: Wizard, answers: Answers) -> Configuration:
        from installer.configure import configure

        assert wizard.facts is not None and wizard.bundle is not None
        return configure(wizard.facts, answers, wizard.bundle)

    def would_replace(self, wizard: Wizard) -> bool:
        """Whether writing site.yaml would replace one that says something else."""
        from installer.configure import would_replace

        assert wizard.configuration is not None
        return would_replace(wizard.site_file, wizard.configuration)

    def write_site(self, wizard: Wizard) -> None:
        from installer.configure import write_site

        assert wizard.configuration is not None
        write_site(wizard.site_file, wizard.configuration)

    def make_plan(self, wizard: Wizard) -> Plan:
        """The plan of the site as its file says it now."""
        from installer.configure import load_site
        from installer.plan import INSTALL, make_plan

        return make_plan(load_site(wizard.site_file), wizard.run_dir, INSTALL)

    def install(self, wizard: Wizard) -> None:
        """Check the machines against the site a last time, then start the engine on the accepted plan."""
        from installer.configure import load_site
        from installer.engine import Wish, prepare, start
        from installer.engine.gates import demand_good, demand_unbegun

        assert wizard.plan is not None
        demand_unbegun(wizard.site_file)
        facts = demand_good(load_site(wizard.site_file))
        start(prepare(wizard.site_file, wizard.plan, facts), Wish(action="install"))

    def look(self, wizard: Wizard) -> RunView:
        """Where the site stands."""
        from installer.engine import look

        return look(wizard.run_dir)

    def send(self, wizard: Wizard, command: Command) -> None:
        from installer.engine import send

        send(wizard.run_dir, command)

    def retry(self, wizard: Wizard) -> None:
        from installer.engine import Wish, start
        from installer.engine.gates import demand_same_inputs

        demand_same_inputs(wizard.site_file, wizard.run_dir)
        start(wizard.run_dir, Wish(action="retry"))

    def undo_step(self, wizard: Wizard) -> None:
        from installer.engine import Wish, start

        start(wizard.run_dir, Wish(action="rollback"))

    def undo_all(self, wizard: Wizard) -> None:
        from installer.engine import Wish, start

        start(wizard.run_dir, Wish(action="rollback", everything=True, prove=True))

    def access(self, wizard: Wizard) -> Access:
        """How the installed platform is reached."""
        from installer.accept.access import access_of

        return access_of(wizard.site_file)
