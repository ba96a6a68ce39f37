#!/usr/bin/env bash
# Benchmarks against the stated goals and the field's tools, all in one run: quote ratios, the machine is noisy.
# Everything goes to loopback. Needs nginx, ab, wrk, mawk; goaccess is compared when it is there;
# vegeta, hey, bombardier and k6 are built once into .cache/bench-bin.
# bench.sh PART... runs only those parts:
#   corners   a million page views each of new, one and returning users, sent against seen
#   rate      achieved rate and lag at a fixed rate
#   memory    the peak of an attack of 10 million hits, and a plan of 1,000,000,000 users
#   speed     maximum rate, against other load testers
#   soak      memory over an attack of SOAK_PV=10000000 hits of SOAK_UV=1000000 users with cookies
#   analyze   a combined log: speed, against other programs, and memory
#   formats   speed with a log of FORMATS_LINES=2000000 lines in each format, or in those of FORMATS="NAME..."
#   gzip      a gzipped log of GZIP_LINES=5000000 lines, against decompressors alone: gzip, pigz if it is there, and loadx's own
#   distinct  memory with DISTINCT_LINES=100000000 lines in which nearly everything is new; needs no disk
#   micro     Go benchmarks per line and per hit
#   pgo       no benchmark, and only run when named: makes cmd/loadx/default.pgo anew
set -euo pipefail
cd "$(dirname "$0")/.."
loadx=$PWD/bin/loadx
work=$(mktemp -d)
port=18099
nginx_pid=
trap '[ -z "$nginx_pid" ] || kill "$nginx_pid" 2>/dev/null || true; rm -rf "$work"' EXIT
export PATH=$PATH:/usr/sbin:$(go env GOPATH)/bin
parts=${*:-corners rate memory speed soak analyze formats gzip distinct micro}
format='$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$cookie_uid"'

say() { printf '\n== %s\n' "$*"; }
seconds() { local t; t=$( { TIMEFORMAT=%R; time "$@" >"$work/out" 2>"$work/err"; } 2>&1 ) || { cat "$work/err" >&2; return 1; }; echo "$t"; }
median() { sort -n | awk '{v[NR]=$1} END {print v[int((NR+1)/2)]}'; }
# peak PID waits for the end of a process and prints its largest resident memory in MiB.
peak() {
  local m peak=0
  while kill -0 "$1" 2>/dev/null; do m=$(awk '/VmHWM/ {print $2}' "/proc/$1/status" 2>/dev/null || true); [ "${m:-0}" -gt $peak ] && peak=$m; sleep 0.1; done
  echo $((peak / 1024))
}
genlog() { [ -x "$work/genlog" ] || go build -o "$work/genlog" ./scripts/genlog; "$work/genlog" "$@"; }

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
  server { listen 127.0.0.1:$port backlog=8192; location / { return 200 "0123456789abcdef\n"; }
    location /cookie { add_header Set-Cookie "s=\$request_id; Path=/"; return 200 "0123456789abcdef\n"; } }
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
  say "pacing: achieved rate and lag at 10,000/s, and at half the maximum rate, 10 s each"
  start_nginx
  local url=http://127.0.0.1:$port/ most half
  paced() {
    "$loadx" attack "$url" --rate "$1/s" --duration 10s --uv 25000 --report json >"$work/p.json" 2>"$work/p.err" || cat "$work/p.err"
    awk -v r="$1" '/"sent":/ && !s {gsub(/[^0-9]/,"",$2); s=$2} /"dropped":/ {gsub(/[^0-9]/,"",$2); d=$2} /"late":/ && !l {gsub(/[^0-9]/,"",$2); l=$2}
      /"duration_s"/ && !t {gsub(/[^0-9.]/,"",$2); t=$2} /"lag": \{/ {lag=1} lag && /"p50_ms"/ {gsub(/[^0-9.]/,"",$2); p50=$2} lag && /"p99_ms"/ {gsub(/[^0-9.]/,"",$2); p99=$2; lag=0}
      END {printf "%d/s: achieved %.3f%% of plan, lag p50 %.0f µs, p99 %.0f µs, late %d, dropped %d\n", r, 100*s/t/r, 1000*p50, 1000*p99, l, d}' "$work/p.json"
  }
  paced 10000
  most=$("$loadx" attack "$url" --pv 300000 --max-rate --max-in-flight 64 --report json 2>/dev/null | awk '/"duration_s"/ {gsub(/[^0-9.]/,"",$2); printf "%d", 300000/$2; exit}')
  half=$((most / 2)); echo "maximum rate $most/s"
  paced $half
}

