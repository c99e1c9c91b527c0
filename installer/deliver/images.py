"""Images of the bundle into a node's containerd, streamed: no copy of the archive lands on the node's disk."""

from __future__ import annotations

import shlex
from collections.abc import Collection

from appliance.bundle import Bundle
from installer.common.errors import SlipwayError
from installer.common.text import Text
from installer.remote import Remote

_CTR = ["ctr", "--namespace", "k8s.io", "images"]
# containerd verifies each blob's digest while it takes it in. Unpacking is left to the first use: an image that this node does not
# run costs nothing, and several are unpacked side by side. `pinned` keeps the kubelet from deleting, on a full disk, what no
# registry could bring back.
_IMPORT = [*_CTR, "import", "--no-unpack", "--label", "io.cri-containerd.pinned=pinned", "-"]


def import_images(remote: Remote, bundle: Bundle, references: Collection[str]) -> list[str]:
    """Bring images into containerd's store, in one stream.

    Returns:
        The references that were imported: those that were absent, or there with another digest.

    Raises:
        SlipwayError: containerd does not answer, has no space, or refuses what arrived.
    """
    there = _listing(remote.run(shlex.join([*_CTR, "list"])).stdout.decode())
    missing = [ref for ref in references if there.get(ref) != bundle.images[ref].digest]
    if missing:
        done = remote.push(lambda stream: bundle.write_oci_layout(missing, stream), shlex.join(_IMPORT), check=False)
        if done.returncode:
            raise SlipwayError(
                Text(en="containerd did not take the images", zh="containerd 未能接收镜像"),
                where=remote.node.name,
                why=Text.same(done.stderr.strip()[-1000:]),
                fix=Text(
                    en="look at `journalctl -u containerd` and the free space of /var/lib/containerd, then run `slipway retry`",
                    zh="请查看 `journalctl -u containerd` 和 /var/lib/containerd 的剩余空间，然后运行 `slipway retry`",
                ),
            )
    return missing


def _listing(table: str) -> dict[str, str]:
    """Reference → digest, of `ctr images list`: columns REF TYPE DIGEST SIZE …, headed by their names."""
    return {fields[0]: fields[2] for line in table.splitlines()[1:] if len(fields := line.split()) > 2}
