#!/usr/bin/env bash
# The program as the last stage of the Dockerfile runs it: its user, environment, command and health check, with a read-only root file system.
# Without a container engine: in a chroot, of Debian and not of the base of the image.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
root=$work/root

main() {
  ip link set lo up
  debian_in "$root"
  tar --extract --file "$(built).tar.gz" --directory "$root/usr/local" --strip-components 1
  install -D -m 644 packaging/mtlsprobe.yml "$root/etc/mtlsprobe/mtlsprobe.yml"
  mounted --bind "$root" "$root"
  mount --options remount,bind,ro "$root"
  mapfile -t command < <(words ENTRYPOINT; words CMD)
  mapfile -t health < <(instruction HEALTHCHECK | sed 's/.* CMD //' | jq --raw-output '.[]')
  mapfile -t environment < <(instruction ENV)

  exec_inside "${command[@]}" >"$work/serve.log" 2>&1 &
  server=$!
  children+=("$server")
  check "it serves and is healthy" eventually inside "${health[@]}"
  check "it is not root, and can write nothing" restricted
  kill "$server"
  code=0
  wait "$server" || code=$?
  check "it stops with exit code 0" test "$code" = 0
  check "it is not healthy any more" fails inside "${health[@]}"
  finish
}

# The arguments of an instruction in the last stage.
instruction() {
  sed -e ':join' -e '/\\$/ { N; s/\\\n//; b join; }' Dockerfile | awk -v name="$1" '$1 == "FROM" { n = 0 } $1 == name { sub(/^[A-Z]+ +/, ""); lines[n++] = $0 } END { for (i = 0; i < n; i++) print lines[i] }'
}

words() { instruction "$1" | jq --raw-output '.[]'; }

inside() { (exec_inside "$@"); }

exec_inside() {
  local user
  user=$(instruction USER)
  exec chroot --userspec="$user" --groups="${user#*:}" "$root" /usr/bin/env -i --chdir="$(instruction WORKDIR)" PATH=/usr/local/bin:/usr/bin:/bin "${environment[@]}" "$@"
}

restricted() {
  [[ $(stat --format %u "/proc/$server") == "$(instruction USER | cut --delimiter : --fields 1)" ]]
  fails inside touch /tmp/written
}

main
