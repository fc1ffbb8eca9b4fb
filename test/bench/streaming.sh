#!/bin/sh
#
# streaming.sh: measures upserts of batches of events into a rollup: events per
# second, WAL and bloat, by the size of the batch.
#
#     [SECONDS_EACH=6] [BATCHES='1 10 100 1000 10000'] \
#         [SETTINGS='autovacuum = off'] test/bench/streaming.sh [KIND...]
#
# Starts a private server (test/env/server.sh) that writes durably, and runs 8
# pgbench clients for each kind and each size of batch. Prints a table, which is
# also in build/bench/streaming.csv. WAL per event hardly depends on the machine;
# events per second do, above all on the time its disk takes to flush.
#
#   raw      events are only inserted into a table
#   hll      all clients upsert into one row; likewise hll10 and hll12 (of
#            precision 10 and 12), bloom (for 10,000 values), cms, topk, and peer
#            (postgresql-hll)
#   changed  hll, updated only if the batch changes it
#   inline   hll12, kept out of TOAST, with room for updates in its page
#   own      hll, with a row for each client, merged by readers; apart: as inline
#   spread   hll, in 100 rows over which each batch is spread
#   append   hll, with a new row for each batch, to be folded later
#
# At the start, each row has the sketch of 500,000 out of 1,000,000 users.
set -e
cd "$(dirname "$0")/../.."
. test/lib.sh

seconds=${SECONDS_EACH:-6}
batches=${BATCHES:-1 10 100 1000 10000}
kinds=${*:-raw hll hll10 hll12 bloom cms topk peer changed inline own apart \
spread append}
work=build/bench/streaming
rm -rf $work
mkdir -p $work
set_up bench demo
. test/env/server.sh

query() { psql -XAtq -v ON_ERROR_STOP=1 "$@"; }

# --- the kinds --------------------------------------------------------------------

aggregate_of()
{
	case $1 in
		hll10) echo 'hll_add_agg(u, 10)' ;;
		hll12 | inline | apart) echo 'hll_add_agg(u, 12)' ;;
		bloom) echo 'bloom_add_agg(u, 10000)' ;;
		cms) echo 'cms_add_agg(u)' ;;
		topk) echo "topk_add_agg('/page/' || u)" ;;
		peer) echo 'peer.hll_add_agg(peer.hll_hash_bigint(u), 14)' ;;
		*) echo 'hll_add_agg(u)' ;;
	esac
}

row_of()
{
	case $1 in
		own | apart) echo ':client_id' ;;
		spread) echo 'u % 100' ;;
		*) echo 0 ;;
	esac
}

storage_of()
{
	case $1 in
		inline | apart) echo 'with (toast_tuple_target = 4080, fillfactor = 40)' ;;
	esac
}

union_of()
{
	case $1 in
		peer) echo 'peer.hll_union(t.s, excluded.s)' ;;
		*) echo 't.s || excluded.s' ;;
	esac
}

statement_of()
{
	case $1 in
		raw) echo 'insert into target select 0, u from batch(:size, :seed) u' ;;
		*) echo "insert into target as t select $(row_of "$1"), $(aggregate_of "$1")
			from batch(:size, :seed) u group by 1 order by 1" ;;
	esac
	case $1 in
		raw | append) return ;;
	esac
	echo "on conflict (n) do update set s = $(union_of "$1")"
	[ "$1" != changed ] || echo "where t.s <> $(union_of "$1")"
}

# make_target KIND: with as many rows as any kind needs.
make_target()
{
	query -c 'drop table target'
	case $1 in
		raw) query -c 'create table target (n integer, s bigint)' ;;
		append) query -c 'create table target (n integer, s hll)' ;;
		*) query -c "create table target $(storage_of "$1") as select n, s
				from generate_series(0, 99) n, (select $(aggregate_of "$1") as s
					from generate_series(0, 999998, 2) u) x" \
			-c 'alter table target add primary key (n)' ;;
	esac
	query -c 'vacuum analyze target' -c checkpoint
}

# --- measuring --------------------------------------------------------------------

run_clients()
{
	{
		echo '\set seed random(1, 1000000000000)'
		statement_of "$1" | tr '\n' ' '
	} >$work/script
	pgbench -n -c 8 -j 2 -T "$seconds" -D size="$2" -f $work/script \
		>$work/out 2>&1 || { cat $work/out; exit 1; }
	upserts=$(sed -n 's/^number of transactions actually processed: //p' $work/out)
	rate=$(sed -n 's/^tps = \([0-9.]*\) .*/\1/p' $work/out)
}

wal() { query -c "select pg_current_wal_insert_lsn() - '0/0'"; }
size() { query -c "select pg_total_relation_size('target')"; }

measure()
{
	make_target "$1"
	wal_before=$(wal)
	size_before=$(size)
	run_clients "$1" "$2"
	query -v kind="$1" -v batch="$2" -v upserts="$upserts" -v rate="$rate" \
		-v wal="$(($(wal) - wal_before))" \
		-v growth="$(($(size) - size_before))" -f - <<-'END'
		insert into result
		select :'kind', :batch, round(:rate * :batch), round(:rate),
			round(:wal / (:upserts::numeric * :batch), 1), round(:wal / :upserts),
			round(:growth / 1e6, 1)
	END
}

is_installed()
{
	[ "$1" != peer ] || query -c 'create schema if not exists peer' \
		-c 'create extension if not exists hll schema peer' 2>/dev/null
}

server_settings='
	fsync = on
	synchronous_commit = on
	full_page_writes = on
	shared_buffers = 512MB
	jit = off
	'"${SETTINGS:-}"
server_start
query -f - <<-'END'
	create extension pgext;
	create function batch(size integer, seed bigint) returns setof bigint
	begin atomic
		select hashint8extended(x, seed) & 1048575 from generate_series(1, size) x;
	end;
	create table target ();
	create table result (
		kind text, batch integer, events_per_second numeric,
		upserts_per_second numeric, wal_per_event numeric,
		wal_per_upsert numeric, growth_in_mb numeric
	);
END
for kind in $kinds
do
	is_installed "$kind" || continue
	for batch in $batches
	do
		measure "$kind" "$batch"
	done
done
psql -X -c 'table result'
query -c 'copy result to stdout (format csv, header)' >build/bench/streaming.csv
