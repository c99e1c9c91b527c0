# What the prober reads on a node: plain POSIX sh, no python3 needed, changes nothing. Runs as root from stdin.
# Each section is printed as `@@name`, the command, `@@=`, and the command's output; installer/probe/parse.py reads them.
# Nothing here may load a kernel module (`iptables -S` and a plain `ss` would): the machine must stay as it was found.
# Parameters: $PATHS (words) are the folders the product will use.

LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# A command that hangs (a dead NFS mount) must not cost the whole report.
if command -v timeout >/dev/null 2>&1; then limit='timeout 10'; else limit=; fi

see() { # NAME COMMAND
    printf '\n@@%s\n%s\n@@=\n' "$1" "$2"
    $limit sh -c "$2" 2>/dev/null </dev/null | head -c 131072
}

see id 'id -u'
see hostname 'uname -n'
see kernel 'uname -r -m'
see os 'cat /etc/os-release'
see machine_id 'cat /etc/machine-id'
see product_uuid 'cat /sys/class/dmi/id/product_uuid'
see virtualization 'systemd-detect-virt'
# What Ansible's modules import; a trimmed python3 (python3-minimal) lacks some of them.
see python 'python3 -c "import sys, importlib.util as u; print(\"%d.%d.%d\" % sys.version_info[:3], *[m for m in (\"json\", \"ssl\", \"ctypes\", \"zipfile\", \"subprocess\", \"tempfile\", \"hashlib\", \"socket\") if not u.find_spec(m)])"'
see init 'cat /proc/1/comm'
see systemd 'systemctl --version | head -n 1'
see cgroup 'stat -f -c %T /sys/fs/cgroup; cat /sys/fs/cgroup/cgroup.controllers || cat /proc/cgroups'
see cpuinfo 'grep -c ^processor /proc/cpuinfo; grep -m 1 -E "^(flags|Features)" /proc/cpuinfo'
see memory 'grep -E "^(MemTotal|MemAvailable|SwapTotal|HugePages_Total|Hugepagesize)" /proc/meminfo'
see mounts 'cat /proc/self/mounts'
see df 'df -Pk'
for path in $PATHS; do
    holder=$path
    while [ ! -e "$holder" ]; do holder=$(dirname "$holder"); done
    see "path:$path" "readlink -f $holder; df -Pk $holder"
done
see addresses 'ip -j address show'
see routes 'ip -j route show; ip -j -6 route show'
# With PROC_ROOT set, ss reads /proc/net instead of the kernel's diag modules.
see listeners 'PROC_ROOT=/proc ss -Hlntup'
see resolv 'cat /etc/resolv.conf'
# A name that does not exist. 2: a prompt no. 0: a wildcard in a search domain. 124: nobody answered in time.
see dns 'timeout 2 getent hosts no-such-host-$$; echo $?'
see hosts 'cat /etc/hosts'
# A proxy's password is nobody's business here.
see proxies '{ env; cat /etc/environment; } | grep -iE "^(export )?(http|https|all|no)_proxy=" | sed "s#//[^@/]*@#//***@#"'
see firewall 'for s in firewalld ufw; do systemctl is-active -q $s && echo $s; done
    if grep -q ^nf_tables /proc/modules || zcat /proc/config.gz | grep -q ^CONFIG_NF_TABLES=y; then
        nft list chains | grep -q "hook input.*policy drop" && echo nftables:policy-drop; fi'
see timedate 'timedatectl show -p NTPSynchronized -p LocalRTC'
see selinux 'cat /sys/fs/selinux/enforce'
see sshd 'sshd -T | grep -i ^usedns'
see commands 'for c in mount umount losetup cp tar ip ss sysctl systemctl modprobe; do command -v $c >/dev/null && echo $c yes || echo $c no; done'
see runtimes 'for s in docker containerd crio kubelet k3s k3s-agent rke2-server rke2-agent snap.microk8s.daemon-kubelite; do systemctl is-active -q $s && echo unit:$s; done
    for p in dockerd containerd crio kubelet kubeadm k3s rke2 microk8s podman; do w=$(command -v $p) && echo program:$w; done
    for d in /etc/kubernetes/manifests /etc/kubernetes/admin.conf /etc/kubernetes/kubelet.conf /var/lib/etcd/member /var/lib/kubelet/config.yaml /etc/cni/net.d /var/lib/rancher /var/lib/containerd/io.containerd.metadata.v1.bolt /run/containerd/containerd.sock /sys/fs/bpf/cilium; do
        if [ -d $d ]; then [ -n "$(ls -A $d)" ] && echo left:$d; elif [ -e $d ]; then echo left:$d; fi; done
    test -e /var/lib/slipway/journal.jsonl && echo slipway:/var/lib/slipway'
see modules 'for m in overlay vxlan br_netfilter nf_conntrack veth cls_bpf sch_ingress ip_tables iptable_nat; do
        if [ -e /sys/module/$m ]; then echo $m loaded
        elif grep -qE "/$m\.ko" /lib/modules/$(uname -r)/modules.builtin; then echo $m builtin
        elif modprobe -n -q $m; then echo $m loadable
        else echo $m absent; fi; done'
see kconfig '{ zcat /proc/config.gz || cat /boot/config-$(uname -r) || cat /lib/modules/$(uname -r)/config; } | grep -E "^CONFIG_(OVERLAY_FS|VXLAN|BRIDGE_NETFILTER|NF_CONNTRACK|VETH|NET_CLS_BPF|NET_SCH_INGRESS|IP_NF_IPTABLES|IP_NF_NAT|BPF_SYSCALL|BPF_JIT|CGROUP_BPF|NET_CLS_ACT|CGROUPS|NAMESPACES)=[ym]"'
see sysctls 'for k in net.ipv4.ip_forward net.ipv4.conf.all.rp_filter fs.inotify.max_user_instances fs.inotify.max_user_watches fs.file-max vm.overcommit_memory kernel.pid_max; do echo $k=$(sysctl -n $k); done'
see gpus 'nvidia-smi --query-gpu=index,name,memory.total,driver_version --format=csv,noheader || for d in /sys/bus/pci/devices/*; do
        case $(cat $d/vendor):$(cat $d/class) in 0x10de:0x0300*|0x10de:0x0302*|0x1002:0x0380*) echo pci ${d##*/} $(cat $d/vendor) $(cat $d/device);; esac; done'
see nouveau 'test -e /sys/module/nouveau && echo nouveau'
printf '\n@@end\n:\n@@=\n'
