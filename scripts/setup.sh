#!/usr/bin/env bash
# Installs the real programs that the end-to-end tests run, by their Debian names, where apt can.
# Without them the tests say which of them they skip; with CI=true a missing program fails them.
set -u
declare -A package=([nginx]=nginx-light [ab]=apache2-utils [redis-server]=redis-server [node]=nodejs [chromium]=chromium
  [wrk]=wrk [goaccess]=goaccess [curl]=curl [tmux]=tmux [mandoc]=mandoc [groff]=groff-base
  [python3]=python3 [xmllint]=libxml2-utils)
missing=()
for program in "${!package[@]}"; do
  command -v "$program" >/dev/null 2>&1 || [ -x "/usr/sbin/$program" ] || missing+=("${package[$program]}")
done
[ -e /usr/share/bash-completion/bash_completion ] || missing+=(bash-completion)
# Debian's own python3 is asked, the only one that sees Debian's modules; the tests look for it there too.
/usr/bin/python3 -c 'import prometheus_client.openmetrics.parser' 2>/dev/null || missing+=(python3-prometheus-client)
[ ${#missing[@]} -eq 0 ] && exit 0
if ! command -v apt-get >/dev/null 2>&1; then
  echo "setup: no apt-get here; the tests that need ${missing[*]} will be skipped" >&2
  exit 0
fi
sudo=""
if [ "$(id -u)" -ne 0 ]; then
  # Never ask for a password: tests are also run where nobody can answer.
  if sudo -n true 2>/dev/null; then sudo="sudo -n"; else
    echo "setup: not root; the tests that need ${missing[*]} will be skipped (apt-get install ${missing[*]})" >&2
    exit 0
  fi
fi
export DEBIAN_FRONTEND=noninteractive
# Packages that start a service on install must not: the tests start their own on free ports.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null && $sudo chmod +x "$policy"
  trap '$sudo rm -f "$policy"' EXIT
fi
echo "setup: installing ${missing[*]}" >&2
if ! { $sudo apt-get update -qq && $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/tmp/loadx-setup.log 2>&1; then
  echo "setup: apt-get could not install ${missing[*]} (see /tmp/loadx-setup.log)" >&2
  [ "${CI:-}" = true ] && exit 1
fi
exit 0
