#!/bin/sh
# A fresh nginx with the settings, driven by wrk for two seconds; reports requests per second.
set -eu
. ./settings.env
room=$(mktemp -d)
mkdir "$room/html"
head -c 20000 /dev/zero | tr '\0' 'x' >"$room/html/page.html"
[ "$OPEN_FILE_CACHE" = on ] && cache="open_file_cache max=100;" || cache=""
cat >"$room/nginx.conf" <<CONF
worker_processes $WORKERS;
pid $room/nginx.pid;
error_log $room/error.log;
events { worker_connections $WORKER_CONNECTIONS; }
http {
    access_log off;
    sendfile $SENDFILE;
    tcp_nopush $TCP_NOPUSH;
    keepalive_requests $KEEPALIVE_REQUESTS;
    $cache
    client_body_temp_path $room/body; proxy_temp_path $room/proxy; fastcgi_temp_path $room/fastcgi;
    uwsgi_temp_path $room/uwsgi; scgi_temp_path $room/scgi;
    server { listen 127.0.0.1:8080; root $room/html; }
}
CONF
nginx=$(command -v nginx || echo /usr/sbin/nginx)
"$nginx" -c "$room/nginx.conf" -p "$room" 2>"$room/start.log" || { cat "$room/start.log" >&2; exit 1; }
wrk -t 1 -c 16 -d 2s http://127.0.0.1:8080/page.html >"$room/wrk.log"
kill "$(cat "$room/nginx.pid")"
rate=$(sed -n 's/^Requests\/sec: *\([0-9.]*\)/\1/p' "$room/wrk.log")
errors=$(sed -n 's/.*Non-2xx or 3xx responses: *\([0-9]*\).*/\1/p' "$room/wrk.log")
[ "${errors:-0}" = 0 ] && passed=true || passed=false
printf '{"cases": [{"id": "every answer is good", "passed": %s}], "metrics": {"requests": %s}}\n' "$passed" "$rate"
