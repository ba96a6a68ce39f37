#!/usr/bin/env bash
# pgo.sh makes cmd/loadx/default.pgo anew, by which the compiler knows what is hot: an analysis of a combined log and of one
# in JSON, and attacks at the maximum rate and at a fixed one against nginx on loopback. Run it on a quiet machine.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
port=18098
nginx_pid=
trap '[ -z "$nginx_pid" ] || kill "$nginx_pid" 2>/dev/null || true; rm -rf "$work"' EXIT
export PATH=$PATH:/usr/sbin

go build -pgo=off -o "$work/profiled" ./scripts/profiled
go build -pgo=off -o "$work/genlog" ./scripts/genlog
"$work/genlog" -lines 3000000 >"$work/log"
"$work/genlog" -lines 300000 | sed -E 's/^([^ ]+) - - \[([^]]+)\] "([A-Z]+) ([^ ]+) [^"]+" ([0-9]+) ([0-9]+) "([^"]*)" "([^"]*)"$/{"remote_addr":"\1","time_local":"\2","request_method":"\3","request_uri":"\4","status":"\5","body_bytes_sent":"\6","http_referer":"\7","http_user_agent":"\8","request_time":"0.012"}/' >"$work/log.json"
cat >"$work/nginx.conf" <<CONF
worker_processes 1; daemon off; pid $work/nginx.pid; error_log $work/error.log;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 100000000; client_body_temp_path $work/body; proxy_temp_path $work/proxy;
  fastcgi_temp_path $work/fcgi; uwsgi_temp_path $work/uwsgi; scgi_temp_path $work/scgi;
  server { listen 127.0.0.1:$port backlog=4096; location / { return 200 "0123456789abcdef\n"; } }
}
CONF
nginx -c "$work/nginx.conf" -e "$work/error.log" & nginx_pid=$!
for _ in $(seq 100); do (echo >/dev/tcp/127.0.0.1/$port) 2>/dev/null && break; sleep 0.05; done

profile() { local n=$1; shift; LOADX_PROFILE=$work/$n.prof "$work/profiled" "$@" >/dev/null 2>&1 || [ $? = 3 ]; }
profile one analyze --workers 1 "$work/log"
profile two analyze "$work/log"
profile json analyze "$work/log.json"
profile most attack "http://127.0.0.1:$port/" --pv 400000 --uv 100000 --max-rate --max-in-flight 64
profile paced attack "http://127.0.0.1:$port/" --rate 20000/s --duration 5s --uv 25000
go tool pprof -proto "$work"/*.prof >cmd/loadx/default.pgo 2>/dev/null
ls -la cmd/loadx/default.pgo
