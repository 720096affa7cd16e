# Completes the SBOM of the CycloneDX tool: the date and the revision of the commit, a fixed order, and the packages of .NET that are compiled into
# the file. No lock file has those; project.assets.json says which were downloaded.
def runtime: ["microsoft.netcore.app.runtime.nativeaot." + $rid, "microsoft.aspnetcore.app.runtime." + $rid];

def compiled_in:
  [ $assets[0].project.frameworks[].downloadDependencies[]?
    | select(.name | ascii_downcase | IN(runtime[]))
    | { name, version: (.version | capture("^\\[(?<version>[^,]+)").version) }
    | "pkg:nuget/\(.name)@\(.version)" as $purl
    | { type: "library", "bom-ref": $purl, name, version, $purl, scope: "required",
        licenses: [{ license: { id: "MIT" } }], copyright: "Copyright (c) .NET Foundation and Contributors" } ]
  | unique_by(.purl);

compiled_in as $compiled_in
| .metadata.component["bom-ref"] as $program
| .metadata.timestamp = $at
| .metadata.component.purl = "pkg:github/mtlsprobe/mtlsprobe@\($commit)"
| .metadata.component.licenses = [{ license: { id: "Apache-2.0" } }]
| .components = (.components + $compiled_in | sort_by(.purl))
| .dependencies |= (map(if .ref == $program then .dependsOn += ($compiled_in | map(.purl)) end | .dependsOn |= (. // [] | sort)) | sort_by(.ref))
