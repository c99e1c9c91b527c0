"""The task `import_images`: the bundle's images that a node with these `roles` runs, into its containerd."""

from __future__ import annotations

from appliance.bundle import Bundle
from installer.deliver import import_images
from installer.deliver.action import DeliveryAction
from installer.remote import Remote


class ActionModule(DeliveryAction):
    def deliver(self, remote: Remote, bundle: Bundle) -> list[str]:
        roles = set(self._task.args["roles"])
        return import_images(remote, bundle, [ref for ref, image in bundle.images.items() if roles & set(image.roles)])
