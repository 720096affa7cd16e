#!/usr/bin/env bash
# Makes what is released of the commit that is checked out, into artifacts/release/VERSION: native files for Linux, each as a tarball and as
# a package of Debian, a bill of materials (CycloneDX), and SHA256SUMS. The same commit and the same SDK make the same bytes, on any day and
# in any folder. Needs no network once a run before has fetched the packages of NuGet.
#
#   ./release.sh 1.2.3        the version as an argument
#   ./release.sh              the version of the tag of the commit (v1.2.3)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 LC_ALL=C.UTF-8 TZ=UTC
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

main() {
  need git dotnet gcc jq tar gzip xz dpkg-deb dpkg-shlibdeps sha256sum objcopy
  version=$(version_of "$@")
  commit=$(git rev-parse HEAD)
  SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
  export SOURCE_DATE_EPOCH
  output=$PWD/artifacts/release/$version
  rm -rf "$output"
  mkdir -p "$output"

  # What was committed, and nothing that lies about.
  mkdir "$work/source"
  git archive HEAD | tar --extract --directory "$work/source"
  cd "$work/source"
  dotnet tool restore --verbosity quiet >/dev/null
  dotnet restore src/MtlsProbe --locked-mode --verbosity quiet

  local architecture built=()
  for architecture in x64 arm64; do
    if ! can_build "$architecture"; then
      echo "release.sh: linux-$architecture is left out: there is no cross compiler (gcc-aarch64-linux-gnu)" >&2
      continue
    fi
    publish "$architecture"
    built+=("$architecture")
    [[ -d $work/texts ]] || texts
    bill "$architecture"
    tarball "$architecture"
    debian "$architecture"
  done
  [[ -n ${built[*]} ]] || fail "there is nothing that this machine can build for"
  (cd "$output" && sha256sum -- * >"$work/SHA256SUMS" && mv "$work/SHA256SUMS" .)
  echo "release.sh: $version of ${commit:0:12} is in $output"
  (cd "$output" && ls -l)
}

fail() {
  echo "release.sh: $*" >&2
  exit 2
}

need() {
  local program missing=()
  for program; do command -v "$program" >/dev/null || missing+=("$program"); done
  ((${#missing[@]} == 0)) || fail "missing: ${missing[*]} (Debian: gcc binutils jq xz-utils dpkg-dev, and the .NET 10 SDK)"
}

# Semantic versioning, without metadata of a build: the commit is told by the program.
version_of() {
  local given=${1:-}
  if [[ -z $given ]]; then
    given=$(git describe --tags --exact-match --match 'v[0-9]*' 2>/dev/null) || fail "this commit has no tag vX.Y.Z: say which version it is, as in ./release.sh 1.2.3"
    given=${given#v}
  fi
  [[ $given =~ ^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z]+(\.[0-9A-Za-z]+)*)?$ ]] || fail "\"$given\" is not a version: write 1.2.3 or 1.2.3-rc.1"
  echo "$given"
}

can_build() {
  [[ $(native) == "$1" ]] || { [[ $1 == arm64 ]] && command -v aarch64-linux-gnu-gcc >/dev/null; }
}

native() {
  case $(uname -m) in x86_64) echo x64 ;; aarch64) echo arm64 ;; *) echo unknown ;; esac
}

# Paths of this machine stay out of the file by PathMap; two runs in two folders are compared by packaging/test.sh.
publish() {
  local cross=()
  [[ $1 == $(native) ]] || { cross_linker && cross=(-p:CppCompilerAndLinker="$work/linker" -p:ObjCopyName=aarch64-linux-gnu-objcopy -p:LinkerFlavor=bfd); }
  dotnet publish src/MtlsProbe --runtime "linux-$1" -p:PublishProfile=Native --output "$work/published/$1" --nologo --verbosity quiet \
    -p:Version="$version" -p:SourceRevisionId="$commit" -p:PathMap="$PWD=/source" -p:RunAnalyzers=false "${cross[@]}"
}

# The SDK tells its linker by a word of clang what to link for; gcc is another program for each target instead, and refuses the word.
cross_linker() {
  cat >"$work/linker" <<'EOF'
#!/bin/sh
for word; do
  shift
  case $word in --target=*) ;; *) set -- "$@" "$word" ;; esac
done
exec aarch64-linux-gnu-gcc "$@"
EOF
  chmod 755 "$work/linker"
}

# What the program says of itself; the same on every architecture.
texts() {
  local program=$work/published/$(native)/mtlsprobe command shell
  mkdir -p "$work/texts/man" "$work/texts/completion"
  "$program" man >"$work/texts/man/mtlsprobe.1"
  for command in $("$program" complete -- man '' | cut -f 1); do "$program" man "$command" >"$work/texts/man/mtlsprobe-$command.1"; done
  for shell in bash zsh fish; do "$program" completion "$shell" >"$work/texts/completion/$shell"; done
  "$program" licenses >"$work/texts/licenses"
}

# The packages by the tool of CycloneDX, with the hashes of the lock file; the runtime that is compiled in, by the packages that it was taken
# from. Date and order are those of the commit.
bill() {
  dotnet CycloneDX src/MtlsProbe/MtlsProbe.csproj --output "$work/bill" --output-format Json --no-serial-number --disable-package-restore \
    --set-name mtlsprobe --set-version "$version" --set-type Application >/dev/null
  jq --sort-keys --arg at "$(date --utc --date "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)" --arg commit "$commit" --arg rid "linux-$1" \
    --slurpfile assets src/MtlsProbe/obj/project.assets.json -f packaging/bill.jq "$work/bill/bom.json" >"$output/mtlsprobe-$version-linux-$1.cdx.json"
}

