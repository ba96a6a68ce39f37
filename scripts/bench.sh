#!/usr/bin/env bash
# Benchmarks against the stated goals and the field's tools, all in one run: quote ratios, the machine is noisy.
# Everything goes to loopback. Needs nginx, ab, wrk, mawk; goaccess and vegeta are compared when they are there.
# bench.sh [corners|rate|memory|analyze|micro]... runs only those parts.
set -euo pipefail
cd "$(dirname "$0")/.."
loadx=$PWD/bin/loadx
work=$(mktemp -d)
port=18099
nginx_pid=
trap '[ -z "$nginx_pid" ] || kill "$nginx_pid" 2>/dev/null || true; rm -rf "$work"' EXIT
export PATH=$PATH:/usr/sbin:$(go env GOPATH)/bin
parts=${*:-corners rate memory speed analyze micro}
format='$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$cookie_uid"'

say() { printf '\n== %s\n' "$*"; }
seconds() { local t; t=$( { TIMEFORMAT=%R; time "$@" >"$work/out" 2>"$work/err"; } 2>&1 ) || { cat "$work/err" >&2; return 1; }; echo "$t"; }
median() { sort -n | awk '{v[NR]=$1} END {print v[int((NR+1)/2)]}'; }

start_nginx() {
  [ -n "$nginx_pid" ] && return
  cat >"$work/nginx.conf" <<CONF
worker_processes 1; daemon off; pid $work/nginx.pid; error_log $work/error.log;
events { worker_connections 8192; }
http {
  log_format loadx '$format';
  access_log $work/access.log loadx buffer=64k flush=100ms;
  keepalive_requests 100000000; keepalive_timeout 60s; client_body_temp_path $work/body; proxy_temp_path $work/proxy;
  fastcgi_temp_path $work/fcgi; uwsgi_temp_path $work/uwsgi; scgi_temp_path $work/scgi;
  server { listen 127.0.0.1:$port backlog=8192; location / { return 200 "0123456789abcdef\n"; } }
}
CONF
  nginx -c "$work/nginx.conf" -e "$work/error.log" & nginx_pid=$!
  for _ in $(seq 100); do (echo >/dev/tcp/127.0.0.1/$port) 2>/dev/null && return; sleep 0.05; done
  echo "bench: nginx did not start" >&2; cat "$work/error.log" >&2; exit 1
}

corner() { # name pv uv
  sleep 0.5 # what nginx still buffers belongs to the run before
  : >"$work/access.log"
  "$loadx" attack "http://127.0.0.1:$port/" --pv "$2" --uv "$3" --max-rate --max-in-flight 64 --report json >"$work/r.json" ||
    { cat "$work/r.json"; exit 1; }
  sleep 0.5
  local pv uv
  pv=$(wc -l <"$work/access.log")
  uv=$(awk -F'"' '{print $(NF-1)}' "$work/access.log" | LC_ALL=C sort -u | wc -l)
  printf '%-24s sent PV %-8s UV %-8s  log holds PV %-8s UV %-8s (sort -u)  %s hits/s\n' "$1" "$2" "$3" "$pv" "$uv" \
    "$(awk -v n="$2" '/"duration_s"/ {gsub(/[^0-9.]/,"",$2); printf "%.0f", n/$2; exit}' "$work/r.json")"
  "$loadx" analyze "$work/access.log" --format "$format" --uv-key cookie:uid --pv raw --gate "pv == $2" --gate "uv == $3" | grep -E 'page views|unique|verdict'
  [ "$pv" = "$2" ] && [ "$uv" = "$3" ] || { echo "bench: the log does not hold what was sent" >&2; exit 1; }
}

machine() {
  say "machine"; go version; nproc | sed 's/$/ cores/'; uname -sr; "$loadx" version; uptime
}

bench_corners() {
  say "three corners at a million page views, real nginx that logs the cookie"
  start_nginx
  corner "all new" 1000000 1000000
  corner "one user" 1000000 1
  corner "returning" 1000000 250000
}

bench_rate() {
  say "10,000/s for 10 s on loopback: achieved rate and lag"
  start_nginx
  "$loadx" attack "http://127.0.0.1:$port/" --rate 10000/s --duration 10s --uv 25000 --gate 'rate >= 9990/s' --gate 'lag.p99 < 2ms' | sed -n '3,14p;/verdict/p'
}

