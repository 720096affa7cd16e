#!/usr/bin/env bash
# The files of a release: complete, and as their formats want them.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

main() {
  check "the checksums match" checksums
  check "lintian finds nothing in the packages" lint
  check "the tarball holds the program of this version and commit" program
  check "every program is for its architecture" architectures
  check "the SBOM has the packages, the runtime and the compiler, with licences and hashes" sbom
  check "the chart has this version, and files instead of links" chart
  check "BUILDINFO names the commit, the SDK and the linker" build_info
  finish
}

checksums() {
  cd "$release" || return
  sha256sum --check --strict --quiet SHA256SUMS
  [[ $(wc --lines <SHA256SUMS) == $(find . -type f ! -name SHA256SUMS | wc --lines) ]]
}

lint() {
  local found
  found=$(lintian --allow-root --fail-on none "$release"/*.deb)
  [[ -z $found ]] || { echo "$found"; return 1; }
}

program() {
  tar --extract --file "$(built).tar.gz" --directory "$work" --strip-components 1
  local program=$work/bin/mtlsprobe
  "$program" version | grep --fixed-strings "mtlsprobe $version ("
  "$program" check-config --no-files "$work/share/doc/mtlsprobe/examples/mtlsprobe.yml"
  strings --encoding l "$program" >"$work/strings" # of .NET: UTF-16
  strings "$program" >>"$work/strings"
  grep --fixed-strings "$version+$(commit)" "$work/strings"
  fails grep --fixed-strings "$PWD" "$work/strings"
}

architectures() {
  local file machine
  for file in "$release"/*.tar.gz; do
    tar --extract --file "$file" --to-stdout --wildcards '*/bin/mtlsprobe' >"$work/program"
    case $file in *x64*) machine=X86-64 ;; *) machine=AArch64 ;; esac
    readelf --file-header "$work/program" | grep "Machine:.*$machine"
  done
}

sbom() {
  local file
  for file in "$release"/*.cdx.json; do
    jq --exit-status --arg version "$version" '
      .bomFormat == "CycloneDX" and .metadata.component.name == "mtlsprobe" and .metadata.component.version == $version
      and ([.components[] | select(.scope == "required").name]
        | index("Serilog") and index("System.CommandLine") and any(ascii_downcase | startswith("microsoft.netcore.app.runtime.")))
      and any(.components[]; .scope == "excluded" and (.name | ascii_downcase | test("^runtime\\.linux-x64\\..*\\.ilcompiler$")))
      and all(.components[]; .purl and .licenses and (.hashes[0].content | test("^[0-9A-F]{128}$")))' "$file"
  done
}

chart() {
  local package=$release/mtlsprobe-$version.tgz
  tar --extract --file "$package" --to-stdout mtlsprobe/Chart.yaml | grep --line-regexp --fixed-strings --count -e "version: $version" -e "appVersion: $version" | grep --line-regexp 2
  tar --list --verbose --file "$package" | grep 'mtlsprobe/files/alerts/.*\.rules\.yml'
  fails grep '^l' <(tar --list --verbose --file "$package")
}

build_info() {
  grep --line-regexp "commit $(commit)" "$release/BUILDINFO"
  grep --line-regexp 'sdk 10\..*' "$release/BUILDINFO"
  grep '^package binutils ' "$release/BUILDINFO"
  grep '^package gcc-[0-9]' "$release/BUILDINFO"
}

main
