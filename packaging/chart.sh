#!/usr/bin/env bash
# Makes a package of the Helm chart, mtlsprobe-VERSION.tgz: what "helm package --version --app-version" makes, but without helm, and the same bytes
# each time. All files get the date SOURCE_DATE_EPOCH.
#
#   packaging/chart.sh VERSION OUTPUT
#
# OUTPUT is the folder of the package.
set -euo pipefail
umask 022

version=$1
output=$(realpath "$2")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chart=$work/mtlsprobe

cp --recursive --dereference charts/mtlsprobe "$chart"
grep --invert-match '^#' "$chart/.helmignore" | (cd "$chart" && xargs rm --recursive) # names, no patterns
sed --in-place --regexp-extended "s/^(version|appVersion): .*/\1: $version/" "$chart/Chart.yaml"
packaging/archive.sh "$chart" "$output/mtlsprobe-$version.tgz"
