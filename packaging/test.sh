#!/usr/bin/env bash
# Tests the files that release.sh has made, in fresh installations of Debian. Takes minutes, and needs root for all parts but the first two.
#
#   sudo packaging/test.sh artifacts/release/1.2.3              every part
#   packaging/test.sh artifacts/release/1.2.3 files             these parts; tests/ has them
#
# Needs of Debian: debootstrap lintian systemd systemd-container man-db iproute2 curl openssl jq. SUITE is the Debian to test in (bookworm).
# Its base system is kept in a cache folder for the next run.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
release=${1:?which folder of release.sh?}
shift
(($# > 0)) || set -- files reproducible chroot systemd image

failed=()
for part; do
  echo "packaging/test.sh: $part"
  start=$SECONDS
  case $part in
    chroot | systemd | image)
      "$here/tests/debian.sh" >/dev/null
      isolated=(unshare --net) # it reaches nothing else, and ports are free
      ;;
    *) isolated=() ;;
  esac
  "${isolated[@]}" "$here/tests/$part.sh" "$release" || failed+=("$part")
  echo "packaging/test.sh: $part took $((SECONDS - start)) s"
done
((${#failed[@]} == 0)) || { echo "packaging/test.sh: failed: ${failed[*]}" >&2; exit 1; }
