#!/bin/bash
# Keeps the media relay from sending anything to its own pod, its node, its link, a group, a metadata service or a port of a system, by
# rules of the pod's network namespace for the user that the relay runs as. Before the relay starts; needs NET_ADMIN.
#   RELAY_UID=65533 POD_IPS=10.1.2.3 NODE_IPS=10.0.0.1 relay-filter.sh
set -euo pipefail
: "${RELAY_UID:?the user of the relay}" "${POD_IPS:?addresses of the pod, comma between}" "${NODE_IPS:?addresses of its node, comma between}"

# Those of IPv4: the relay speaks nothing else.
own=
for address in ${POD_IPS//,/ } ${NODE_IPS//,/ }; do
  [[ $address = *:* ]] || own+="$address, "
done

# A second run replaces the first.
nft -f - <<EOF
table inet callbot_relay
delete table inet callbot_relay
table inet callbot_relay {
  set never {
    type ipv4_addr
    flags interval
    auto-merge
    elements = { ${own}0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, 224.0.0.0/3, 100.100.100.200, 168.63.129.16, 192.0.0.192 }
  }
  chain media {
    ip daddr @never counter drop
    meta nfproto ipv6 counter drop
    udp dport < 1024 counter drop
  }
  chain output {
    type filter hook output priority filter; policy accept;
    meta skuid $RELAY_UID meta l4proto udp jump media
  }
}
EOF
