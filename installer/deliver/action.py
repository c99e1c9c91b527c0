"""What the roles' tasks `deliver_files` and `import_images` have in common: they run where the installer runs, since the bundle is there."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from appliance.bundle import Bundle, open_bundle
from installer.common.errors import SlipwayError
from installer.models.site import Site
from installer.remote import Remote, connect


class DeliveryAction(ActionBase):  # type: ignore[misc]  # Ansible has no types
    """A task that brings a part of the bundle to the node. Needs the play's variables `site`, `bundle` and `run_dir`."""

    _requires_connection = False

    @abstractmethod
    def deliver(self, remote: Remote, bundle: Bundle) -> list[str]:
        """Bring what `self._task.args` names; return what had to be brought."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        assert task_vars
        values = {name: self._templar.template(task_vars[name]) for name in ("site", "bundle", "run_dir")}
        try:
            site = Site.model_validate(values["site"])
            remote = connect(site.nodes, Path(values["run_dir"]))[task_vars["inventory_hostname"]]
            brought = self.deliver(remote, open_bundle(Path(values["bundle"])))
        except SlipwayError as error:
            raise AnsibleActionFail(str(error)) from error
        return {"changed": bool(brought), "brought": brought}
