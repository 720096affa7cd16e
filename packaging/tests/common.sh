# shellcheck shell=bash
# What the parts of packaging/test.sh share. Each gets the folder of the release as its argument.
set -euo pipefail
release=$(realpath "$1")
version=$(basename "$release")
work=$(mktemp -d)
failed=0
children=()
mounts=()
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

trap clean EXIT

clean() {
  ((${#children[@]} == 0)) || kill "${children[@]}" 2>/dev/null || true
  wait
  ((${#mounts[@]} == 0)) || umount "${mounts[@]}"
  rm -rf --one-file-system "$work"
}

# Mounts something at its last argument until the end.
mounted() {
  mount "$@"
  mounts=("${!#}" "${mounts[@]}")
}

# Runs a test in a shell of its own; its output is shown only if it fails.
check() {
  local what=$1 code=0
  shift
  set +e # in a condition, -e would have no effect inside
  (set -e; "$@") >"$work/output" 2>&1
  code=$?
  set -e
  if ((code == 0)); then
    echo "ok: $what"
  else
    echo "FAILED: $what"
    sed 's/^/    /' "$work/output"
    failed=1
  fi
}

# The last command of a part: 1 if a test has failed.
finish() { return "$failed"; }

# Expects that a command fails; "! command" would not end a test.
fails() {
  if "$@"; then
    echo "it should have failed: $*"
    return 1
  fi
}

# Repeats a command until it succeeds, for half a minute.
eventually() {
  local tries
  for ((tries = 0; tries < 300; tries++)); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.1
  done
  "$@"
}

package() { echo "$release"/mtlsprobe_*_"$(dpkg --print-architecture)".deb; }

# The commit that the release was made of, as its SBOM says.
commit() { jq --raw-output '.metadata.component.purl | split("@")[1]' "$(built).cdx.json"; }

# The files of the release for this machine, without their endings.
built() { echo "$release/mtlsprobe-$version-linux-$(case $(uname -m) in x86_64) echo x64 ;; *) echo arm64 ;; esac)"; }

# Makes a folder the root of a fresh Debian, which test.sh has installed.
debian_in() {
  mkdir "$1"
  tar --extract --directory "$1" --file "$(packaging/tests/debian.sh)"
}

# The package with the next version, in which both conffiles are changed.
next_package() {
  dpkg-deb --raw-extract "$(package)" "$work/next"
  sed -i 's/^Version: .*/&+next/' "$work/next/DEBIAN/control"
  for file in mtlsprobe/mtlsprobe.yml default/mtlsprobe; do echo '# of the next version' >>"$work/next/etc/$file"; done
  dpkg-deb --root-owner-group -Znone --build "$work/next" "$1" >/dev/null
  rm -rf "$work/next"
}

# Edits the configuration below a root for one target, which is a server that requires the certificate of a client. The key is readable by the
# service and nobody else. Then starts the server, with the command that reaches its network in front.
configure() {
  local etc=$1/etc/mtlsprobe group
  shift
  group=$(awk -F: '$1 == "mtlsprobe" { print $3 }' "$etc/../group")
  credential authority -subj /CN=authority
  credential server -subj /CN=server -addext subjectAltName=IP:127.0.0.1 -CA "$work/authority.crt" -CAkey "$work/authority.key"
  credential client -subj /CN=client -CA "$work/authority.crt" -CAkey "$work/authority.key"
  install -m 644 "$work"/{client,authority}.crt "$etc"
  install -m 640 -o root -g "$group" "$work/client.key" "$etc"
  cat >"$etc/mtlsprobe.yml" <<'END'
defaults: { interval: 1s }
identities: { client: { current: { certificate: client.crt, key: client.key } } }
trust: { internal: { files: [authority.crt] } }
targets:
  - { name: server, address: "127.0.0.1:8443", identity: client, trust: internal }
END
  "$@" openssl s_server -accept 127.0.0.1:8443 -www -quiet -Verify 1 -verify_return_error -CAfile "$work/authority.crt" \
    -cert "$work/server.crt" -key "$work/server.key" >"$work/server.log" 2>&1 &
  children+=("$!")
}

credential() {
  local name=$1
  shift
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout "$work/$name.key" -out "$work/$name.crt" "$@" 2>/dev/null
}
