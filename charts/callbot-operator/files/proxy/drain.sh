# Copied from src/edge/proxy/drain.sh by "make generate". Change it there, not here.
# Before an edge ends: probes of carriers get 503, and carriers go elsewhere; calls that come all the same are still put through. An edge that
# relays media goes on until it has no call: callers would hear nothing.
#   bash drain.sh SECONDS [MOST_SECONDS]
set -u
routes=$1
relays=${2:-0}
control=/dev/tcp/${RELAY_CONTROL:-127.0.0.1/2223}

# Sessions of the relay; nothing if it does not answer.
sessions() {
  { exec 3<>"$control"; } 2>/dev/null && printf '%s d7:command10:statisticse' "$SRANDOM" >&3 2>/dev/null &&
    timeout 1 dd bs=65536 count=1 status=none <&3 2>/dev/null | grep -aoE '13:sessionstotali[0-9]+e' | tr -dc '0-9' | cut -c3-
}

# Hundredths of a second since the node started. The SECONDS of bash step with the wall clock.
uptime() {
  local up
  read -r up _ </proc/uptime && echo $((10#${up/./}))
}

kamcmd -s "unixs:${EDGE_CONTROL:-/run/callbot-edge/ctl.sock}" pv.shvSet draining int 1 >/dev/null
sleep "$routes"
deadline=$(($(uptime) + relays * 100)) unheard=0
while (($(uptime) < deadline)); do
  count=$(sessions)
  [[ $count = 0 ]] && exit 0
  if [[ -n $count ]]; then unheard=0; elif ((++unheard >= 10)); then exit 0; fi
  sleep 1
done
