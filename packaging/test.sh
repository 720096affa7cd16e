#!/usr/bin/env bash
# What a release promises, of the files that release.sh has made:
#
#   ./release.sh 1.2.3 && sudo packaging/test.sh artifacts/release/1.2.3
#
# - lintian finds nothing in the package, and systemd nothing in the unit
# - in a fresh Debian (debootstrap) the package is installed, run as its unit says, upgraded while it runs, removed and purged, and leaves
#   nothing behind
# - the program runs as the Dockerfile says: its user, its command line, its health check, a root that is read-only, nothing else mounted
# - with --reproducible: a second run of release.sh, in another folder and without a network, makes the same bytes
#
# Needs root, and Debian's packages debootstrap, lintian, systemd and man-db. The chroot is kept in a cache folder for the next run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly suite=${SUITE:-bookworm}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mtlsprobe/chroot
work=$(mktemp -d)
root=$work/root
server=
failed=0

main() {
  local reproducible=
  [[ ${1:-} == --reproducible ]] && reproducible=1 && shift
  release=$(realpath "${1:?the folder that release.sh has made}")
  package=$(echo "$release"/mtlsprobe_*_"$(dpkg --print-architecture)".deb)
  [[ -f $package ]] || { echo "test.sh: $release has no package for this machine" >&2; exit 2; }
  trap clean EXIT

  check "the checksums are right" sums
  check "lintian finds nothing" lint
  check "systemd finds nothing in the unit" unit
  check "the tarball holds a program that runs" tarball
  check "the bill of materials names what is inside" bill
  chroot_of_debian
  lifecycle
  check "it serves as the Dockerfile says" as_image
  if [[ $reproducible ]]; then check "a second run makes the same bytes, without a network" again; fi
  ((failed == 0)) && echo "packaging/test.sh: all is as promised" || { echo "packaging/test.sh: $failed failed" >&2; exit 1; }
}

clean() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  ! mountpoint -q "$root/proc" || umount "$root/proc"
  ! mountpoint -q "$work/image" || umount "$work/image"
  rm -rf "$work"
}

# Runs in a shell of its own, with what it says shown only when it fails.
check() {
  local what=$1
  shift
  local code=0
  set +e # a condition around it would make it deaf for what fails inside
  (set -e; "$@") >"$work/said" 2>&1
  code=$?
  set -e
  if ((code == 0)); then
    echo "ok: $what"
  else
    echo "FAILED: $what"
    sed 's/^/    /' "$work/said"
    failed=$((failed + 1))
  fi
}

sums() { cd "$release" && sha256sum --check --strict --quiet SHA256SUMS; }

# In Debian itself, the first entry of a changelog closes the wish for the package.
lint() {
  local said
  said=$(lintian --allow-root --fail-on none --suppress-tags initial-upload-closes-no-bugs "$package")
  [[ -z $said ]] || { echo "$said"; return 1; }
}

# As it is installed: what it names has to be there.
unit() {
  mkdir -p "$work/unit"
  sed 's|/usr/bin/mtlsprobe|/bin/true|' packaging/mtlsprobe.service >"$work/unit/mtlsprobe.service"
  local said
  said=$(systemd-analyze verify --man=no "$work/unit/mtlsprobe.service" 2>&1 | grep mtlsprobe || true)
  [[ -z $said ]] || { echo "$said"; return 1; }
  systemd-analyze security --offline=true --threshold=20 --no-pager "$work/unit/mtlsprobe.service" | tail -n 1
  systemd-analyze security --offline=true --threshold=20 "$work/unit/mtlsprobe.service" >/dev/null
}

tarball() {
  local file=("$release"/mtlsprobe-*-linux-"$(case $(dpkg --print-architecture) in amd64) echo x64 ;; *) echo arm64 ;; esac)".tar.gz)
  mkdir "$work/tarball"
  tar --extract --file "${file[0]}" --directory "$work/tarball" --strip-components 1
  "$work/tarball/mtlsprobe" version | grep -F "mtlsprobe $(basename "$release") "
  man --warnings -l "$work/tarball/man/mtlsprobe-probe.1" >/dev/null
  "$work/tarball/mtlsprobe" check-config --no-files "$work/tarball/examples/mtlsprobe.yml"
}

bill() {
  local file
  for file in "$release"/*.cdx.json; do
    jq -e '.bomFormat == "CycloneDX" and .metadata.component.name == "mtlsprobe"
      and ([.components[].name] | index("Serilog") and index("System.CommandLine") and (map(ascii_downcase) | any(startswith("microsoft.netcore.app.runtime."))))
      and all(.components[]; .purl and .licenses)' "$file"
  done
}

# Debian as it is installed first, without a network from then on.
chroot_of_debian() {
  local base=$cache/$suite.tar
  if [[ ! -f $base ]]; then
    echo "packaging/test.sh: making a chroot of $suite"
    mkdir -p "$cache" "$work/new"
    debootstrap --variant=minbase --include=adduser,libssl3,ca-certificates "$suite" "$work/new" >"$work/debootstrap.log" || { tail "$work/debootstrap.log" >&2; exit 2; }
    rm -rf "$work/new/var/cache/apt/archives"/*.deb "$work/new/var/lib/apt/lists"/*
    tar --create --one-file-system --directory "$work/new" . >"$base.new"
    mv "$base.new" "$base"
    rm -rf "$work/new"
  fi
  mkdir "$root"
  tar --extract --directory "$root" --file "$base"
  mount -t proc proc "$root/proc"
  cp "$package" "$root/tmp/first.deb"
  next "$package" "$root/tmp/next.deb"
}

# The same contents as the next version.
next() {
  dpkg-deb --raw-extract "$1" "$work/next"
  sed -i 's/^Version: .*/&+next/' "$work/next/DEBIAN/control"
  dpkg-deb --root-owner-group -Znone --build "$work/next" "$2" >/dev/null
}

