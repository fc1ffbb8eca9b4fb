#!/bin/sh
#
# demo.sh: pgext at its main job (make demo, make demo-stop):
#
#     [LOG=access.log[.gz]] test/demo/demo.sh    # runs the demo
#     test/demo/demo.sh stop                     # stops the server it left
#
# Starts a private server (test/env/server.sh), loads a web server's access log
# and a generated clickstream, and runs the SQL files of this directory on them.
# The server stays up for you to look around; build/demo/server remembers it. If
# anything fails, and on Ctrl-C, it is stopped.
#
# Without LOG, the log is the real one that Debian's package logstalgia has as an
# example, or, where that cannot be had, one made by access_log.awk. Takes one to
# two minutes and 1 GB of disk.
set -eu
case ${LOG:-} in
	'' | /*) log=${LOG:-} ;;
	*) log=$PWD/$LOG ;;
esac
cd "$(dirname "$0")/../.."
. test/lib.sh

here=test/demo
work=build/demo
record=$work/server
users_path=$PATH
began=$(date +%s)

step() { printf '\n==> [%3d s] %s\n' $(($(date +%s) - began)) "$*"; }

# --- the server of the last run -----------------------------------------------

# Reads the record; fails if its server is gone.
read_record()
{
	[ -f "$record" ] || return 1
	{ read -r demo_dir && read -r demo_pg_config; } <"$record" || return 1
	[ -f "$demo_dir/pgext-server" ]
}

# Stops that server and removes its data; fails if there is none.
stop_previous()
{
	if read_record
	then
		[ -O "$demo_dir" ] ||
			fail "the server in $demo_dir belongs to another user, who has to stop it"
		(PG_CONFIG=$demo_pg_config server_stop "$demo_dir")
		say "stopped the server in $demo_dir and removed it"
		rm -f "$record"
		return
	fi
	rm -f "$record"
	return 1
}

# --- the access log -----------------------------------------------------------

is_gzip() { [ "$(od -An -tx1 -N2 <"$1" | tr -d ' ')" = 1f8b ]; }

check_log()
{
	[ -e "$log" ] || fail "LOG=$LOG: no such file"
	[ ! -d "$log" ] || fail "LOG=$LOG is a directory; name one log file"
	[ -f "$log" ] || fail "LOG=$LOG is no regular file"
	[ -r "$log" ] || fail "LOG=$LOG: no permission to read it"
	[ -s "$log" ] || fail "LOG=$LOG is empty"
	! is_gzip "$log" || gzip -t <"$log" 2>/dev/null ||
		fail "LOG=$LOG: the gzip file is damaged or cut off"
}

read_log() { if is_gzip "$log"; then gzip -dc <"$log"; else cat <"$log"; fi; }

# Turns $log into CSV, and reports lines that are malformed.
parse_log()
{
	say "reading $log"
	read_log | tr -d '\000\r' | cut -b -65537 |
		awk -v summary="$work/log.summary" -f "$here/combined_log.awk" \
			>"$work/log.csv"
	{ read -r lines; read -r malformed; read -r first || true; } \
		<"$work/log.summary"
	[ "$lines" != 0 ] || fail "LOG=$log holds no lines"
	[ "$lines" != "$malformed" ] ||
		fail "LOG=$log is not in combined or common log format: $first"
	say "$lines lines, $malformed malformed${first:+; the first malformed one:}"
	[ -z "$first" ] || say "    $first"
}

# Debian's example log, kept in build/ for the next run. Fails if out of reach.
fetch_example()
{
	log=$work/example.log
	[ ! -s "$log" ] || return 0
	command -v apt-get >/dev/null && command -v dpkg >/dev/null || return 1
	say "no LOG given: fetching the example log of Debian's package logstalgia"
	rm -rf "$work/fetch"
	mkdir "$work/fetch"
	(
		cd "$work/fetch"
		apt-get -q -o Acquire::Retries=1 -o Acquire::http::Timeout=20 \
			download logstalgia >apt.log 2>&1 </dev/null &&
			dpkg -x logstalgia_*.deb .
	) && mv "$work/fetch/usr/share/logstalgia/example.log" "$log"
}

find_log()
{
	if ! fetch_example
	then
		say 'no example log to be had: making one up'
		log=$work/made.log
		awk -v days=8 -f "$here/access_log.awk" >"$log"
	fi
	rm -rf "$work/fetch"
	parse_log
}

# --- the run ------------------------------------------------------------------

sql()
{
	psql -X -q -v ON_ERROR_STOP=1 -P pager=off -P footer=off -P null=- "$@"
}

weblog()
{
	step "Web server log: load, roll up, report ($here/weblog.sql)"
	sql -f "$here/weblog.sql"
	rm -f "$work/log.csv"
}

clickstream()
{
	step "Clickstream: generate 30 days of a shop's events ($here/clickstream.sql)"
	sql -f "$here/clickstream.sql" -f "$here/events.sql"
	step "Roll up the events by hour, day, device and campaign ($here/rollup.sql)"
	sql -f "$here/rollup.sql"
	step "Count the same exactly, to compare ($here/exact.sql)"
	sql -f "$here/exact.sql"
	step "Reports from the rollups ($here/report.sql, bounds.sql)"
	sql -f "$here/report.sql" -f "$here/bounds.sql"
	step "New and returning visitors, from bloom filters ($here/seen.sql)"
	sql -f "$here/seen.sql"
	step "How often, and what is hot: cms and topk ($here/hot.sql)"
	sql -f "$here/hot.sql"
	step "From batches of events to all four sketches ($here/stream.sql)"
	sql -f "$here/stream.sql"
	step "Late events ($here/late.sql)"
	sql -f "$here/late.sql"
	step "Size and speed ($here/cost.sql)"
	sql -f "$here/cost.sql"
}

start_server()
{
	step "Build pgext and start a private server (unix socket only)"
	make -s PG_CONFIG="$PG_CONFIG" >"$work/build.log" 2>&1 ||
		{ cat "$work/build.log" >&2; fail "the build failed"; }
	# Leave no server behind when the reader goes away (make demo | head).
	trap 'exit 141' PIPE
	# Enough for count(distinct) to sort in memory: exact counting at its best.
	server_settings="work_mem = '256MB'"
	server_start
	printf '%s\n' "$server_dir" "$PG_CONFIG" >"$record"
	sql -c 'CREATE DATABASE demo'
	export PGDATABASE=demo
	sql -c 'CREATE EXTENSION pgext' -f "$here/helpers.sql"
}

say_goodbye()
{
	psql=$(PATH=$users_path command -v psql || echo "$(server_bindir)/psql")
	step 'Done. The server is still up. To look around in it:'
	printf '\n    %s -h %s -p %s -U postgres demo\n' "$psql" "$PGHOST" "$PGPORT"
	printf '\nFor instance:\n\n    %s\n' \
		'SELECT day, #hll_union_agg(visitors) FROM visitors_daily GROUP BY 1 ORDER BY 1;'
	printf '\nTo stop it and remove its data (%s):\n\n    make demo-stop\n' \
		"$server_dir"
}

introduce()
{
	say 'unique visitors from sketches. A sketch is a summary of a set in a few'
	say 'kilobytes: it counts the set, with a small error, and merges with others.'
	say 'New visitors come from filters, which know who was there before; what is hot'
	say 'comes from counters and from lists of frequent items, which merge as well.'
}

run()
{
	mkdir -p "$work"
	[ -z "$log" ] || { check_log; parse_log; }
	introduce
	stop_previous || true
	set_up demo
	[ -n "$log" ] || find_log
	start_server
	weblog
	clickstream
	say_goodbye
	server_detach
}

. test/env/server.sh
case ${1:-} in
	'') run ;;
	stop) stop_previous || say 'no demo server of this checkout is running' ;;
	*) fail 'usage: test/demo/demo.sh [stop]' ;;
esac
