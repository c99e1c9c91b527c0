"""Disks: space by file system, kinds of file system, mount options, symlinks."""

from __future__ import annotations

from collections import defaultdict
from pathlib import PurePosixPath

from installer.checks.needs import GIB, Needs
from installer.checks.registry import Found, node_check, ok, ours
from installer.common.text import Text
from installer.models.facts import Folder, NodeFacts

UNSUITABLE = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "9p", "vfat", "msdos", "exfat", "ntfs", "fuseblk", "iso9660", "squashfs"}
)
KUBELET_LIMIT = 0.85


def _gib(size: int) -> str:
    return f"{size / GIB:.1f} GiB"


@node_check(
    "disk.space",
    Text(
        en="free space for bundle, images, etcd and volumes, by file system",
        zh="各文件系统的剩余空间满足安装包、镜像、etcd 和数据卷",
    ),
)
def space(node: NodeFacts, needs: Needs) -> list[Found]:
    """The needs of all folders on one file system together (bundle: its manifest's own figure). Fail: not enough free. Warn:
    afterwards fuller than 85 %, where the kubelet begins to delete images (imageGCHighThresholdPercent = 85)."""
    if ours(node):
        return [ok(Text(en="Slipway's own installation is on it", zh="已有 Slipway 自身的安装"), "df")]
    by_disk: dict[str, list[tuple[str, int, Folder]]] = defaultdict(list)
    for path, size in needs.disk(node.node.name).items():
        if folder := node.folders.get(path):
            # Several mounts of one disk share its room.
            device = folder.mount.device
            by_disk[device if device.startswith("/dev/") else folder.mount.path].append((path, size, folder))
    results = []
    for users in by_disk.values():
        mount = users[0][2].mount
        point = mount.path
        needed = sum(size for _, size, _ in users)
        paths = ", ".join(path for path, _, _ in users)
        seen = f"path:{users[0][0]}"
        used_after = 1 - (mount.free - needed) / mount.total if mount.total else 1.0
        what = Text(
            en=f"{point}: {_gib(mount.free)} free, {_gib(needed)} needed ({paths})",
            zh=f"{point}：剩余 {_gib(mount.free)}，需要 {_gib(needed)}（{paths}）",
        )
        if mount.free < needed:
            results.append(
                Found(
                    "fail",
                    what,
                    seen,
                    Text(
                        en="The installation would fill the file system and stop half-way.",
                        zh="安装会写满该文件系统并中途失败。",
                    ),
                    Text(
                        en=f"free {_gib(needed - mount.free)} on {point} (du -xh --max-depth=2 {point} | sort -h | tail), or mount a larger disk at one of: {paths}",
                        zh=f"请在 {point} 上释放 {_gib(needed - mount.free)}（du -xh --max-depth=2 {point} | sort -h | tail），或在以下任一路径挂载更大的磁盘：{paths}",
                    ),
                )
            )
        elif used_after > KUBELET_LIMIT:
            results.append(
                Found(
                    "warn",
                    Text(
                        en=f"{point} would be {used_after:.0%} full after the installation",
                        zh=f"安装后 {point} 的使用率将达 {used_after:.0%}",
                    ),
                    seen,
                    Text(
                        en="From 85 % on the kubelet deletes images to make room.",
                        zh="超过 85% 时 kubelet 会删除镜像以腾出空间。",
                    ),
                    Text(
                        en=f"free some space on {point}, or mount a larger disk at one of: {paths}",
                        zh=f"请在 {point} 上释放空间，或在以下任一路径挂载更大的磁盘：{paths}",
                    ),
                )
            )
        else:
            results.append(ok(what, seen))
    return results


