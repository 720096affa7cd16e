#!/usr/bin/env bash
# Makes a release of the commit that is checked out, in artifacts/release/VERSION: for each architecture a tarball, a Debian package and a
# CycloneDX SBOM, and SHA256SUMS for all of them. The same commit and the same SDK make the same bytes. Needs no network if the NuGet packages
# are there from a run before.
#
#   ./release.sh 1.2.3        this version
#   ./release.sh              the version in the tag of the commit (v1.2.3)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1 LC_ALL=C.UTF-8 TZ=UTC
export NuGetAudit=false # of ./test.sh: it asks the network, and its answer changes
umask 022

main() {
  need git dotnet gcc objcopy readelf jq gzip xz dpkg-deb
  host=$(host)
  version=$(version_of "$@")
  [[ -z $(git status --porcelain) ]] || fail "a release contains only what is committed, and 'git status' shows changes: commit or stash them"
  commit=$(git rev-parse HEAD)
  SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
  export SOURCE_DATE_EPOCH
  prepare

  local architecture
  for architecture in $(architectures); do
    echo "release.sh: building $version for linux-$architecture"
    publish "$architecture"
    package "$architecture" "$output/mtlsprobe-$version-linux-$architecture"
  done
  (cd "$output" && sha256sum -- *) >"$work/SHA256SUMS"
  mv "$work/SHA256SUMS" "$output"
  echo "release.sh: $version of commit ${commit:0:12} is in $output"
}

fail() {
  echo "release.sh: $*" >&2
  exit 2
}

need() {
  local program missing=()
  for program; do command -v "$program" >/dev/null || missing+=("$program"); done
  ((${#missing[@]} == 0)) || fail "missing: ${missing[*]}. Debian has all but dotnet: apt-get install git gcc libc6-dev binutils jq gzip xz-utils dpkg"
}

# A semantic version without build metadata, because the program has the commit.
version_of() {
  local given=${1:-} number='(0|[1-9][0-9]*)' word='(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)'
  if [[ -z $given ]]; then
    given=$(git describe --tags --exact-match --match 'v[0-9]*' 2>/dev/null) || fail "this commit has no tag like v1.2.3, so the version must be given: ./release.sh 1.2.3"
    given=${given#v}
  fi
  [[ $given =~ ^$number\.$number\.$number(-$word(\.$word)*)?$ ]] || fail "\"$given\" is not a version: write it like 1.2.3 or 1.2.3-rc.1"
  echo "$given"
}

# The committed files, in a folder below this one: further up, others may have put settings for MSBuild or NuGet (/tmp/Directory.Build.targets).
prepare() {
  output=$PWD/artifacts/release/$version
  work=$PWD/artifacts/release/.work
  trap 'rm -rf "$work"' EXIT
  rm -rf "$output" "$work"
  mkdir -p "$output" "$work/source"
  git archive HEAD | tar --extract --directory "$work/source"
  cd "$work/source"
  dotnet tool restore --verbosity quiet >/dev/null
  dotnet restore src/MtlsProbe --locked-mode --verbosity quiet
  list_packages # before anything is restored for an architecture
}

host() {
  case $(uname -m) in x86_64) echo x64 ;; aarch64) echo arm64 ;; *) fail "MtlsProbe is not released for $(uname -m)" ;; esac
}

architectures() {
  echo "$host"
  [[ $host == x64 ]] || return 0
  if command -v aarch64-linux-gnu-gcc >/dev/null; then echo arm64; else echo "release.sh: linux-arm64 is left out; it needs gcc-aarch64-linux-gnu and libc6-dev-arm64-cross" >&2; fi
}

# PathMap keeps the folder of the build out of the file.
publish() {
  local options=()
  [[ $1 == "$host" ]] || cross_linker
  dotnet publish src/MtlsProbe --runtime "linux-$1" -p:PublishProfile=Native --output "$work/$1" --nologo --verbosity quiet \
    -p:Version="$version" -p:SourceRevisionId="$commit" -p:PathMap="$PWD=/source" -p:RunAnalyzers=false -p:UseSharedCompilation=false "${options[@]}"
}

# The SDK passes --target=…, which clang knows; gcc is a separate program for each target and refuses it.
cross_linker() {
  cat >"$work/linker" <<'END'
#!/bin/sh
for word; do
  shift
  case $word in --target=*) ;; *) set -- "$@" "$word" ;; esac
done
exec aarch64-linux-gnu-gcc "$@"
END
  chmod 755 "$work/linker"
  options=(-p:CppCompilerAndLinker="$work/linker" -p:ObjCopyName=aarch64-linux-gnu-objcopy -p:LinkerFlavor=bfd)
}

package() {
  local files=$work/tar/${2##*/}
  sbom "$1" >"$2.cdx.json"
  packaging/layout.sh "$work/$host/mtlsprobe" "$2.cdx.json" "$files"
  install -m 755 "$work/$1/mtlsprobe" "$files/bin/mtlsprobe" # of this architecture: the other one has printed the texts
  tar --create --directory "$work/tar" --sort=name --format=gnu --owner=root:0 --group=root:0 --mtime="@$SOURCE_DATE_EPOCH" "${2##*/}" | gzip -9 --no-name >"$2.tar.gz"
  packaging/debian/build.sh "$files" "$version" "$(case $1 in x64) echo amd64 ;; *) echo "$1" ;; esac)" "$output"
}

# The packages of the lock file, by the tool of CycloneDX. With an empty folder as the feed, it asks no network: all packages are restored.
list_packages() {
  mkdir "$work/feed"
  dotnet CycloneDX src/MtlsProbe/MtlsProbe.csproj --output "$work" --filename packages.json --output-format Json --no-serial-number --disable-package-restore \
    --url "$work/feed" --set-name mtlsprobe --set-version "$version" --set-type Application >/dev/null
}

# Those, and the .NET runtime that is compiled in.
sbom() {
  jq --sort-keys --arg at "$(date --utc --date "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)" --arg commit "$commit" --arg rid "linux-$1" \
    --slurpfile assets src/MtlsProbe/obj/project.assets.json -f packaging/sbom.jq "$work/packages.json"
}

main "$@"