bench_memory() {
  say "10 million hits: peak memory"
  start_nginx
  (ulimit -n 4096; exec "$loadx" attack "http://127.0.0.1:$port/" --pv 10000000 --uv 1000000 --max-rate --max-in-flight 64 --report json >"$work/m.json") &
  echo "peak resident $(peak $!) MiB"
  say "a plan of 1,000,000,000 users"
  /usr/bin/env bash -c "\"$loadx\" plan http://127.0.0.1/ --pv 2000000000 --uv 1000000000 --rate 100000/s --hits 1000000 | tail -n 1"
}

bench_soak() {
  local pv=${SOAK_PV:-10000000} uv=${SOAK_UV:-1000000} pid m peak=0 i=0
  say "soak: $pv hits of $uv users, the site sets each a cookie; resident memory every 10 s"
  start_nginx
  "$loadx" attack "http://127.0.0.1:$port/cookie" --pv "$pv" --uv "$uv" --max-rate --max-in-flight 64 --report json >"$work/s.json" 2>"$work/s.err" & pid=$!
  while kill -0 $pid 2>/dev/null; do
    m=$(awk '/VmRSS/ {print $2}' /proc/$pid/status 2>/dev/null || true); m=${m:-0}
    [ "$m" -gt $peak ] && peak=$m
    [ $((i % 50)) = 0 ] && printf '%d ' $((m / 1024))
    i=$((i + 1)); sleep 0.2
  done
  wait $pid || cat "$work/s.err"
  printf 'MiB\npeak resident %d MiB\n' $((peak / 1024))
  grep -E '"(sent|dropped)"|"estimate"' "$work/s.json" | head -n 3
}

# The tools that no package manager has are built into .cache/bench-bin, at these versions.
bench_tools() {
  mkdir -p .cache/bench-bin
  local bin=$PWD/.cache/bench-bin spec name vegeta
  vegeta=$(go list -m -f '{{.Dir}}' github.com/tsenart/vegeta/v12)
  [ -x "$bin/vegeta" ] || (cd "$vegeta" && go build -ldflags '-X main.Version=v12.13.0' -o "$bin/vegeta" .) >"$work/tools.err" 2>&1 || echo "vegeta could not be built"
  for spec in github.com/rakyll/hey@v0.1.4 github.com/codesenberg/bombardier@v1.2.6 go.k6.io/k6@v1.4.2; do
    name=${spec##*/} name=${name%%@*}
    [ -x "$bin/$name" ] || (cd "$work" && GOBIN=$bin go install "$spec") >"$work/tools.err" 2>&1 ||
      (cd "$work" && GOBIN=$bin go install "${spec%%@*}@latest") >"$work/tools.err" 2>&1 || echo "$name can't be had here: $(tail -n 1 "$work/tools.err")"
  done
  export PATH=$bin:$PATH
}

versions() {
  "$loadx" version
  vegeta -version 2>/dev/null | awk '/Version/ {print "vegeta", $2}'
  for name in hey bombardier; do command -v $name >/dev/null && go version -m "$(command -v $name)" | awk -v n=$name '$1 == "mod" {print n, $3}'; done
  k6 version 2>/dev/null | head -n 1; { wrk -v 2>&1 || true; } | awk 'NR==1 {print $1, $2}'; ab -V | awk 'NR==1 {print "ab", $5}'; nginx -v 2>&1
}

# speed_once TOOL prints requests a second.
speed_once() {
  local n=$2 url=$3 c=64 s=4
  case $1 in
  # Alone on its core loadx is the limit, and says so with the code 3.
  loadx) { "$loadx" attack "$url" --pv "$n" --uv 10000 --max-rate --max-in-flight $c --report json || [ $? = 3 ]; } 2>/dev/null |
    awk -v n="$n" '/"duration_s"/ {gsub(/[^0-9.]/,"",$2); print n/$2; exit}' ;;
  vegeta) echo "GET $url" | vegeta attack -rate 0 -max-workers $c -connections $c -duration ${s}s | vegeta report | awk '/^Requests/ {gsub(",","",$6); print $6}' ;;
  hey) hey -z ${s}s -c $c "$url" | awk '/Requests\/sec/ {print $2}' ;;
  bombardier) bombardier -c $c -d ${s}s -o j -p r "$url" | sed 's/.*"rps":{"mean":\([0-9.]*\).*/\1/' ;;
  k6) printf "import http from 'k6/http';\nexport default function () { http.get('%s'); }\n" "$url" >"$work/k6.js"
    k6 run -q --no-usage-report --vus $c --duration ${s}s "$work/k6.js" | awk '/http_reqs/ {gsub("/s","",$3); print $3}' ;;
  wrk) wrk -t1 -c$c -d${s}s "$url" | awk '/Requests\/sec/ {print $2}' ;;
  ab) ab -q -k -n "$n" -c $c "$url" 2>/dev/null | awk '/Requests per second/ {print $4}' ;;
  esac
}

