#!/usr/bin/env bash
# Makes the Debian package of files that ../layout.sh has laid out. All files get the date SOURCE_DATE_EPOCH.
#
#   packaging/debian/build.sh FOLDER VERSION ARCHITECTURE OUTPUT [OPTION…]
#
# VERSION is a semantic version, ARCHITECTURE a name of Debian (amd64), OUTPUT the folder of the package. The options are for dpkg-deb.
set -euo pipefail
umask 022

files=$1 semantic=$2 architecture=$3
output=$(realpath "$4")
options=(-Zxz "${@:5}")
version=${semantic//-/\~} # 1.2.3~rc.1 sorts before 1.2.3
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"

main() {
  place
  describe
  find "$root" -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +
  dpkg-deb --root-owner-group --threads-max=1 "${options[@]}" --build "$root" "$output/mtlsprobe_${version}_$architecture.deb" >/dev/null
}

# The files where Debian wants them.
place() {
  local doc=$root/usr/share/doc/mtlsprobe
  mkdir -p "$root"/etc/{mtlsprobe,default}
  cp --recursive "$files" "$root/usr"
  mv "$root/usr/share/zsh/site-functions" "$root/usr/share/zsh/vendor-completions"
  sed -i 's|/usr/local/bin|/usr/bin|' "$root/usr/lib/systemd/system/mtlsprobe.service"
  mv "$doc/examples/mtlsprobe.default" "$root/etc/default/mtlsprobe"
  install -m 644 "$here/../mtlsprobe.yml" "$root/etc/mtlsprobe"
  install -m 644 "$here/copyright" "$doc"
  install -D -m 644 "$here/lintian-overrides" "$root/usr/share/lintian/overrides/mtlsprobe"
  rm "$doc/LICENSE" # /usr/share/common-licenses has it
  changelog >"$doc/changelog"
  gzip -9 --no-name "$doc"/{changelog,CHANGELOG.md,THIRD-PARTY-NOTICES,mtlsprobe.cdx.json} "$root"/usr/share/man/man1/*
}

changelog() {
  cat <<END
mtlsprobe ($version) unstable; urgency=medium

  * Release $semantic: see CHANGELOG.md.gz.

 -- The MtlsProbe authors <mtlsprobe@users.noreply.github.com>  $(date --utc --rfc-email --date "@$SOURCE_DATE_EPOCH")
END
}

# The control files.
describe() {
  local control=$root/DEBIAN
  mkdir "$control"
  install -m 755 "$here"/{postinst,prerm,postrm} "$control"
  (cd "$root" && find etc -type f -printf '/%p\n' | sort) >"$control/conffiles"
  (cd "$root" && find etc usr -type f -print0 | sort --zero-terminated | xargs -0 md5sum) >"$control/md5sums"
  sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@SIZE@/$(size)/" -e "s/@GLIBC@/$(glibc)/" "$here/control" >"$control/control"
}

# In KiB as deb-substvars(5) counts it, which does not depend on the file system.
size() {
  find "$root"/{etc,usr} \( -type f -printf '%s\n' \) -o -printf '1\n' | awk '{ sum += int(($1 + 1023) / 1024) } END { print sum }'
}

# The oldest version of glibc that has every symbol of the program.
glibc() {
  readelf --version-info --wide "$root/usr/bin/mtlsprobe" | grep --only-matching 'GLIBC_[0-9.]*' | sort --version-sort | tail --lines 1 | cut --delimiter _ --fields 2
}

main
