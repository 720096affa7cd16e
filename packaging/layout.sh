#!/usr/bin/env bash
# Lays out the files of a release as they belong below /usr/local: bin, lib and share.
#
#   packaging/layout.sh PROGRAM SBOM FOLDER
#
# PROGRAM is the native file, which prints its own manual pages, completion scripts and licence notices. The Debian package has the same files
# below /usr (debian/build.sh).
set -euo pipefail
umask 022

program=$(realpath "$1")
sbom=$(realpath "$2")
folder=$(realpath --canonicalize-missing "$3")
cd "$(dirname "${BASH_SOURCE[0]}")/.."

share=$folder/share
doc=$share/doc/mtlsprobe
mkdir -p "$folder"/{bin,lib/systemd/system} "$share"/{man/man1,bash-completion/completions,zsh/site-functions,fish/vendor_completions.d} \
  "$doc"/examples/{alerts,grafana/dashboards,grafana/provisioning/dashboards,grafana/provisioning/datasources,targets.d}

install -m 755 "$program" "$folder/bin/mtlsprobe"
install -m 644 packaging/mtlsprobe.service "$folder/lib/systemd/system"

"$program" man >"$share/man/man1/mtlsprobe.1"
# The commands that have a page are those that the completion of "man" offers.
"$program" complete -- man '' | cut --fields 1 | while read -r command; do
  "$program" man "$command" >"$share/man/man1/mtlsprobe-$command.1"
done
"$program" completion bash >"$share/bash-completion/completions/mtlsprobe"
"$program" completion zsh >"$share/zsh/site-functions/_mtlsprobe"
"$program" completion fish >"$share/fish/vendor_completions.d/mtlsprobe.fish"

"$program" licenses >"$doc/THIRD-PARTY-NOTICES"
install -m 644 LICENSE CHANGELOG.md "$doc"
install -m 644 "$sbom" "$doc/mtlsprobe.cdx.json"
install -m 644 packaging/mtlsprobe.default examples/*.yml "$doc/examples"
install -m 644 examples/targets.d/*.yml "$doc/examples/targets.d"
install -m 644 alerts/*.yml "$doc/examples/alerts"
install -m 644 grafana/dashboards/*.json "$doc/examples/grafana/dashboards"
install -m 644 grafana/provisioning/dashboards/*.yml "$doc/examples/grafana/provisioning/dashboards"
install -m 644 grafana/provisioning/datasources/*.yml "$doc/examples/grafana/provisioning/datasources"