bench_speed() {
  say "maximum rate, 64 connections, same nginx, in turn, 3 rounds: medians"
  bench_tools; versions
  local tools="loadx vegeta hey bombardier k6 wrk ab" tool only="" url=http://127.0.0.1:$port/ n=${SPEED_PV:-400000}
  start_nginx
  if [ "$(nproc)" -gt 1 ] && command -v taskset >/dev/null; then
    # nginx has a core to itself, and so has the tool.
    taskset -acp 0 "$nginx_pid" >/dev/null; for child in $(pgrep -P "$nginx_pid"); do taskset -acp 0 "$child" >/dev/null; done
    only="taskset -c 1"; echo "nginx on core 0, the tool on core 1"
  fi
  for round in 1 2 3; do
    for tool in $tools; do
      command -v $tool >/dev/null || [ $tool = loadx ] || continue
      : >"$work/access.log"
      $only bash -c "$(declare -f speed_once); loadx=$loadx work=$work speed_once $tool $n $url" >>"$work/$tool.rps" || echo "$tool failed in round $round"
    done
  done
  local mine; mine=$(median <"$work/loadx.rps")
  for tool in $tools; do
    [ -s "$work/$tool.rps" ] && awk -v t=$tool -v r="$(median <"$work/$tool.rps")" -v m="$mine" 'BEGIN {printf "%-11s %10.0f requests/s   loadx is %.2f times it\n", t, r, m/r}'
  done
  if [ "$(nproc)" -gt 1 ] && command -v taskset >/dev/null; then for pid in "$nginx_pid" $(pgrep -P "$nginx_pid"); do taskset -acp "0-$(($(nproc)-1))" "$pid" >/dev/null; done; fi
}

bench_analyze() {
  say "analyze: combined log, full default report, page cache warm (medians of 3)"
  genlog -lines 5000000 -visitors 900000 >"$work/log"
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
  rm "$work/log"
  say "analyze: peak memory with 20 million lines, 18 million visitors, 10 million paths"
  streamed web -lines 20000000 -visitors 18000000 -paths 2000000000
}

# streamed PV FLAG... analyzes what genlog writes with the flags while it writes it, and prints the peak memory of that.
streamed() {
  local pv=$1 reader writer peak start=$SECONDS; shift
  [ -p "$work/fifo" ] || mkfifo "$work/fifo"
  genlog "$@" >"$work/fifo" & writer=$!
  "$loadx" analyze - --pv "$pv" <"$work/fifo" >"$work/big.out" & reader=$!
  peak=$(peak $reader)
  wait $writer && wait $reader || { echo "bench: the log was not read to its end" >&2; exit 1; }
  echo "peak resident $peak MiB, $((SECONDS - start)) s with the log made at the same time"
  awk '/^(path|referrer) / {table = $1} /^(hits|unique|clients) / {print} /^\(other\)/ {print table, $1, $2}' "$work/big.out"
}

bench_distinct() {
  local n=${DISTINCT_LINES:-100000000}
  # Of n drawn out of 4,000,000,000 nearly all are new.
  say "analyze: peak memory with $n lines, nearly as many visitors, millions of paths, User-Agents and referrers; every hit counts"
  streamed raw -lines "$n" -visitors 4000000000 -paths 2000000000 -agents 20000000 -referrers 20000000
}

