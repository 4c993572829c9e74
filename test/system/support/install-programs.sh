#!/bin/sh
# install-programs.sh: installs the real programs that the system tests run, as root on Debian and only what is missing.
# Elsewhere it says in one line what is missing. Idempotent.
set -eu

missing=
program () { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
module () {
  for python in python3 /usr/bin/python3; do
    "$python" -c "import $1" >/dev/null 2>&1 && return 0
  done
  missing="$missing $2"
}
program ceph-mon ceph-mon
program ceph-osd ceph-osd
program radosgw radosgw
program ceph ceph-common
program aws awscli
program aria2c aria2
program transmission-cli transmission-cli
program s3cmd s3cmd
program curl curl
module boto3 python3-boto3
module libtorrent python3-libtorrent

[ -n "$missing" ] || exit 0
if ! [ -e /etc/debian_version ] || [ "$(id -u)" != 0 ]; then
  echo "for all the system tests, as root on Debian: apt-get install --no-install-recommends$missing"
  exit 0
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt () { DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 "$@" </dev/null >>"$log" 2>&1; }
echo "installing$missing"
# shellcheck disable=SC2086
apt install --no-install-recommends $missing || {
  apt update && apt install --no-install-recommends $missing
} || {
  tail -n 30 "$log"
  exit 1
}
