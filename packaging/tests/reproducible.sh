#!/usr/bin/env bash
# A second run of release.sh, in another folder, at another time and without a network, makes the same bytes.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

main() {
  check "a second release has the same checksums" again
  finish
}

again() {
  git clone --quiet . "$work/clone"
  git -C "$work/clone" checkout --quiet --detach "$(commit)"
  # NuGet would otherwise take answers of the network from its cache.
  NUGET_HTTP_CACHE_PATH=$work/http unshare --map-root-user --net "$work/clone/release.sh" "$version"
  diff "$release/SHA256SUMS" "$work/clone/artifacts/release/$version/SHA256SUMS"
}

main
