#!/usr/bin/env bash
# Installs a fresh Debian with the libraries that the package needs, once, and prints the archive of it.
set -euo pipefail
suite=${SUITE:-bookworm}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mtlsprobe/chroot
archive=$cache/$suite.tar
if [[ ! -f $archive ]]; then
  echo "packaging/test.sh: installing Debian $suite into $archive" >&2
  mkdir -p "$cache"
  new=$(mktemp -d "$cache/.new.XXXXXX")
  trap 'rm -rf "$new"' EXIT
  case $suite in bookworm) library=libssl3 ;; *) library=libssl3t64 ;; esac
  debootstrap --variant=minbase --include="systemd-sysv,adduser,$library,ca-certificates" "$suite" "$new/root" >"$new/log" || { tail "$new/log" >&2; exit 2; }
  rm -rf "$new"/root/var/cache/apt/archives/*.deb "$new"/root/var/lib/apt/lists/*
  tar --create --one-file-system --directory "$new/root" --file "$new/tar" .
  mv "$new/tar" "$archive"
fi
echo "$archive"