bench_memory() {
  say "10 million hits: peak memory"
  start_nginx
  /usr/bin/env bash -c "ulimit -n 4096; \"$loadx\" attack http://127.0.0.1:$port/ --pv 10000000 --uv 1000000 --max-rate --max-in-flight 64 --report json >$work/m.json & pid=\$!; peak=0;
    while kill -0 \$pid 2>/dev/null; do m=\$(awk '/VmHWM/ {print \$2}' /proc/\$pid/status 2>/dev/null || echo 0); [ \"\${m:-0}\" -gt \$peak ] && peak=\$m; sleep 0.2; done; echo \"peak resident \$((peak/1024)) MiB\""
  say "a plan of 1,000,000,000 users"
  /usr/bin/env bash -c "\"$loadx\" plan http://127.0.0.1/ --pv 2000000000 --uv 1000000000 --rate 100000/s --hits 1000000 | tail -n 1"
}

bench_speed() {
  say "maximum rate, 64 connections, same nginx, in turn, 3 rounds (medians)"
  start_nginx
  local url=http://127.0.0.1:$port/ n=400000
  for round in 1 2 3; do
    : >"$work/access.log"
    "$loadx" attack $url --pv $n --uv 10000 --max-rate --max-in-flight 64 --report json | awk '/"duration_s"/ {gsub(/[^0-9.]/,"",$2); print '$n'/$2; exit}' >>"$work/loadx"
    ab -q -k -n $n -c 64 $url 2>/dev/null | awk '/Requests per second/ {print $4}' >>"$work/ab"
    wrk -t1 -c64 -d4s $url | awk '/Requests\/sec/ {print $2}' >>"$work/wrk"
    if command -v vegeta >/dev/null; then
      echo "GET $url" | vegeta attack -rate 0 -max-workers 64 -duration 4s | vegeta report | awk '/Requests/ {gsub(",","",$5); print $5}' >>"$work/vegeta"
    fi
  done
  for tool in loadx ab wrk vegeta; do [ -s "$work/$tool" ] && printf '%-8s %10.0f requests/s\n' $tool "$(median <"$work/$tool")"; done
  return 0
}

bench_analyze() {
  say "analyze: combined log, full default report, page cache warm (medians of 3)"
  go build -o "$work/genlog" ./scripts/genlog
  "$work/genlog" -lines 5000000 -visitors 900000 >"$work/log"
  cat "$work/log" >/dev/null
  ls -la "$work/log" | awk '{printf "5,000,000 lines, %.0f MB\n", $5/1e6}'
  local f="$work/log" lx wc mk
  for _ in 1 2 3; do seconds "$loadx" analyze "$f" >>"$work/t.loadx"; seconds wc -l "$f" >>"$work/t.wc"; seconds mawk '{u[$1]=1} END {n=0; for (k in u) n++; print n}' "$f" >>"$work/t.mawk"; done
  for _ in 1 2 3; do seconds env GOMAXPROCS=1 "$loadx" analyze "$f" --workers 1 >>"$work/t.one"; done
  lx=$(median <"$work/t.loadx") wc=$(median <"$work/t.wc") mk=$(median <"$work/t.mawk")
  awk -v a="$lx" -v b="$wc" -v c="$mk" -v o="$(median <"$work/t.one")" 'BEGIN {
    printf "loadx %.2f s (%.2f million lines/s), one core %.2f s (%.2f million/s), wc -l %.2f s (loadx takes %.1f times it), mawk distinct %.2f s (%.1f times loadx)\n", a, 5/a, o, 5/o, b, a/b, c, c/a}'
  if command -v goaccess >/dev/null; then
    head -n 1000000 "$f" >"$work/log1"
    local ga la; ga=$(seconds goaccess "$work/log1" --log-format=COMBINED --no-progress -o "$work/ga.json"); la=$(seconds "$loadx" analyze "$work/log1")
    awk -v g="$ga" -v l="$la" 'BEGIN {printf "1,000,000 lines: goaccess %.2f s, loadx %.2f s (%.0f times)\n", g, l, g/l}'
    goaccess --version | head -n 1
  fi
  say "analyze: peak memory with 20 million lines, 18 million visitors, 10 million paths"
  mkfifo "$work/fifo"; "$work/genlog" -lines 20000000 -visitors 18000000 -paths 2000000000 >"$work/fifo" &
  "$loadx" analyze - <"$work/fifo" >"$work/big.out" & local pid=$! peak=0 m
  while kill -0 $pid 2>/dev/null; do m=$(awk '/VmHWM/ {print $2}' /proc/$pid/status 2>/dev/null || true); [ "${m:-0}" -gt $peak ] && peak=$m; sleep 0.1; done
  echo "peak resident $((peak/1024)) MiB"; grep -E 'hits|unique' "$work/big.out"
}

bench_micro() {
  say "per line and per hit"
  go test -run '^$' -bench . -benchmem -benchtime 200ms ./analyze/accesslog ./profile/... ./scenarios/... ./attack/... 2>&1 | grep -E '^(Benchmark|pkg)' || true
}

machine
for part in $parts; do "bench_$part"; done
