#!/usr/bin/env bash
# Makes the pictures of the documents again: docs/images/terminal.png, live.png and report.png. They show a real attack on a real
# nginx; it takes about a minute. Needs nginx, tmux and chromium (`make setup`).
set -euo pipefail
cd "$(dirname "$0")/.."
loadx=$PWD/bin/loadx images=$PWD/docs/images
PATH=$PATH:/usr/sbin
dir=$(mktemp -d)
chmod 755 "$dir" # nginx's workers are nobody where root starts it
session=loadx-pictures-$$
cleanup() {
  tmux kill-session -t "$session" 2>/dev/null || true
  [ -f "$dir/nginx.pid" ] && kill "$(cat "$dir/nginx.pid")"
  rm -rf "$dir"
}
trap cleanup EXIT
go build -o "$dir/termpage" ./scripts/termpage

port=18473 # fixed, so that two runs give the same picture
mkdir "$dir/item"
echo '<!doctype html><title>Shop</title>' >"$dir/shop.html"
cat >"$dir/nginx.conf" <<CONF
pid nginx.pid;
error_log error.log;
events {}
http {
  log_format main '\$remote_addr - \$remote_user [\$time_local] "\$request" \$status \$body_bytes_sent "\$http_referer" "\$http_user_agent" "\$http_x_forwarded_for"';
  access_log access.log main;
  set_real_ip_from 127.0.0.1;
  real_ip_header X-Forwarded-For;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  default_type text/html;
  limit_req_zone \$host zone=search:64k rate=90r/s;
  root .;
  server {
    listen 127.0.0.1:$port backlog=4096;
    location / { try_files /shop.html =404; }
    location /search { limit_req zone=search burst=200; try_files /shop.html =404; }
  }
}
CONF
cat >"$dir/shop.yaml" <<YAML
name: shop
target: http://127.0.0.1:$port
traffic:
  pv: 9_600
  uv: 2_400
  duration: 24s
  shape: {sine: {period: 12s, amplitude: 60%}}
  visits: zipf 1.1
identity:
  forwarded_for: 10.0.0.0/8
  user_agent: mixed
pages:
  - get: /
    weight: 5
  - get: /item/{zipf 1.1 1..5000}
    name: /item
    weight: 3
  - get: /search?q={choice tea|cup|pot}
    weight: 2
gates:
  - p95 < 400ms
  - errors < 0.1%
  - uv == plan
  - seen.uv == plan
YAML
(cd "$dir" && nginx -p "$dir" -c nginx.conf -e error.log)

# shot PAGE PICTURE SIZE SCALE
shot() {
  chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$dir/chromium" --virtual-time-budget=4000 \
    --force-device-scale-factor="$4" --window-size="$3" --screenshot="$2" "file://$1" >/dev/null 2>"$dir/chromium.log" || {
    cat "$dir/chromium.log" >&2
    exit 1
  }
}

# terminal TEXT PICTURE
terminal() {
  "$dir/termpage" <"$1" >"$1.html"
  local size
  size=$(sed -n '1s/<!-- \([0-9]*\)x\([0-9]*\) -->/\1,\2/p' "$1.html")
  shot "$1.html" "$2" "$size" 1.5
}

command="loadx attack shop.yaml --access-log access.log --report table --report html=report.html"
cat >"$dir/run" <<RUN
cd $dir
export PATH=${loadx%/*}:\$PATH TERM=xterm-256color
unset CI NO_COLOR
clear
echo "\\$ $command"
$command
echo \$? >code
sleep 60
RUN
for attempt in {1..10}; do
  rm -f "$dir/code"
  tmux new-session -d -s "$session" -x 96 -y 48 "bash $dir/run"
  sleep 15
  tmux capture-pane -e -p -t "$session" >"$dir/live.txt"
  until [ -f "$dir/code" ]; do sleep 0.2; done
  sleep 0.2
  tmux capture-pane -e -p -t "$session" >"$dir/end.txt"
  tmux kill-session -t "$session"
  [ "$(cat "$dir/code")" = 3 ] || break
  echo "pictures: attempt $attempt: this machine was too busy" >&2
done
if [ "$(cat "$dir/code")" = 3 ]; then
  echo "pictures: nothing was changed" >&2
  exit 3
fi
terminal "$dir/live.txt" "$images/live.png"
terminal "$dir/end.txt" "$images/terminal.png"
shot "$dir/report.html" "$images/report.png" 1280,1590 1
ls -l "$images"
