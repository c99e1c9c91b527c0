"""The task `deliver_files`: `files`, name in the bundle → path on the node."""

from __future__ import annotations

from appliance.bundle import Bundle
from installer.deliver import deliver_files
from installer.deliver.action import DeliveryAction
from installer.remote import Remote


class ActionModule(DeliveryAction):
    def deliver(self, remote: Remote, bundle: Bundle) -> list[str]:
        return deliver_files(remote, bundle, self._task.args["files"])
