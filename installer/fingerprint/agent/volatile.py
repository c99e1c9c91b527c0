"""What changes by itself on a machine at rest, and so says nothing about what somebody did to it.

Each entry: section, pattern of its keys, reason. An entry hides differences, so it must be as narrow as its reason.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping

VOLATILE = [
    ("files", "/etc/.pwd.lock", "lock of the account tools, left by any use of them"),
    ("files", "/etc/passwd", "its lines are the section accounts"),
    ("files", "/etc/shadow", "its lines are the section accounts"),
    ("files", "/etc/group", "its lines are the section accounts"),
    ("files", "/etc/gshadow", "goes with /etc/group"),
    ("files", "/etc/passwd-", "backup by the account tools"),
    ("files", "/etc/shadow-", "backup by the account tools"),
    ("files", "/etc/group-", "backup by the account tools"),
    ("files", "/etc/gshadow-", "backup by the account tools"),
    ("files", "/etc/subuid-", "backup by the account tools"),
    ("files", "/etc/subgid-", "backup by the account tools"),
    ("files", "/etc/adjtime", "written at each setting of the hardware clock"),
    ("files", "/etc/ld.so.cache", "made anew from the libraries by ldconfig"),
    ("files", "/root/.bash_history", "written when a shell ends"),
    ("files", "/root/.lesshst", "history of a pager"),
    ("files", "/root/.viminfo", "history of an editor"),
    ("files", "/root/.ssh/known_hosts*", "written by each first SSH connection that starts here"),
    ("files", "/run/xtables.lock", "lock of iptables, left by any use of it, reading included"),
    ("files", "/run/utmp", "who is logged in"),
    ("files", "/run/user", "folders of who is logged in"),
    ("files", "/run/sudo", "time stamps of sudo"),
    ("files", "/run/motd.dynamic", "greeting, made at each login"),
    ("files", "/run/faillock", "failed logins"),
    ("files", "/run/credentials", "mounted for each start of a service that has credentials"),
    ("files", "/run/reboot-required*", "left by package upgrades"),
    ("files", "/run/agetty.reload", "written at each change of an address"),
    ("files", "/run/nologin", "there while the machine boots"),
    ("files", "/run/initctl", "made on demand"),
    ("files", "/var/lib/slipway", "the product's own folder, removed as the very last"),
    ("units", "user@*.service", "comes and goes with logins"),
    ("units", "user-runtime-dir@*.service", "comes and goes with logins"),
    ("units", "getty@*.service", "restarts at each logout"),
    ("units", "serial-getty@*.service", "restarts at each logout"),
    ("units", "console-getty.service", "restarts at each logout"),
    ("units", "ssh@*.service", "one for each SSH connection"),
    ("units", "sshd@*.service", "one for each SSH connection"),
    ("units", "apt-daily*.service", "started by its timer"),
    ("units", "dpkg-db-backup.service", "started by its timer"),
    ("units", "systemd-tmpfiles-clean.service", "started by its timer"),
    ("units", "fstrim.service", "started by its timer"),
    ("units", "e2scrub_*.service", "started by its timer"),
    ("units", "logrotate.service", "started by its timer"),
    ("units", "man-db.service", "started by its timer"),
    ("units", "dnf-makecache.service", "started by its timer"),
    ("units", "unbound-anchor.service", "started by its timer"),
    ("units", "sysstat-*.service", "started by its timer"),
    ("units", "fwupd*.service", "started by its timer or by a call, ends when idle"),
    ("units", "packagekit.service", "started by a call, ends when idle"),
    ("units", "polkit.service", "started by a call"),
    ("units", "systemd-hostnamed.service", "started by a call, ends when idle"),
    ("units", "systemd-timedated.service", "started by a call, ends when idle"),
    ("units", "systemd-localed.service", "started by a call, ends when idle"),
    ("units", "systemd-udev-settle.service", "runs on demand"),
    ("units", "modprobe@*.service", "runs once whenever a unit wants a module"),
    ("units", "systemd-random-seed.service", "runs once at boot"),
    ("units", "systemd-quotacheck*.service", "runs at boot"),
    ("units", "systemd-fsck@*.service", "runs once when a file system appears"),
    ("units", "systemd-fsckd.*", "ends when idle"),
    ("units", "systemd-coredump@*.service", "runs at each crash of a program"),
    ("units", "systemd-rfkill.*", "ends when idle"),
    ("units", "systemd-journal-flush.service", "runs once at boot"),
    ("sysctls", "fs.dentry-state", "a counter"),
    ("sysctls", "fs.file-nr", "a counter"),
    ("sysctls", "fs.inode-nr", "a counter"),
    ("sysctls", "fs.inode-state", "a counter"),
    ("sysctls", "fs.aio-nr", "a counter"),
    ("sysctls", "fs.quota.*", "counters"),
    ("sysctls", "kernel.random.*", "random, new at each reading"),
    ("sysctls", "kernel.ns_last_pid", "a counter"),
    ("sysctls", "kernel.pty.nr", "a counter"),
    ("sysctls", "kernel.tainted", "a record of events, cannot be put back"),
    ("sysctls", "kernel.perf_event_max_sample_rate", "lowered by the kernel itself under load"),
    ("sysctls", "kernel.perf_cpu_time_max_percent", "lowered by the kernel itself under load"),
    ("sysctls", "kernel.usermodehelper.*", "bit masks of the boot"),
    ("sysctls", "kernel.core_modes", "a list that the kernel builds"),
    ("sysctls", "net.netfilter.nf_conntrack_count", "a counter"),
    ("sysctls", "net.netfilter.nf_conntrack_buckets", "set by the kernel when the module is loaded"),
    ("sysctls", "net.ipv4.tcp_fastopen_key", "a secret"),
    ("sysctls", "net.ipv6.conf.*.stable_secret", "a secret"),
    ("sysctls", "dev.cdrom.info", "a report, no setting"),
    ("sysctls", "vm.stat_refresh", "a trigger, no setting"),
    ("sysctls", "debug.*", "switches of the kernel's own tests"),
    ("bpf", "pin /sys/fs/bpf/*.debug", "the kernel makes them with the file system"),
    ("mounts", "/run/user/*", "comes and goes with logins"),
    ("mounts", "/run/credentials/*", "comes and goes with starts of services"),
    ("mounts", "/proc/sys/fs/binfmt_misc", "mounted by the first access"),
    ("processes", "/", "no group: nobody to tell it from"),
    ("processes", "/init.scope*", "systemd itself"),
    ("processes", "/user.slice*", "who is logged in"),
    ("processes", "/system.slice/ssh*", "the logins themselves, ours too"),
    ("processes", "/system.slice/system-*", "instances of template units, which the section units has"),
    ("processes", "/system.slice/cron*", "jobs of the clock"),
]


def _pattern(section: str) -> re.Pattern[str]:
    patterns = [pattern for name, pattern, _ in VOLATILE if name == section]
    if section == "processes":  # of a unit that comes and goes
        patterns += [f"/system.slice/{pattern}*" for name, pattern, _ in VOLATILE if name == "units"]
    return re.compile("|".join(fnmatch.translate(pattern) for pattern in patterns) or r"(?!)")


_COMPILED = {section: _pattern(section) for section in {name for name, _, _ in VOLATILE}}
_NONE = re.compile(r"(?!)")


def steady(section: str, entries: Mapping[str, str]) -> dict[str, str]:
    """Only the entries that tell something."""
    volatile = _COMPILED.get(section, _NONE)
    return {key: value for key, value in entries.items() if not volatile.match(key)}
