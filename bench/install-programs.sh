#!/bin/sh
# install-programs.sh: installs the programs that the bench runs, as root on Debian and only what is missing.
# Elsewhere it says in one line what is missing. Idempotent.
set -eu

missing=
program () { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
program nginx nginx-light
program gcc gcc
program openssl openssl
program curl curl
program aws awscli
program mktorrent mktorrent
program transmission-create transmission-cli
program ceph-mon ceph-mon
program ceph-osd ceph-osd
program radosgw radosgw
program ceph ceph-common
if ! command -v gcc >/dev/null 2>&1 || ! echo '#include <openssl/evp.h>' | gcc -E - >/dev/null 2>&1; then
  missing="$missing libssl-dev"
fi

[ -n "$missing" ] || exit 0
if ! [ -e /etc/debian_version ] || [ "$(id -u)" != 0 ]; then
  echo "for the whole bench, as root on Debian: apt-get install --no-install-recommends$missing"
  exit 0
fi

log=$(mktemp)
policy=
trap 'rm -f "$log" $policy' EXIT
# Or Debian starts an nginx on port 80 and a Ceph.
if ! [ -e /usr/sbin/policy-rc.d ]; then
  policy=/usr/sbin/policy-rc.d
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
fi
apt () { DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 "$@" </dev/null >>"$log" 2>&1; }
echo "installing$missing"
# shellcheck disable=SC2086
apt install --no-install-recommends $missing || {
  apt update && apt install --no-install-recommends $missing
} || {
  tail -n 30 "$log"
  exit 1
}
