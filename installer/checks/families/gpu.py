"""Graphics cards and their drivers."""

from __future__ import annotations

from installer.checks.needs import Needs
from installer.checks.registry import Found, node_check, ok
from installer.common.text import Text
from installer.models.facts import NodeFacts


@node_check("gpu.driver", Text(en="graphics cards have their driver", zh="显卡驱动就绪"))
def driver(node: NodeFacts, needs: Needs) -> Found:
    """A card on the PCI bus of which nvidia-smi knows nothing has no working driver; nouveau keeps the vendor's from
    loading."""
    if not node.gpus:
        return ok(Text(en="no graphics cards: training runs on processors", zh="没有显卡：训练使用处理器"), "gpus")
    if not node.gpus[0].startswith("pci "):
        return Found("info", Text.same("; ".join(node.gpus)), "gpus")
    by_nouveau = (
        Text(en=" (the driver nouveau has taken it)", zh="（被 nouveau 驱动占用）") if node.nouveau else Text.same("")
    )
    return Found(
        "warn",
        Text(en="{count} cards without a working driver{nouveau}", zh="{count} 块显卡没有可用的驱动{nouveau}").format(count=len(node.gpus), nouveau=by_nouveau),
        "gpus",
        Text(en="Training cannot use them.", zh="训练无法使用它们。"),
        Text(
            en="install the vendor's driver (and keep nouveau from loading: blacklist nouveau in /etc/modprobe.d), then boot; nvidia-smi must list the cards",
            zh="请安装厂商驱动（并在 /etc/modprobe.d 中屏蔽 nouveau）后重启；nvidia-smi 应能列出显卡",
        ),
    )  # fmt: skip
