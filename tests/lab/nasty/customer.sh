# What a customer has on his machine before anything of ours comes.
set -eu
iptables-nft -A INPUT -s 5.5.5.5/32 -j DROP
iptables-nft -A INPUT -s 6.6.6.6/32 -j DROP
iptables-nft -A INPUT -s 7.7.7.7/32 -m comment --comment 'ours since "2019"' -j DROP
nft add table inet firewall
nft add chain inet firewall input '{ type filter hook input priority 0; policy accept; }'
nft add set inet firewall admins '{ type ipv4_addr; elements = { 8.8.8.1, 8.8.8.2 }; }'
nft add rule inet firewall input tcp dport 1111 counter drop
nft add rule inet firewall input tcp dport 2222 counter drop
nft add rule inet firewall input ip saddr @admins accept
ip route add blackhole 10.200.0.0/16
ip rule add priority 700 fwmark 0x7 lookup 77
sysctl -qw net.ipv4.conf.all.rp_filter=1
dd if=/dev/urandom of=/usr/local/bin/theirs bs=1k count=200 2>/dev/null
chmod 4750 /usr/local/bin/theirs
mkdir -p /etc/cni/net.d
echo '{"name": "secret of the customer"}' >/etc/cni/net.d/10-theirs.conf
chmod 0600 /etc/cni/net.d/10-theirs.conf
printf 'x' >"$(printf '/etc/cni/odd\377name')"
useradd -r theirs
