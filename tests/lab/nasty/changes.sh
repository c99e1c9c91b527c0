# Everything an installation might do to a machine, and worse; run on a node that customer.sh prepared.
set -eu

# files: new ones of every kind, changed, replaced by another kind, removed; private and large ones of the customer's
mkdir -p /etc/containerd/certs.d/x /opt/cni/bin /run/thing/sub /var/lib/etcd/member /usr/libexec/kubernetes/plugins
echo 1 >/etc/containerd/config.toml
ln -s /nowhere /etc/containerd/dangling
mkfifo /etc/containerd/pipe
chmod 0700 /etc/containerd/certs.d
echo '1.2.3.4 registry' >>/etc/hosts
chmod 0600 /etc/motd
chown 1:1 /etc/motd
rm /etc/issue
ln -sf /nowhere /etc/os-release
rm -r /etc/cni
echo x >/etc/cni
dd if=/dev/urandom of=/usr/local/bin/kubelet bs=1k count=300 2>/dev/null
echo x >>/usr/local/bin/theirs
echo x >/var/lib/etcd/member/wal

# a service that ignores SIGTERM and leaves a child behind
cat >/etc/systemd/system/stubborn.service <<U
[Service]
ExecStart=/bin/sh -c 'trap "" TERM; (trap "" TERM; read x </etc/containerd/pipe) & read x </etc/containerd/pipe'
KillMode=process
TimeoutStopSec=1
[Install]
WantedBy=multi-user.target
U
systemctl daemon-reload
systemctl enable -q --now stubborn.service
systemctl mask -q --now e2scrub_all.timer

# a pod: processes in groups of every hierarchy, a name space, links, mounts
for place in $(awk '$3 ~ /^cgroup/ && $2 ~ "^/sys/fs/cgroup" { print $2 }' /proc/mounts); do
    mkdir -p "$place/kubepods/pod1/c1"
    case $place in */cpuset) for d in kubepods kubepods/pod1 kubepods/pod1/c1; do
        cat "$place/cpuset.cpus" >"$place/$d/cpuset.cpus"; cat "$place/cpuset.mems" >"$place/$d/cpuset.mems"; done ;; esac
    setsid sh -c "echo \$\$ >$place/kubepods/pod1/c1/cgroup.procs; trap '' TERM; exec tail -f /dev/null" >/dev/null 2>&1 </dev/null &
done
ip link add cilium_host type bridge
ip link set cilium_host up
ip link add lxc1 type veth peer name peer
ip netns add pod1
ip link set peer netns pod1
ip link set lxc1 up
ip address add 10.77.0.1/24 dev cilium_host
ip address add 10.78.0.9/32 dev eth0
ip route add 10.99.0.0/16 dev cilium_host
ip route add table 2004 local 10.98.0.0/16 dev lo
ip -6 route add fd77::/64 dev cilium_host
ip route del blackhole 10.200.0.0/16
ip rule add priority 9 fwmark 0x200/0xf00 lookup 2004
ip rule add priority 100 lookup local
ip rule del priority 0 lookup local
ip rule del priority 700
ip link set eth0 mtu 1400
tc qdisc add dev eth0 clsact
tc filter add dev eth0 ingress pref 7 protocol ip u32 match u32 0 0 action ok 2>/dev/null || true # not every kernel has it
mount -t tmpfs tmpfs /run/thing/sub
mkdir /run/thing/sub/deep
mount -t tmpfs tmpfs /run/thing/sub/deep
mount --bind /etc /var/lib/etcd/member && true
mount -t tmpfs tmpfs /opt/cni
mount --make-shared /

# packet filters, in and beside the customer's
iptables-nft -N KUBE-FIREWALL
iptables-nft -A KUBE-FIREWALL -m comment --comment "a b" -j DROP
iptables-nft -I INPUT 1 -s 9.9.9.9 -j KUBE-FIREWALL
iptables-nft -I INPUT 3 -s 9.9.9.8 -j KUBE-FIREWALL
iptables-nft -D INPUT -s 6.6.6.6/32 -j DROP
iptables-nft -P FORWARD DROP
iptables-nft -t nat -N CILIUM_POST
iptables-nft -t nat -A POSTROUTING -j CILIUM_POST
ip6tables-nft -N KUBE-NODEPORTS
nft add rule inet firewall input tcp dport 99 drop
nft flush chain inet firewall input
nft add rule inet firewall input tcp dport 2222 counter drop
nft add table ip ours
nft add chain ip ours filter '{ type filter hook input priority 5; policy accept; }'
nft add chain ip ours refuse
nft add rule ip ours refuse drop
nft add map ip ours verdicts '{ type ipv4_addr : verdict; }'
nft add element ip ours verdicts '{ 1.1.1.1 : jump refuse }'
nft add rule ip ours filter ip saddr vmap @verdicts

sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=2 net.ipv4.conf.eth0.rp_filter=2
groupadd ourgroup
useradd -g ourgroup -M -F ours 2>/dev/null || useradd -g ourgroup -M ours
