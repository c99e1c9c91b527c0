"""Findings with one cause are told as one, so that nobody mends the first and fails on the next."""

from __future__ import annotations

from collections.abc import Sequence

from installer.models.finding import Finding

# The cause, and the findings that are its consequences on the same node.
CAUSES: dict[str, tuple[str, ...]] = {
    "identity.machine-id": ("identity.host-key", "identity.product-uuid", "identity.mac", "identity.hostname-unique"),
    "runtime.kubernetes": ("runtime.containerd", "ports.free", "runtime.cni"),
    "runtime.containerd": ("runtime.cni",),
    "network.filtered": ("network.firewall",),
    "network.packet-size": ("network.mtu",),
    "clock.offset": ("clock.synchronised", "clock.rtc"),
    "base.systemd": ("clock.synchronised", "clock.rtc"),
    "kernel.cgroup": ("kernel.controllers",),
}


def merge(findings: Sequence[Finding]) -> list[Finding]:
    """Name in each cause's `related` the troubles on its node that go with it."""
    trouble = {(f.node, f.id) for f in findings if f.severity in ("warn", "fail")}
    return [_with_related(finding, trouble) for finding in findings]


def _with_related(finding: Finding, trouble: set[tuple[str, str]]) -> Finding:
    if (finding.node, finding.id) not in trouble:
        return finding
    related = [id for id in CAUSES.get(finding.id, ()) if (finding.node, id) in trouble]
    return finding.model_copy(update={"related": related})


def is_consequence(finding: Finding, findings: Sequence[Finding]) -> bool:
    """Whether a display tells this finding under another one."""
    return any(finding.id in f.related and f.node == finding.node for f in findings)
