#!/usr/bin/env bash
# The packages of .NET that a release contains, and those that compile it. No lock file has them: the SDK determines their versions, and publishing
# adds them for the architecture. Prints one object of JSON for each: name, version, scope in the SBOM, and SHA-512 of the package as NuGet has it.
#
#   packaging/packs.sh ASSETS RID
#
# ASSETS is the project.assets.json of a publish for RID (linux-x64).
set -euo pipefail
assets=$1 rid=$2

main() {
  local packages name version scope sha512
  packages=$(jq --raw-output .project.restore.packagesPath "$assets")
  added | while read -r name version scope; do
    sha512=$(hash_of "$packages/${name,,}/$version/${name,,}.$version.nupkg.sha512")
    jq --null-input --arg name "$name" --arg version "$version" --arg scope "$scope" --arg sha512 "$sha512" '$ARGS.named'
  done
}

# Name, version and scope of each: "excluded" is for what is not part of the program.
added() {
  jq --raw-output --arg rid "$rid" '
    [ (.project.frameworks[].downloadDependencies[]? | { name, version: (.version | capture("^\\[(?<version>[^,]+)").version) }),
      (.libraries | keys[] | capture("^(?<name>[^/]+)/(?<version>.+)")) ]
    | map({
        ("microsoft.netcore.app.runtime.nativeaot." + $rid): "required",
        ("microsoft.aspnetcore.app.runtime." + $rid): "required",
        ("runtime." + $rid + ".microsoft.dotnet.ilcompiler"): "excluded",
        "runtime.linux-x64.microsoft.dotnet.ilcompiler": "excluded", # of the machine that compiles: it makes the program for arm64 too
        "microsoft.dotnet.ilcompiler": "excluded"
      }[.name | ascii_downcase] as $scope | select($scope) | "\(.name) \(.version) \($scope)")
    | unique[]' "$assets"
}

# The hash in a file of NuGet, in upper-case hexadecimal as the tool of CycloneDX writes it.
hash_of() { base64 --decode "$1" | od --address-radix=n --format=x1 --width=64 | tr -d ' \n' | tr a-f A-F; }

main
