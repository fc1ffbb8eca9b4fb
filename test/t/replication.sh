#!/bin/sh
#
# Sketches on other servers: logical replication, as text and in binary, and a
# physical standby that answers queries and is promoted. All that arrives is the
# same to the byte.
. test/lib.sh
begin
. test/env/nodes.sh

# contents NODE DATABASE: of the replicated tables.
contents() { node "$1" sql "$2" -c 'table contents'; }
has_contents() { [ "$(contents "$1" "$2")" = "$3" ]; }

# arrives WHAT: both subscribers get what the publisher has.
arrives()
{
	expected=$(contents primary postgres)
	for copy in as_text as_binary
	do
		wait_for has_contents copies $copy "$expected"
		is "$1: $copy" "$(contents copies $copy)" "$expected"
	done
}

# replicates WHAT STATEMENT: it changes the same on both sides.
replicates()
{
	before=$(contents primary postgres)
	ok "$1" sql postgres -c "$2"
	ok "$1: changes something" test "$(contents primary postgres)" != "$before"
	arrives "$1"
}

# From lists of one value to sketches that go to TOAST.
fill()
{
	sql postgres -f - <<-'END'
		insert into rollup
		select date '2026-01-01' + d, 'first', hll_add_agg(d * 7 + x, 12),
			bloom_add_agg(d * 7 + x, 20000), cms_add_agg(x % 5000),
			topk_add_agg('page ' || x % 997, 20)
		from generate_series(0, 4) d, generate_series(1, (10 ^ d)::integer) x
		group by d;
		insert into rollup (day) values ('2026-02-01');
		insert into keyless select * from rollup;
		insert into keyless select * from rollup where day < '2026-01-03';
		insert into by_sketch select users, hll_hash_any(day), note from rollup
		where pg_column_size(users) < 1000;
	END
}

# subscribe DATABASE OPTIONS
subscribe()
{
	node copies create_database "$1" &&
		node copies sql "$1" -f test/t/replication.sql &&
		node copies sql "$1" -c "
			create subscription $1 connection
				'host=$(node_socket primary) port=5432 dbname=postgres user=postgres'
			publication all_rows, busy_days with ($2)"
}

# The large transaction was sent before its end. Statistics come with a delay.
was_streamed()
{
	sql postgres -c "
		select stream_txns > 0 from pg_stat_replication_slots
		where slot_name = 'as_binary'" | grep -q t
}

has_busy()
{
	[ "$(node copies sql as_binary -c 'select count(*) from busy')" -ge "$1" ]
}

# decoded STATEMENT: the output of test_decoding for it.
decoded()
{
	sql postgres -c "$1" -c "
		select data from pg_logical_slot_get_changes('decoded', null, null)"
}

# bytes_sent STATEMENT: the size of the largest update in pgoutput's output.
bytes_sent()
{
	sql postgres -c "$1" -c "
		select max(length(data))
		from pg_logical_slot_get_binary_changes('sent', null, null,
			'proto_version', '1', 'publication_names', 'all_rows')
		where substr(data, 1, 1) = 'U'"
}

answers()
{
	node "$1" sql postgres -f test/t/replication_answers.sql \
		>"$work/answers_of_$1"
}

# --- logical replication ----------------------------------------------------------

ok 'a publisher' node_start primary 'wal_level = logical' \
	'logical_decoding_work_mem = 64kB' 'synchronous_commit = on' \
	'autovacuum = off'
ok 'a subscriber' node_start copies
PGHOST=$(node_socket primary)
ok 'tables' sql postgres -f test/t/replication.sql
ok 'rows' fill
ok 'publications' sql postgres -c '
	create publication all_rows for table rollup, keyless, by_sketch, large' -c "
	create publication busy_days for table busy where (visitors > 100)
		with (publish = 'insert')"
refuses 'rows by a function' postgres 'create publication p for table rollup
	where (hll_cardinality(users) > 100)' 'invalid publication WHERE expression'
ok 'as text' subscribe as_text 'binary = false'
ok 'in binary' subscribe as_binary 'binary = true, streaming = on'

arrives 'what was there before'
replicates 'insert' "
	insert into rollup
	select '2026-03-01', 'later', hll_add_agg(x, 12), bloom_add_agg(x, 9999),
		cms_add_agg(x), topk_add_agg(md5((x % 99)::text) || x % 99)
	from generate_series(1, 9999) x"
replicates 'update of sketches' "
	update rollup set users = users || hll_hash_any(-1), seen = seen || -1,
		actions = actions || -1, hot = hot || 'page -1'::text
	where users is not null"