bench_formats() {
  local n=${FORMATS_LINES:-2000000} name goal best parsed bytes
  say "analyze: $n lines in each format, full default report, all cores, page cache warm (best of 3)"
  printf '%-16s %17s %8s %10s %6s\n' format "million lines/s" MB/s parsed goal
  for name in ${FORMATS:-$("$loadx" formats | awk '!NF {exit} /^[a-z]/')}; do
    genlog -lines "$n" -format "$name" >"$work/log"
    goal=1.5; [ "$(tail -n 1 "$work/log" | cut -c 1)" = '{' ] && goal=1.0 # JSON
    # The first reading warms the cache.
    parsed=$("$loadx" analyze "$work/log" --format "$name" --report json 2>"$work/err" | awk '/"parsed":/ {gsub(/[^0-9]/,"",$2); print $2; exit}')
    best=$(for _ in 1 2 3; do seconds "$loadx" analyze "$work/log" --format "$name"; done | sort -n | head -n 1)
    bytes=$(wc -c <"$work/log")
    awk -v f="$name" -v n="$n" -v s="$best" -v b="$bytes" -v p="$parsed" -v g="$goal" 'BEGIN {printf "%-16s %17.2f %8.0f %10d %6.1f\n", f, n/s/1e6, b/s/1e6, p, g}' | tee -a "$work/formats"
    [ "$parsed" = "$n" ] || { echo "bench: $name: ${parsed:-none} of $n lines parsed" >&2; exit 1; }
  done
  rm "$work/log"
  awk '$2 < $5 {print "below the goal: " $1 ", " $2 " of " $5; n++} END {if (!n) print "every format reaches its goal"}' "$work/formats"
}

bench_gzip() {
  local n=${GZIP_LINES:-5000000} name what
  say "analyze: $n combined lines in gzip -6, full default report, page cache warm (medians of 3, in turn); the goal is gzip's own time"
  go build -o "$work/gunzip" ./scripts/gunzip
  genlog -lines "$n" | gzip -6 >"$work/log.gz"
  wc -c <"$work/log.gz" | awk '{printf "%.0f MB\n", $1/1e6}'
  cat "$work/log.gz" >/dev/null
  for _ in 1 2 3; do
    seconds "$loadx" analyze "$work/log.gz" >>"$work/t.gz.loadx"
    seconds sh -c 'gzip -dc "$1" >/dev/null' sh "$work/log.gz" >>"$work/t.gz.gzip"
    ! command -v pigz >/dev/null || seconds sh -c 'pigz -dc "$1" >/dev/null' sh "$work/log.gz" >>"$work/t.gz.pigz"
    seconds "$work/gunzip" "$work/log.gz" >>"$work/t.gz.own"
  done
  rm "$work/log.gz"
  median <"$work/t.gz.loadx" | awk -v n="$n" '{printf "%-34s %5.2f s, %.2f million lines/s\n", "loadx analyze", $1, n/$1/1e6}'
  for name in gzip pigz own; do
    [ -s "$work/t.gz.$name" ] || continue
    what="$name -dc >/dev/null"; [ $name != own ] || what="loadx's decompressor, text dropped"
    awk -v what="$what" -v lx="$(median <"$work/t.gz.loadx")" -v t="$(median <"$work/t.gz.$name")" 'BEGIN {
      printf "%-34s %5.2f s, loadx takes %.2f times it\n", what, t, lx/t}'
  done
}

# bench_pgo is no benchmark: it makes cmd/loadx/default.pgo anew, by which the compiler knows what is hot.
bench_pgo() {
  say "the compiler's profile: an analysis of a combined log and of others, attacks at the maximum rate and at a fixed one"
  start_nginx
  go build -pgo=off -o "$work/profiled" ./scripts/profiled
  genlog -lines 3000000 >"$work/log"
  profiled() { local n=$1; shift; LOADX_PROFILE=$work/$n.prof "$work/profiled" "$@" >/dev/null 2>&1 || [ $? = 3 ]; }
  profiled one analyze --workers 1 "$work/log"
  profiled two analyze "$work/log"
  for name in json traefik_json ingress_nginx istio alb w3c ltsv; do
    genlog -lines 150000 -format "$name" >"$work/log.$name"
    profiled "$name" analyze "$work/log.$name" --format "$name"
  done
  profiled most attack "http://127.0.0.1:$port/" --pv 400000 --uv 100000 --max-rate --max-in-flight 64
  profiled paced attack "http://127.0.0.1:$port/" --rate 20000/s --duration 5s --uv 25000
  go tool pprof -proto "$work"/*.prof >cmd/loadx/default.pgo 2>"$work/pgo.err" || { cat "$work/pgo.err" >&2; exit 1; }
  ls -la cmd/loadx/default.pgo
}

bench_micro() {
  say "per line and per hit"
  go test -run '^$' -bench . -benchmem -benchtime 200ms ./analyze/accesslog ./profile/... ./scenarios/... ./attack/... 2>&1 | grep -E '^(Benchmark|pkg)' || true
}

machine
for part in $parts; do "bench_$part"; done
