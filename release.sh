#!/usr/bin/env bash
# Makes a release of the commit that is checked out, in artifacts/release/VERSION: for each architecture a tarball, a Debian package and a
# CycloneDX SBOM; the Helm chart, BUILDINFO, and SHA256SUMS for all of them. The same commit makes the same bytes with what BUILDINFO names: the SDK,
# and the Debian packages that link and compress. Needs no network if the NuGet packages are there from a run before.
#
#   ./release.sh 1.2.3        this version
#   ./release.sh              the version in the tag of the commit (v1.2.3)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1 LC_ALL=C.UTF-8 TZ=UTC
export NuGetAudit=false # of ./test.sh: it asks the network, and its answer changes
umask 022

main() {
  need git dotnet gcc objcopy readelf jq tar gzip xz dpkg-deb dpkg-query
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
  packaging/chart.sh "$version" "$output"
  build_info >"$output/BUILDINFO"
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
  ((${#missing[@]} == 0)) || fail "missing: ${missing[*]}. Debian has all but dotnet: apt-get install git gcc libc6-dev binutils jq tar gzip xz-utils dpkg"
}

# A semantic version without build metadata, because the program has the commit.
version_of() {
  local given=${1:-} tags number='(0|[1-9][0-9]*)' word='(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)'
  mapfile -t tags < <(git tag --points-at HEAD 'v[0-9]*')
  if [[ -z $given ]]; then
    ((${#tags[@]} > 0)) || fail "this commit has no tag like v1.2.3, so the version must be given: ./release.sh 1.2.3"
    ((${#tags[@]} == 1)) || fail "this commit has several tags (${tags[*]}), so the version must be given: ./release.sh ${tags[0]#v}"
    given=${tags[0]#v}
  fi
  [[ $given =~ ^$number\.$number\.$number(-$word(\.$word)*)?$ ]] || fail "\"$given\" is not a version: write it like 1.2.3 or 1.2.3-rc.1"
  ((${#tags[@]} == 0)) || [[ " ${tags[*]} " == *" v$given "* ]] || fail "the tag of this commit is ${tags[*]}, not v$given: check out the commit that you mean, or tag it"
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
  if echo 'int main() { }' | aarch64-linux-gnu-gcc -x c - -o "$work/linked" 2>/dev/null; then echo arm64; else echo "release.sh: linux-arm64 is left out; it needs gcc-aarch64-linux-gnu and libc6-dev-arm64-cross" >&2; fi
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
  packaging/archive.sh "$files" "$2.tar.gz"
  packaging/debian/build.sh "$files" "$version" "$(case $1 in x64) echo amd64 ;; *) echo "$1" ;; esac)" "$output"
}

# The packages of the lock file, by the tool of CycloneDX. With an empty folder as the feed, it asks no network: all packages are restored.
list_packages() {
  mkdir "$work/feed"
  dotnet CycloneDX src/MtlsProbe/MtlsProbe.csproj --output "$work" --filename packages.json --output-format Json --no-serial-number --disable-package-restore \
    --url "$work/feed" --set-name mtlsprobe --set-version "$version" --set-type Application >/dev/null
}

# Those, the .NET runtime that is compiled in, and its compiler.
sbom() {
  packaging/packs.sh src/MtlsProbe/obj/project.assets.json "linux-$1" >"$work/packs.json"
  jq --sort-keys --arg at "$(date --utc --date "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)" --arg commit "$commit" --arg rid "linux-$1" \
    --slurpfile packs "$work/packs.json" -f packaging/sbom.jq "$work/packages.json"
}

# What determines the bytes besides the commit. Debian names packages of compilers with their version.
build_info() {
  echo "commit $commit"
  echo "sdk $(dotnet --version)"
  echo "system $(. /etc/os-release && echo "$PRETTY_NAME")"
  { dpkg-query --show --showformat '${db:Status-Abbrev}\t${Package} ${Version}\n' \
    'binutils*' gcc 'gcc-[0-9]*' gcc-aarch64-linux-gnu 'libgcc-*' 'libc6*' dpkg liblzma5 xz-utils gzip tar jq 2>/dev/null || true; } |
    awk -F '\t' '/^.i/ { print "package", $2 }' | LC_ALL=C sort
}

main "$@"
