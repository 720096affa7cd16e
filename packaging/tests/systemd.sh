#!/usr/bin/env bash
# The package in a fresh Debian with systemd, which is booted in a container: the service with all restrictions of its unit.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
root=$work/root

main() {
  debian_in "$root"
  cp "$(package)" "$root/root/first.deb"
  next_package "$root/root/next.deb"
  boot

  check "installed, it is enabled and serves" installed
  configure "$root" inside_network
  check "it probes with the key, without privileges" probes
  check "a reload with a mistake is in the status until it is corrected" reloads
  check "it reaches SPIRE's default socket and the tokens of SoftHSM as docs/installation.md says, and not otherwise" widened
  check "it is started again after a crash" crashes
  check "it is started again if it hangs, and not before" hangs
  check "an upgrade restarts it" upgraded
  check "an upgrade that does not accept the configuration leaves it running" refused
  check "a configuration that is corrected starts it" heals
  check "removed, it is stopped" removed
  check "purged, nothing is left" purged
  finish
}

boot() {
  systemd-nspawn --quiet --directory "$root" --register=no --keep-unit --private-network --boot >"$work/console" 2>&1 &
  children+=("$!")
  eventually pgrep --parent "$!" >/dev/null
  init=$(pgrep --parent "$!")
  eventually inside systemctl is-active --quiet multi-user.target || { cat "$work/console"; exit 2; }
}

inside() { nsenter --target "$init" --all /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C "$@"; }

inside_network() { exec nsenter --target "$init" --net "$@"; }

property() { inside systemctl show --property "$1" --value mtlsprobe; }

scrape() { (inside_network curl --silent --fail http://127.0.0.1:10219/metrics) | grep "$1"; }

active() { [[ $(property ActiveState) == active ]] && scrape 'mtlsprobe_success{.*target="server".*} 1'; }

process() { property MainPID; }

restarted() { [[ $(process) != 0 && $(process) != "$1" ]] && active; }

installed() {
  inside dpkg --install /root/first.deb
  inside systemctl is-enabled mtlsprobe
  [[ $(property ActiveState) == active && $(property StatusText) == "Serving on http://[::]:10219" && $(property WatchdogUSec) == 2min ]]
  inside systemd-analyze verify --man=no mtlsprobe.service >"$work/mistakes" 2>&1
  fails grep mtlsprobe "$work/mistakes"
  inside mtlsprobe healthcheck --ready
}

# The kernel says what the process may do.
probes() {
  eventually active
  inside cat "/proc/$(process)/status" >"$work/status"
  grep -E '^(CapEff|CapBnd):\s0+$' "$work/status"
  grep -E '^NoNewPrivs:\s1$' "$work/status"
  grep -E '^Seccomp:\s2$' "$work/status"
  fails grep -E '^Uid:\s0' "$work/status"
  inside cat "/proc/$(process)/limits" | grep -E '^Max core file size +0 +0'
}

reloads() {
  sed -i 's/^targets:/nonsense: true\n&/' "$root/etc/mtlsprobe/mtlsprobe.yml"
  inside systemctl reload mtlsprobe
  eventually says 'The configuration file has errors.*mtlsprobe.yml:4:1'
  sed -i '/^nonsense/d' "$root/etc/mtlsprobe/mtlsprobe.yml"
  inside systemctl reload mtlsprobe
  eventually says '10219$'
}

# Each setting as it is in the table of the documentation.
widened() {
  local settings
  inside groupadd --system softhsm
  inside install -d -o root -g softhsm -m 2770 /var/lib/softhsm/tokens
  inside mkdir -p /tmp/spire-agent/public
  fails finds_socket
  fails writes_token
  mapfile -t settings < <(grep -E '^\| .*(SPIRE|SoftHSM)' docs/installation.md | cut --delimiter '|' --fields 3 | grep --only-matching '[A-Za-z]*=[a-z/-]*')
  [[ ${#settings[@]} == 3 ]]
  short "${settings[@]}"
  inside systemctl restart mtlsprobe
  finds_socket
  writes_token
  inside rm -r /var/lib/softhsm /tmp/spire-agent
}

finds_socket() { as_service test -d /tmp/spire-agent/public; }

writes_token() { as_service touch /var/lib/softhsm/tokens/token.object; }

# A command with the files, the user and the groups of the service.
as_service() {
  local groups
  groups=$(inside sed -n 's/^Groups:\s*//p' "/proc/$(process)/status" | xargs | tr ' ' ,)
  inside nsenter --target "$(process)" --mount setpriv --reuid mtlsprobe --regid mtlsprobe --groups "$groups" --inh-caps=-all "$@"
}

says() { property StatusText | grep "$1"; }

crashes() {
  local before
  short 'RestartSec=1'
  before=$(process)
  inside systemctl kill --signal KILL mtlsprobe
  eventually restarted "$before"
}

hangs() {
  local before
  short 'RestartSec=1' 'WatchdogSec=2'
  inside systemctl restart mtlsprobe
  before=$(process)
  sleep 5 # longer than the watchdog waits
  [[ $(process) == "$before" ]]
  inside systemctl kill --signal STOP mtlsprobe
  eventually restarted "$before"
  inside journalctl --unit mtlsprobe --no-pager | grep 'watchdog'
}

# Settings of the unit that would take minutes.
short() {
  inside mkdir -p /run/systemd/system/mtlsprobe.service.d
  printf '%s\n' '[Service]' "$@" | inside tee /run/systemd/system/mtlsprobe.service.d/short.conf
  inside systemctl daemon-reload
}

upgraded() {
  local before
  before=$(process)
  inside dpkg --install --force-confold /root/next.deb
  eventually restarted "$before"
}

refused() {
  local before
  before=$(process)
  sed -i 's/^targets:/nonsense: true\n&/' "$root/etc/mtlsprobe/mtlsprobe.yml"
  inside dpkg --install --force-confold /root/first.deb 2>&1 | grep 'was not restarted'
  inside dpkg-query --show mtlsprobe | grep --invert-match --fixed-strings +next
  [[ $(process) == "$before" ]]
  active
}

heals() {
  fails inside systemctl restart mtlsprobe
  sed -i '/^nonsense/d' "$root/etc/mtlsprobe/mtlsprobe.yml"
  eventually active
}

removed() {
  inside dpkg --remove mtlsprobe
  [[ $(property ActiveState) == inactive ]]
  fails scrape mtlsprobe
}

purged() {
  rm "$root"/etc/mtlsprobe/{client.crt,client.key,authority.crt}
  inside rm -r /run/systemd/system/mtlsprobe.service.d
  inside dpkg --purge mtlsprobe
  [[ -z $(inside find / -xdev -name '*mtlsprobe*' ! -path '/proc/*' ! -path '/root/*') ]]
  [[ -z $(inside find / -xdev -nouser ! -path '/proc/*') ]]
  fails inside getent passwd mtlsprobe
  fails inside getent group mtlsprobe
}

main
