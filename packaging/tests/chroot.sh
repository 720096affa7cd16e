#!/usr/bin/env bash
# The package in a fresh Debian without systemd: installed, started as the unit says, upgraded while it runs, removed and purged.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
root=$work/root

main() {
  ip link set lo up
  debian_in "$root"
  mounted --types proc proc "$root/proc"
  cp "$(package)" "$root/run/first.deb"
  next_package "$root/run/next.deb"
  files >"$work/files"
  accounts >"$work/accounts"

  check "it is installed" installed
  configure "$root" env
  start
  check "it serves as the unit says, and probes with the key" serves
  check "it is upgraded while it runs" upgraded
  stop
  start
  check "the next version serves" serves
  stop
  check "it is removed, and its configuration stays" removed
  check "it is purged, and its user stays as long as there are keys" purged_beside_keys
  check "it is purged, and nothing is left" purged
  finish
}

inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C "$@"; }

# A setting of the unit as it is installed.
unit() { sed -n "s/^$1=-\?//p" "$root/usr/lib/systemd/system/mtlsprobe.service"; }

# All files, except what dpkg, ldconfig and adduser write for every package.
files() {
  (cd "$root" && find . \( -path ./proc -o -path ./run -o -path ./var/lib/dpkg -o -path ./var/log -o -path ./var/cache -o -path './etc/*-' \) -prune -o -printf '%y %m %U:%G %p\n' | sort)
}

accounts() { cat "$root"/etc/{passwd,group,shadow,gshadow}; }

installed() {
  inside dpkg --install /run/first.deb
  inside mtlsprobe version
  inside mtlsprobe check-config
  [[ $(inside getent passwd mtlsprobe) == mtlsprobe:*:/nonexistent:/usr/sbin/nologin ]]
}

# As systemd would: with the user, the state folder, the environment and the command of the unit.
start() {
  inside install -d -o "$(unit User)" -g "$(unit Group)" -m "$(unit StateDirectoryMode)" "/var/lib/$(unit StateDirectory)"
  exec_inside setpriv --reuid="$(unit User)" --regid="$(unit Group)" --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all \
    sh -c "umask $(unit UMask); . $(unit EnvironmentFile); exec $(unit ExecStart)" >>"$work/serve.log" 2>&1 &
  server=$!
  children+=("$server")
  eventually inside mtlsprobe healthcheck --ready || sed 's/^/    /' "$work/serve.log"
}

exec_inside() { exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }

stop() {
  local code=0
  kill "$server"
  wait "$server" || code=$?
  check "it stops with exit code 0" test "$code" = 0
}

serves() {
  [[ $(stat --format %u "/proc/$server") == $(inside id -u mtlsprobe) ]]
  eventually scrape 'mtlsprobe_success{.*target="server".*} 1'
  scrape 'mtlsprobe_build_info{'
  [[ -n $(ls "$root/var/lib/mtlsprobe") ]]
}

scrape() { curl --silent --fail http://127.0.0.1:10219/metrics | grep "$1"; }

# An edited conffile stays, and one that is not edited is that of the next version.
upgraded() {
  inside dpkg --install --force-confold /run/next.deb
  inside dpkg-query --show mtlsprobe | grep --fixed-strings +next
  scrape 'mtlsprobe_success{.*target="server".*} 1'
  grep --quiet 127.0.0.1:8443 "$root/etc/mtlsprobe/mtlsprobe.yml"
  grep --quiet 'of the next version' "$root/etc/default/mtlsprobe"
}

removed() {
  inside dpkg --remove mtlsprobe
  [[ ! -e $root/usr/bin/mtlsprobe && -e $root/etc/mtlsprobe/mtlsprobe.yml && -d $root/var/lib/mtlsprobe ]]
}

purged_beside_keys() {
  inside dpkg --purge mtlsprobe
  [[ -e $root/etc/mtlsprobe/client.key ]]
  inside id -u mtlsprobe
}

purged() {
  rm "$root"/etc/mtlsprobe/{client.crt,client.key,authority.crt}
  inside dpkg --install /run/first.deb
  local group
  group=$(inside getent group mtlsprobe | cut --delimiter : --fields 3)
  inside dpkg --purge mtlsprobe 2>&1 | grep --fixed-strings "find / -xdev -gid $group"
  files | diff "$work/files" -
  accounts | diff "$work/accounts" -
}

main
