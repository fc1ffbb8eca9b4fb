#!/bin/sh
#
# bench.sh: measures how fast and how small pgext is, as ratios (make bench):
#
#     [ROWS=10000000] [RUNS=5] test/bench/bench.sh
#
# Starts a private server (test/env/server.sh), runs all.sql on generated data,
# prints one table of ratios beside the figures to reach, and writes it to
# build/bench/results.csv. A missed figure is reported, but is no failure, since
# times are noisy. A wrong answer or an unexpected plan is a failure.
#
# doc/benchmarks.md has the method and the results on one machine. Takes some
# minutes and, with the default ROWS, 5 GB of memory and 2 GB of disk.
set -e
cd "$(dirname "$0")/../.."
. test/lib.sh

rows=${ROWS:-10000000}
runs=${RUNS:-5}
here=test/bench
work=build/bench

require_number()
{
	[ "$2" -ge "$3" ] 2>/dev/null || fail "$1 must be $3 or more, not $2"
}

cpu_model()
{
	model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null |
		head -n 1)
	echo "${model:-$(uname -m)}"
}

memory()
{
	awk '/^MemTotal/ { printf "%.0f GB", $2 / 1048576 }' /proc/meminfo \
		2>/dev/null || echo unknown
}

# PostgreSQL reads a table of more than a quarter of shared_buffers through a
# small ring; the widest table has 52 bytes per row. Sorting bigints takes up to
# 48 bytes of work_mem per row.
settings()
{
	cat <<-END
		shared_buffers = $((rows / 5000 + 256))MB
		work_mem = $((rows / 10000 + 100))MB
		maintenance_work_mem = 256MB
		jit = off
		max_parallel_workers_per_gather = 0
		autovacuum = off
		bgwriter_lru_maxpages = 0
		checkpoint_timeout = 1h
	END
}

run_sql()
{
	psql -X -q -v ON_ERROR_STOP=1 -v rows="$rows" -v runs="$runs" \
		-v cpu="$(cpu_model)" -v cores="$(nproc)" -v memory="$(memory)" "$@"
}

require_number ROWS "$rows" 1000000
require_number RUNS "$runs" 1
mkdir -p "$work"
# postgresql-hll, the peer, is optional: without it, all else is measured.
set_up bench demo
. test/env/server.sh
server_settings=$(settings)
say "$rows rows, $runs runs, $(echo "$server_settings" | head -n 1)"
server_start
run_sql -f $here/all.sql
run_sql -c 'COPY (SELECT * FROM bench.csv) TO STDOUT (FORMAT csv, HEADER)' \
	>$work/results.csv
say "also in $work/results.csv"
