#!/usr/bin/env bash
# Packs a folder so that the same files make the same bytes: sorted, owned by root, with the date SOURCE_DATE_EPOCH.
#
#   packaging/archive.sh FOLDER FILE
set -euo pipefail
folder=$(realpath "$1")
tar --create --directory "$(dirname "$folder")" --sort=name --format=gnu --owner=root:0 --group=root:0 --mtime="@$SOURCE_DATE_EPOCH" "$(basename "$folder")" |
  gzip -9 --no-name >"$2"
