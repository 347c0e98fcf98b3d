#!/bin/bash
# Runs the media relay, and starts it again at once when it ends or answers no more: until it is back, callers hear nothing, and a kubelet
# waits ten seconds and more before it starts a container for the second time. No process is started to ask.
#   keep-relay.sh COMMAND [ARGUMENT...]
set -u
control=/dev/tcp/${RELAY_CONTROL:-127.0.0.1/2223}

trap 'kill -TERM "$relay" 2>/dev/null; wait "$relay"; exit 0' TERM INT

# Nobody writes here: to read from it is a pause.
exec 4<> <(:)
pause() { IFS= read -r -t 0.5 -u 4; }

answers() {
  local octet
  { exec 3<>"$control"; } 2>/dev/null && printf '%s d7:command4:pinge' "$SRANDOM" >&3 2>/dev/null &&
    IFS= read -r -N 1 -t 0.5 -u 3 octet 2>/dev/null
}

while true; do
  "$@" &
  relay=$!
  was_heard=no unheard=0
  while pause; kill -0 "$relay" 2>/dev/null; do
    if answers; then
      was_heard=yes unheard=0
    elif [[ $was_heard = yes ]] && ((++unheard >= 2)); then
      echo 'the relay does not answer: it is started again' >&2
      kill -KILL "$relay"
    fi
  done
  wait "$relay"
  status=$?
  # What never worked will not work now: see its words, and let the kubelet wait before it tries again.
  [[ $was_heard = yes ]] || exit $((status > 0 ? status : 1))
  echo "the relay has ended ($status): it is started again" >&2
done
