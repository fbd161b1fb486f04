#!/bin/sh
# A fresh server with the settings, filled and driven by pgbench; reports transactions per second.
set -eu
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
room=$(mktemp -d)
"$bin/initdb" -D "$room/data" -A trust -U bench --no-sync >"$room/init.log" 2>&1 || { cat "$room/init.log" >&2; exit 1; }
{
    echo "listen_addresses = ''"
    echo "unix_socket_directories = '$room'"
    echo "include '$PWD/settings.conf'"
} >>"$room/data/postgresql.conf"
"$bin/pg_ctl" -D "$room/data" -l "$room/server.log" -w start >/dev/null || { cat "$room/server.log" >&2; exit 1; }
ask() { psql -h "$room" -U bench -d postgres -Atc "$1"; }
durable=$(ask "SELECT bool_and(setting = 'on') FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes')")
pgbench -h "$room" -U bench -q -i -s 3 postgres >/dev/null 2>"$room/fill.log"
pgbench -h "$room" -U bench -c 4 -j 1 -T 3 postgres >"$room/run.log" 2>&1
tps=$(sed -n 's/^tps = \([0-9.]*\).*/\1/p' "$room/run.log")
"$bin/pg_ctl" -D "$room/data" -m immediate stop >/dev/null
[ "$durable" = t ] && passed=true || passed=false
printf '{"cases": [{"id": "durable", "passed": %s}], "metrics": {"transactions": %s}}\n' "$passed" "$tps"