tarball() {
  local name=mtlsprobe-$version-linux-$1
  local root=$work/tar/$name
  mkdir -p "$root/examples"
  install -m 755 "$work/published/$1/mtlsprobe" "$root/mtlsprobe"
  install -m 644 README.md CHANGELOG.md LICENSE "$root"
  install -m 644 "$work/texts/licenses" "$root/THIRD-PARTY-NOTICES"
  install -m 644 "$output/$name.cdx.json" "$root/mtlsprobe.cdx.json"
  install -m 644 packaging/mtlsprobe.service packaging/mtlsprobe.default "$root/examples"
  install -m 644 examples/*.yml "$root/examples"
  cp -r "$work/texts/man" "$work/texts/completion" grafana "$root"
  rules "$root"
  pack "$work/tar" "$name" | gzip -9 --no-name >"$output/$name.tar.gz"
}

# The alerts, without what tests them.
rules() {
  mkdir "$1/alerts"
  install -m 644 alerts/*.yml "$1/alerts"
}

# A folder as it would be anywhere: order, owners and dates do not depend on this machine.
pack() {
  tar --create --directory "$1" --sort=name --format=gnu --owner=root:0 --group=root:0 --mode=u=rwX,go=rX --mtime="@$SOURCE_DATE_EPOCH" "$2"
}

debian() {
  local architecture revision=${version/-/\~}-1
  case $1 in x64) architecture=amd64 ;; *) architecture=$1 ;; esac
  local root=$work/deb/$1 doc=$work/deb/$1/usr/share/doc/mtlsprobe
  mkdir -p "$root/DEBIAN" "$doc/examples" "$root"/usr/bin "$root"/etc/{mtlsprobe,default} "$root"/usr/lib/systemd/system "$root"/usr/share/man/man1 \
    "$root"/usr/share/bash-completion/completions "$root"/usr/share/zsh/vendor-completions "$root"/usr/share/fish/vendor_completions.d
  install -m 755 "$work/published/$1/mtlsprobe" "$root/usr/bin/mtlsprobe"
  install -m 644 packaging/mtlsprobe.yml "$root/etc/mtlsprobe/mtlsprobe.yml"
  install -m 644 packaging/mtlsprobe.default "$root/etc/default/mtlsprobe"
  install -m 644 packaging/mtlsprobe.service "$root/usr/lib/systemd/system"
  install -m 644 "$work"/texts/man/*.1 "$root/usr/share/man/man1"
  gzip -9 --no-name "$root"/usr/share/man/man1/*
  install -m 644 "$work/texts/completion/bash" "$root/usr/share/bash-completion/completions/mtlsprobe"
  install -m 644 "$work/texts/completion/zsh" "$root/usr/share/zsh/vendor-completions/_mtlsprobe"
  install -m 644 "$work/texts/completion/fish" "$root/usr/share/fish/vendor_completions.d/mtlsprobe.fish"
  install -m 644 packaging/debian/copyright "$doc/copyright"
  install -m 644 "$work/texts/licenses" "$doc/THIRD-PARTY-NOTICES"
  install -m 644 "$output/mtlsprobe-$version-linux-$1.cdx.json" "$doc/mtlsprobe.cdx.json"
  install -m 644 CHANGELOG.md "$doc/changelog"
  changelog "$revision" >"$doc/changelog.Debian"
  gzip -9 --no-name "$doc"/{changelog,changelog.Debian,THIRD-PARTY-NOTICES,mtlsprobe.cdx.json}
  install -m 644 examples/mtlsprobe.yml examples/prometheus.yml "$doc/examples"
  cp -r grafana "$doc/examples"
  rules "$doc/examples"
  chmod -R u=rwX,go=rX "$doc/examples"

  install -m 755 packaging/debian/{postinst,prerm,postrm} "$root/DEBIAN"
  printf '%s\n' /etc/default/mtlsprobe /etc/mtlsprobe/mtlsprobe.yml >"$root/DEBIAN/conffiles"
  (cd "$root" && find etc usr -type f -print0 | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
  sed -e "s/@VERSION@/$revision/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@SIZE@/$(installed "$root")/" -e "s/@LIBRARIES@/$(libraries "$1")/" \
    packaging/debian/control >"$root/DEBIAN/control"
  find "$root" -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +
  dpkg-deb --root-owner-group -Zxz -z6 --threads-max=1 --build "$root" "$output/mtlsprobe_${revision}_$architecture.deb" >/dev/null
}

changelog() {
  cat <<EOF
mtlsprobe ($1) unstable; urgency=medium

  * Release $version: see /usr/share/doc/mtlsprobe/changelog.gz.

 -- The MtlsProbe authors <mtlsprobe@users.noreply.github.com>  $(date --utc --rfc-email --date "@$SOURCE_DATE_EPOCH")
EOF
}

# In KiB, by sizes of files and not of blocks, which depend on the file system; folders count 1 (deb-substvars(5)).
installed() {
  find "$1/etc" "$1/usr" \( -type f -printf '%s\n' \) -o -printf '1\n' | awk '{ sum += int(($1 + 1023) / 1024) } END { print sum }'
}

# The libraries that the file is linked with. libssl is loaded while it runs, so no tool sees it.
libraries() {
  mkdir -p "$work/shlibs/debian"
  printf 'Source: mtlsprobe\n\nPackage: mtlsprobe\nArchitecture: any\n' >"$work/shlibs/debian/control"
  (cd "$work/shlibs" && dpkg-shlibdeps -O --ignore-missing-info "$work/published/$1/mtlsprobe" 2>/dev/null) | sed 's/^shlibs:Depends=//'
}

main "$@"