inside() { (exec_inside "$@"); }

# In the place of this shell, so that its process is the one of the command.
exec_inside() { exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C "$@"; }

# What is there, without what dpkg and ldconfig write of every package.
listing() { (cd "$root" && find . -path ./proc -prune -o -path ./run -prune -o -path ./tmp -prune -o -path ./var/lib/dpkg -prune -o -path ./var/log -prune -o -path ./var/cache -prune -o -printf '%y %m %U:%G %p\n' | grep -v '/etc/[a-z]*-$' | sort); }

accounts() { cat "$root/etc/passwd" "$root/etc/group"; }

lifecycle() {
  listing >"$work/before"
  accounts >"$work/accounts"
  check "it is installed" install_first
  start
  check "it serves as its unit says" served
  check "it is upgraded while it runs, and keeps an edited configuration" upgraded
  stop
  start
  check "the next version serves" served
  stop
  check "it is removed, and its configuration stays" removed
  check "it is purged, and nothing is left" purged
}

install_first() {
  inside dpkg --install /tmp/first.deb
  inside mtlsprobe version
  inside mtlsprobe check-config
  inside getent passwd mtlsprobe
  [[ -f $root/usr/share/man/man1/mtlsprobe.1.gz && -f $root/usr/share/bash-completion/completions/mtlsprobe ]] || inside dpkg --listfiles mtlsprobe | grep man1
}

# What systemd would do: the user, the folder of the state, the command of the unit with its environment file.
start() {
  local command
  command=$(sed -n 's/^ExecStart=//p' "$root/usr/lib/systemd/system/mtlsprobe.service")
  inside install -d -o mtlsprobe -g mtlsprobe -m 750 /var/lib/mtlsprobe
  printf 'ARGS="--web.listen-address 127.0.0.1:10219"\n' >"$root/etc/default/mtlsprobe"
  exec_inside setpriv --reuid=mtlsprobe --regid=mtlsprobe --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all \
    sh -c ". /etc/default/mtlsprobe; exec $command" >>"$work/serve.log" 2>&1 &
  server=$!
  local tries
  for ((tries = 0; tries < 100; tries++)); do
    inside mtlsprobe healthcheck >/dev/null 2>&1 && return
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  cat "$work/serve.log" >&2
}

stop() {
  kill "$server"
  wait "$server" || { echo "FAILED: it ended with $?"; failed=$((failed + 1)); }
  server=
}

served() {
  inside mtlsprobe healthcheck --ready
  [[ $(stat --format %u "/proc/$server") != 0 ]]
  curl --silent --fail http://127.0.0.1:10219/metrics | grep '^mtlsprobe_build_info'
  [[ -n $(ls "$root/var/lib/mtlsprobe") ]]
}

upgraded() {
  echo '# edited' >>"$root/etc/mtlsprobe/mtlsprobe.yml"
  inside dpkg --install /tmp/next.deb
  inside mtlsprobe healthcheck
  kill -0 "$server"
  tail -n 1 "$root/etc/mtlsprobe/mtlsprobe.yml" | grep edited
  inside dpkg-query --show mtlsprobe | grep -F +next
}

removed() {
  inside dpkg --remove mtlsprobe
  [[ ! -e $root/usr/bin/mtlsprobe && -e $root/etc/mtlsprobe/mtlsprobe.yml ]]
}

purged() {
  inside dpkg --purge mtlsprobe
  listing | diff "$work/before" -
  accounts | diff "$work/accounts" -
}

# Without an engine for containers: the words of the Dockerfile in a chroot, of Debian and not of its base.
as_image() {
  local image=$work/image words process code=1 tries
  mkdir "$image"
  tar --extract --directory "$image" --file "$cache/$suite.tar"
  install -m 755 "$work/tarball/mtlsprobe" "$image/usr/local/bin/mtlsprobe"
  install -D -m 644 packaging/mtlsprobe.yml "$image/etc/mtlsprobe/mtlsprobe.yml"
  mount --bind "$image" "$image"
  mount -o remount,bind,ro "$image"
  mapfile -t words < <(sed -n 's/^\(ENTRYPOINT\|CMD\) //p' Dockerfile | jq -r '.[]')
  exec_in_image "$image" "${words[@]}" &
  process=$!
  mapfile -t words < <(sed -n 's/^HEALTHCHECK.* CMD //p' Dockerfile | jq -r '.[]')
  for ((tries = 0; tries < 100 && code != 0; tries++)); do
    code=0
    in_image "$image" "${words[@]}" || code=$?
    ((code == 0)) || sleep 0.1
  done
  ! in_image "$image" touch /etc/mtlsprobe/written || code=1
  kill "$process" && wait "$process" || code=$?
  ! in_image "$image" "${words[@]}" || code=1 # nobody serves any more
  return "$code"
}

in_image() { (exec_in_image "$@"); }

exec_in_image() {
  local image=$1 user environment
  shift
  user=$(sed -n 's/^USER //p' Dockerfile)
  mapfile -t environment < <(sed -n '/^FROM/h; /^ENV/H; ${x; s/^[^\n]*\n//; s/ENV //g; p}' Dockerfile)
  exec chroot --userspec="$user" --groups="${user#*:}" "$image" /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin "${environment[@]}" "$@"
}

# In a clone elsewhere, in a network namespace of its own, which has not even a loopback.
again() {
  git clone --quiet . "$work/clone"
  git -C "$work/clone" checkout --quiet HEAD
  unshare --net "$work/clone/release.sh" "$(basename "$release")"
  diff "$release/SHA256SUMS" "$work/clone/artifacts/release/$(basename "$release")/SHA256SUMS"
}

main "$@"