replicates 'update of what is beside them' "
	update rollup set note = note || ' again'"
replicates 'update without a key' "
	update keyless set hot = hot || 'page -1'::text"
replicates 'update without a key, beside sketches' "
	update keyless set note = 'changed'"
replicates 'update of a key that is a sketch' "
	update by_sketch set users = users || hll_hash_any(-1)"
replicates 'update by a key that is a sketch' "
	update by_sketch set note = 'changed'"
replicates 'delete' "
	delete from rollup where day = '2026-01-05'"
replicates 'delete without a key' "
	delete from keyless where day = '2026-01-05'"
replicates 'delete by a key that is a sketch' "
	delete from by_sketch where h = hll_hash_any(date '2026-01-01')"
replicates 'a large transaction' '
	insert into large select n, bloom_add_agg(n + x, 1000)
	from generate_series(1, 300) n, generate_series(1, 1000) x group by n'
ok 'it was streamed before its end' wait_for was_streamed
ok 'rows for the filter' sql postgres -c '
	insert into busy select null, hll_add_agg(x)
	from generate_series(60, 140, 10) n, generate_series(1, n) x group by n'
ok 'busy days arrive' wait_for has_busy 4
is 'busy days, and no other' "$(node copies sql as_binary -c '
	select array_agg(visitors order by visitors) from busy')" '{110,120,130,140}'

# --- logical decoding -------------------------------------------------------------

touch_one="update rollup set note = 'touched' where day = '2026-03-01'"
if [ -f "$("$PG_CONFIG" --pkglibdir)/test_decoding.so" ]
then
	ok 'a slot of test_decoding' sql postgres -c "
		select pg_create_logical_replication_slot('decoded', 'test_decoding')"
	is 'a new sketch is decoded as what it is' "$(decoded "
		update rollup set users = users || hll_hash_any(-3)
		where day = '2026-03-01'" |
		sed -n "s/.* users\[[^]]*\]:'\([^']*\)'.*/\1/p")" \
		"$(sql postgres -c "select users from rollup where day = '2026-03-01'")"
	is 'one in TOAST that has not changed is not' "$(decoded "$touch_one" |
		grep -o '[a-z]*\[[a-z.]*\]:unchanged-toast-datum' |
		sed 's/\[.*//' | tr '\n' ' ')" 'users seen actions hot '
else
	skip 'no test_decoding: PostgreSQL is installed without its contrib modules'
fi
ok 'a slot of pgoutput' sql postgres -c "
	select pg_create_logical_replication_slot('sent', 'pgoutput')"
ok 'it sends no sketch either' test "$(bytes_sent "$touch_one")" -lt 100
arrives 'all that'
is 'subscribers had no error' "$(grep -cE 'ERROR|PANIC' "$(node_log copies)")" 0

# --- a standby ----------------------------------------------------------------------

ok 'a standby' node_clone standby primary
is 'it is one' "$(node standby sql postgres -c 'select pg_is_in_recovery()')" t
ok 'more rows' sql postgres -c analyze -c '
	insert into large select n + 1000, seen from large'
expected=$(contents primary postgres)
ok 'the standby follows' wait_for has_contents standby postgres "$expected"
ok 'the primary answers' answers primary
ok 'the standby answers' answers standby
ok 'the same' cmp "$work/answers_of_primary" "$work/answers_of_standby"
ok 'for every function' test \
	"$(grep -c '^[a-z_]*(.*)|' "$work/answers_of_standby")" -gt 80
is 'by indexes' "$(sed -n 's/.* using \(by_sketch_key\|rollup_seen\) .*/\1/p' \
	"$work/answers_of_standby" | sort -u | tr '\n' ' ')" \
	'by_sketch_key rollup_seen '
ok 'in parallel' grep -q 'Partial Aggregate' "$work/answers_of_standby"
ok 'promoted' node standby sql postgres -c 'select pg_promote()'
late="
	insert into rollup as r
	select '2026-03-01', 'late', hll_add_agg(x, 12), bloom_add_agg(x, 9999),
		cms_add_agg(x), topk_add_agg(md5((x % 99)::text) || x % 99)
	from generate_series(1, 99) x
	on conflict (day) do update set users = r.users || excluded.users,
		seen = r.seen || excluded.seen, actions = r.actions || excluded.actions,
		hot = r.hot || excluded.hot"
ok 'it takes upserts' node standby sql postgres -c "$late"
ok 'as the primary does' sql postgres -c "$late"
is 'with the same result' "$(contents standby postgres)" \
	"$(contents primary postgres)"
finish
