#!/bin/sh
# packages.sh NAME...: run while an image is built. Installs what is missing as Debian's archive had it at the time that
# the lock names, then compares every installed package with it. DRIFT=report only reports what differs.
# The lock is packages.lock beside this file, or LOCK.
set -eu
lock="$(dirname "$0")/${LOCK:-packages.lock}"
suite=$(sed -n 's/^# suite //p' "$lock")
snapshot=$(sed -n 's/^# snapshot //p' "$lock")
archive=http://snapshot.debian.org/archive

is_missing() { ! dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }

missing=
for name in "$@"; do
  if is_missing "$name"; then missing="$missing $name"; fi
done
if [ -n "$missing" ]; then
  # Signed by Debian, so plain HTTP will do; an archive of the past is past its validity by nature.
  options='[check-valid-until=no signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
  rm -f /etc/apt/sources.list.d/*
  {
    echo "deb $options $archive/debian/$snapshot $suite main"
    # sid has neither.
    if [ "$suite" != sid ]; then
      echo "deb $options $archive/debian/$snapshot $suite-updates main"
      echo "deb $options $archive/debian-security/$snapshot $suite-security main"
    fi
  } >/etc/apt/sources.list
  export DEBIAN_FRONTEND=noninteractive
  apt-get update --error-on=any
  apt-get full-upgrade -y --no-install-recommends
  # shellcheck disable=SC2086 # a list of names
  apt-get install -y --no-install-recommends $missing
  rm -rf /var/lib/apt/lists/*
fi

work=$(mktemp -d)
dpkg-query -W -f '${Package} ${Version}\n' | sort >"$work/found"
architecture=$(dpkg --print-architecture)
sed -n "s/^\([^# ][^ ]* [^ ]*\) \($architecture\|all\) .*/\1/p" "$lock" | sort >"$work/locked"
different=$(comm -23 "$work/found" "$work/locked")
rm -r "$work"
[ -z "$different" ] && exit 0
echo "packages that $(basename "$lock") does not have in this version:" $different >&2
[ "${DRIFT:-refuse}" = report ] && exit 0
echo 'run make lock-packages and commit the lock, or build with --build-arg DRIFT=report' >&2
exit 1
