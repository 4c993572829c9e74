#!/bin/sh
# install-programs.sh PURPOSE PACKAGE...: installs these Debian packages, as root on Debian. Elsewhere it says in one
# line what is missing for what. For the system tests and the bench, which find out what is missing, and run this only
# where they were told to.
set -eu

purpose=$1
shift
if ! [ -e /etc/debian_version ] || [ "$(id -u)" != 0 ]; then
  echo "for $purpose, as root on Debian: apt-get install --no-install-recommends $*"
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
echo "installing $*"
apt install --no-install-recommends "$@" || {
  apt update && apt install --no-install-recommends "$@"
} || {
  tail -n 30 "$log"
  exit 1
}
