#!/bin/bash
# The baseline: what an engineer would type, with nothing checked, verified, recorded or undone.
# usage: bare.sh ADDRESS KEY KNOWN_HOSTS FOLDER
#   FOLDER: root/ (unpacked files as they lie on the node), images.tar (an OCI layout), cilium.yaml, kubeadm.yaml
set -euo pipefail
address=$1 folder=$4
ssh=(ssh -i "$2" -o UserKnownHostsFile="$3" -o BatchMode=yes -o ControlMaster=auto -o ControlPath="$folder/%C" -o ControlPersist=10 "root@$address")

tar -C "$folder/root" -cf - . | "${ssh[@]}" tar -C / --no-same-owner -xf -
"${ssh[@]}" 'sysctl -q -w net.ipv4.ip_forward=1 && systemctl daemon-reload && systemctl start lab-mounts containerd && systemctl enable -q kubelet'
"${ssh[@]}" ctr -n k8s.io images import - <"$folder/images.tar" >/dev/null
"${ssh[@]}" 'kubeadm init --config /dev/stdin --skip-token-print' <"$folder/kubeadm.yaml" >/dev/null 2>&1
"${ssh[@]}" kubectl --kubeconfig /etc/kubernetes/admin.conf apply --server-side -f - <"$folder/cilium.yaml" >/dev/null
"${ssh[@]}" kubectl --kubeconfig /etc/kubernetes/admin.conf wait --for=condition=Ready nodes --all --timeout=180s >/dev/null
