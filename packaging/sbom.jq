# Completes the SBOM of the CycloneDX tool: the date and the revision of the commit, a fixed order, and the packages of .NET that packs.sh has found,
# which are compiled into the file or compile it.
($packs | map("pkg:nuget/\(.name)@\(.version)" as $purl
  | { type: "library", "bom-ref": $purl, name, version, $purl, scope, hashes: [{ alg: "SHA-512", content: .sha512 }],
      licenses: [{ license: { id: "MIT" } }], copyright: "Copyright (c) .NET Foundation and Contributors" })) as $packs
| .metadata.component["bom-ref"] as $program
| .metadata.timestamp = $at
| .metadata.component.purl = "pkg:github/mtlsprobe/mtlsprobe@\($commit)"
| .metadata.component.licenses = [{ license: { id: "Apache-2.0" } }]
| .components = (.components + $packs | sort_by(.purl))
| .dependencies |= (map(if .ref == $program then .dependsOn += ($packs | map(.purl)) else . end | .dependsOn |= (. // [] | sort)) | sort_by(.ref))
