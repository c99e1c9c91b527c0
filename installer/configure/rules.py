"""What must hold between the values of a site; each broken rule is told with its place in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, ip_address
from pathlib import PurePosixPath

from installer.common.text import Text
from installer.configure.names import LABEL
from installer.models.site import Site

NODE_PREFIX = 24
"""Each node gets a /24 of the pod network (kube-controller-manager's --node-cidr-mask-size)."""
PLAIN_PATH = re.compile(r"^/[A-Za-z0-9._/-]+$")
"""It stands in mount options, unit files and shell scripts."""
SYSTEM = ("/bin", "/boot", "/dev", "/etc", "/lib", "/proc", "/run", "/sbin", "/sys", "/usr")


@dataclass(frozen=True)
class Problem:
    """One thing wrong at one place (`nodes[0].address`; empty: the whole file)."""

    path: str
    what: Text
    fix: Text | None = None
    line: int | None = None


def broken_rules(site: Site) -> list[Problem]:
    """Every broken rule."""
    return [*_names(site), *_addresses(site), *_roles(site), *_networks(site), *_paths(site), *_endpoint(site)]


def _names(site: Site) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, node in enumerate(site.nodes):
        place = f"nodes[{index}].name"
        if not LABEL.match(node.name):
            yield Problem(
                place,
                Text(en=f"'{node.name}' cannot be a node's name", zh=f"“{node.name}”不能作为节点名"),
                Text(en="lower-case letters, digits and '-', up to 63, no '-' at the ends", zh="仅限小写字母、数字和“-”，最长 63 个字符，首尾不能是“-”"),
            )  # fmt: skip
        if node.name in seen:
            yield Problem(
                place,
                Text(en=f"the name {node.name} is already that of nodes[{seen[node.name]}]", zh=f"名称 {node.name} 已被 nodes[{seen[node.name]}] 使用"),
                Text(en="give each node a name of its own", zh="请为每个节点设置唯一的名称"),
            )  # fmt: skip
        seen.setdefault(node.name, index)


def _addresses(site: Site) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, node in enumerate(site.nodes):
        place = f"nodes[{index}].address"
        try:
            IPv4Address(node.address)
        except ValueError:
            yield Problem(
                place,
                Text(en=f"'{node.address}' is not an IPv4 address", zh=f"“{node.address}”不是 IPv4 地址"),
                Text(en="write the address that the node's interface holds, as 192.168.1.10", zh="请填写节点网卡的地址，如 192.168.1.10"),
            )  # fmt: skip
        if node.address in seen:
            yield Problem(
                place,
                Text(en=f"the address {node.address} is already that of nodes[{seen[node.address]}]", zh=f"地址 {node.address} 已被 nodes[{seen[node.address]}] 使用"),
                Text(en="give each node its own address", zh="请为每个节点填写各自的地址"),
            )  # fmt: skip
        seen.setdefault(node.address, index)


def _roles(site: Site) -> Iterator[Problem]:
    planes = [i for i, n in enumerate(site.nodes) if "control-plane" in n.roles]
    if len(planes) != 1:
        yield Problem(
            f"nodes[{planes[1]}].roles" if planes else "nodes",
            Text(en=f"{len(planes)} control planes, exactly one is possible", zh=f"有 {len(planes)} 个控制平面，只能有一个"),
            Text(
                en="give the role control-plane to one node; several would need a load balancer, which this version does not set up",
                zh="请只给一个节点 control-plane 角色；多个控制平面需要负载均衡，本版本不支持",
            ),
        )  # fmt: skip
    if not any("worker" in n.roles for n in site.nodes):
        yield Problem(
            "nodes",
            Text(en="no node has the role worker", zh="没有节点具有 worker 角色"),
            Text(en="add worker to a node's roles: the platform runs there", zh="请给某个节点加上 worker 角色：平台在其上运行"),
        )  # fmt: skip
    for index, node in enumerate(site.nodes):
        if len(set(node.roles)) < len(node.roles):
            yield Problem(
                f"nodes[{index}].roles",
                Text(en="a role is listed twice", zh="角色重复"),
                Text(en="list each role once", zh="每个角色只写一次"),
            )


def _network(text: str) -> IPv4Network | None:
    try:
        return IPv4Network(text)
    except ValueError:
        return None


def _networks(site: Site) -> Iterator[Problem]:
    places = {
        "kubernetes.podNetwork": site.kubernetes.pod_network,
        "kubernetes.serviceNetwork": site.kubernetes.service_network,
    }
    networks = {place: _network(text) for place, text in places.items()}
    for place, network in networks.items():
        if network is None:
            yield Problem(
                place,
                Text(en=f"'{places[place]}' is not an IPv4 network", zh=f"“{places[place]}”不是 IPv4 网段"),
                Text(en="write it as 10.244.0.0/16, with no bits set after the prefix", zh="请写成 10.244.0.0/16 的形式，前缀之后的位必须为零"),
            )  # fmt: skip
    pod, service = networks.values()
    if pod and pod.prefixlen > NODE_PREFIX - (len(site.nodes) - 1).bit_length():
        yield Problem(
            "kubernetes.podNetwork",
            Text(
                en=f"{pod} is too small for {len(site.nodes)} node(s)", zh=f"{pod} 对 {len(site.nodes)} 个节点而言过小"
            ),
            Text(en="each node takes a /24: use a /16", zh="每个节点占用一个 /24：请使用 /16"),
        )
    if service and not 12 <= service.prefixlen <= 24:
        yield Problem(
            "kubernetes.serviceNetwork",
            Text(en=f"/{service.prefixlen} cannot be used for services", zh=f"Service 网段不能是 /{service.prefixlen}"),
            Text(en="from /12 to /24; kubeadm refuses larger ones", zh="可用 /12 到 /24；kubeadm 不接受更大的网段"),
        )
    if pod and service and pod.overlaps(service):
        yield Problem(
            "kubernetes.serviceNetwork",
            Text(en=f"{service} overlaps the pod network {pod}", zh=f"{service} 与 Pod 网段 {pod} 重叠"),
            Text(en="use two ranges that have no address in common", zh="请使用互不重叠的两个网段"),
        )
    for place, network in networks.items():
        for index, node in enumerate(site.nodes):
            if network and _is_in(node.address, network):
                yield Problem(
                    place,
                    Text(en=f"{network} contains the address of nodes[{index}], {node.address}", zh=f"{network} 包含 nodes[{index}] 的地址 {node.address}"),
                    Text(en="use a range that none of your machines is in", zh="请使用不含任何机器地址的网段"),
                )  # fmt: skip


def _is_in(address: str, network: IPv4Network) -> bool:
    try:
        return ip_address(address) in network
    except ValueError:
        return False


def _paths(site: Site) -> Iterator[Problem]:
    path = PurePosixPath(site.storage.path)
    if (
        not PLAIN_PATH.match(site.storage.path)
        or ".." in path.parts
        or len(path.parts) < 3
        or site.storage.path.startswith(SYSTEM)
    ):
        yield Problem(
            "storage.path",
            Text(en=f"'{site.storage.path}' cannot hold volumes", zh=f"“{site.storage.path}”不能存放数据卷"),
            Text(en="an absolute path of letters, digits, '.', '_' and '-', at least two folders deep, outside the system's own, as /data/slipway", zh="绝对路径，仅含字母、数字、“.”、“_”和“-”，至少两级目录，且不在系统目录内，如 /data/slipway"),
        )  # fmt: skip


def _endpoint(site: Site) -> Iterator[Problem]:
    host, _, port = site.kubernetes.endpoint.rpartition(":")
    if not host or not port.isdigit() or not 1 <= int(port) <= 65535:
        yield Problem(
            "kubernetes.endpoint",
            Text(en=f"'{site.kubernetes.endpoint}' is not host:port", zh=f"“{site.kubernetes.endpoint}”不是 主机:端口"),
            Text(en="write it as 192.168.1.10:6443", zh="请写成 192.168.1.10:6443 的形式"),
        )