@node_check(
    "disk.filesystem",
    Text(en="file systems that containerd, etcd and volumes can live on", zh="文件系统适合 containerd、etcd 和数据卷"),
)
def filesystem(node: NodeFacts, needs: Needs) -> Found:
    """overlayfs needs an upper layer on a local POSIX file system that is not itself an overlay (kernel documentation,
    overlayfs); etcd forbids network file systems (its hardware guide)."""
    bad = {
        path: node.folders[path].mount.type
        for path in needs.disk(node.node.name)
        if path in node.folders and path != "/usr/local/bin"
        if node.folders[path].mount.type in UNSUITABLE
        or (node.folders[path].mount.type == "overlay" and path == "/var/lib/containerd")
    }
    if not bad:
        kinds = sorted({f.mount.type for path, f in node.folders.items() if path in needs.disk(node.node.name)})
        return ok(Text.same(", ".join(kinds)), "path:/var/lib/containerd")
    listed = ", ".join(f"{path} ({kind})" for path, kind in bad.items())
    return Found(
        "fail",
        Text(en=f"on an unsuitable file system: {listed}", zh=f"文件系统不合适：{listed}"),
        f"path:{next(iter(bad))}",
        Text(
            en="Container layers and etcd need a local file system with POSIX semantics: ext4, xfs or btrfs.",
            zh="容器层和 etcd 需要具备 POSIX 语义的本地文件系统：ext4、xfs 或 btrfs。",
        ),
        Text(en="mount an ext4 or xfs disk at these folders", zh="请在这些目录挂载 ext4 或 xfs 磁盘"),
    )


@node_check(
    "disk.options",
    Text(
        en="no noexec or read-only mount where programs and containers live",
        zh="程序和容器所在的挂载点没有 noexec 或只读选项",
    ),
)
def options(node: NodeFacts, needs: Needs) -> Found:
    """Programs start from /usr/local/bin, from container layers, and from emptyDir volumes under the kubelet's folder."""
    bad = {
        path: sorted(set(node.folders[path].mount.options) & {"noexec", "ro"})
        for path in ("/usr/local/bin", "/var/lib/containerd", "/var/lib/kubelet")
        if path in node.folders
    }
    bad = {path: found for path, found in bad.items() if found}
    if not bad:
        return ok(Text(en="no forbidding mount option", zh="没有妨碍运行的挂载选项"), "mounts")
    listed = ", ".join(f"{path} ({', '.join(found)})" for path, found in bad.items())
    point = node.folders[next(iter(bad))].mount.path
    return Found(
        "fail",
        Text(en=f"mounted with a forbidding option: {listed}", zh=f"挂载选项妨碍运行：{listed}"),
        f"path:{next(iter(bad))}",
        Text(en="Programs from there would not start.", zh="其中的程序将无法启动。"),
        Text(en=f"remove the option from {point} in /etc/fstab, and now: the command", zh=f"从 /etc/fstab 中 {point} 一行去掉该选项，并立即执行该命令"),
        f"mount -o remount,rw,exec {point}",
    )  # fmt: skip


@node_check("disk.symlink", Text(en="the product's folders are no symlinks", zh="产品目录不是符号链接"))
def symlink(node: NodeFacts, needs: Needs) -> Found:
    """The kubelet compares mount points by path: under a symlink it does not find its own mounts again."""
    bad = {
        path: folder.real
        for path, folder in node.folders.items()
        if path in needs.disk(node.node.name) and not PurePosixPath(path).is_relative_to(folder.real)
    }
    if not bad:
        return ok(Text(en="no symlinks", zh="没有符号链接"))
    listed = ", ".join(f"{path} → {real}" for path, real in bad.items())
    return Found(
        "warn",
        Text(en=f"behind a symlink: {listed}", zh=f"路径经过符号链接：{listed}"),
        f"path:{next(iter(bad))}",
        Text(
            en="The kubelet compares mounts by path and does not find its own under a symlink: pods then hang when they end.",
            zh="kubelet 按路径比较挂载点，在符号链接下找不到自己的挂载，Pod 结束时会卡住。",
        ),
        Text(
            en="use a bind mount in /etc/fstab in place of the symlink", zh="请在 /etc/fstab 中用 bind 挂载代替符号链接"
        ),
    )
