#!/bin/sh
#
# Long calls can be cancelled in the middle: PostgreSQL cancels a query between
# two rows, but loops inside a call have to poll. Each call here takes a minute or
# more, because a table in its damaged sketch has no empty slot, or because it has
# millions of long items. It must end soon after its timeout, and the session must
# go on.
#
# No valid value makes a call slow, and calls that take no more than a second for
# 1 GB cannot be timed: for those a unit test (test_polls) counts how often the
# loops poll.
. test/lib.sh
begin

# little_endian and bytes_of make a number of 4 bytes; numbers makes many of 8
# bytes, each with something behind it.
make_helpers()
{
	sql cancel -f - <<-'END'
		create extension pgext;
		create function little_endian(n int) returns text
			language sql immutable as $$
				select lpad(to_hex(n & 255), 2, '0') ||
					lpad(to_hex(n >> 8 & 255), 2, '0') ||
					lpad(to_hex(n >> 16), 2, '0') || '00'
			$$;
		create function bytes_of(n int) returns bytea
			language sql immutable as $$
				select decode(little_endian(n), 'hex')
			$$;
		create function numbers(n int, behind text default '') returns bytea
			language sql immutable as $$
				select decode(string_agg(little_endian(i) || '00000000' || behind,
					'' order by i), 'hex')
				from generate_series(1, n) i
			$$;
	END
}

# Lists of 500,000 values.
make_lists()
{
	sql cancel -c "
		create table lists as select
			(overlay(set_byte(bloom_empty(200000000)::bytea, 3, 255)
				placing bytes_of(500000) from 25) || numbers(500000))::bloom as b,
			(overlay(overlay(set_byte(set_byte(
				cms_empty(0.000003)::bytea, 1, 16), 3, 255)
				placing bytes_of(500000) from 25)
				placing bytes_of(500000) from 33) ||
				numbers(500000, '01'))::cms as c"
}

# Tables of a million slots, none of them empty, which no input would accept.
make_full()
{
	sql cancel -f - <<-'END'
		create function unchecked_bloom(bytea, bytea) returns bloom
			language internal immutable strict as 'byteacat';
		create function unchecked_cms(bytea, bytea) returns cms
			language internal immutable strict as 'byteacat';
		create table full_tables as select
			unchecked_bloom(overlay(set_byte(
				set_byte(bloom_empty(200000000)::bytea, 3, 255), 1, 2)
				placing bytes_of(1000000) from 25),
				convert_to(repeat('a', 8000000), 'SQL_ASCII')) as b,
			unchecked_cms(overlay(set_byte(set_byte(set_byte(
				cms_empty(0.000003)::bytea, 3, 255), 1, 2), 24, 1)
				placing bytes_of(1000000) from 33),
				convert_to(repeat('a', 16000000), 'SQL_ASCII')) as c;
	END
}

# A working sketch of 300,000 items of 4 bytes with the same hash, likewise.
make_alike()
{
	sql cancel -f - <<-'END'
		create function unchecked_topk(bytea, bytea) returns topk
			language internal immutable strict as 'byteacat';
		create table alike as select unchecked_topk(
			decode('b1010000' || little_endian(100000) ||
				little_endian(300000) || repeat('00', 12) ||
				little_endian(300000) || little_endian(450001) ||
				little_endian(44 + 450001 * 8 + 300000 * 28) ||
				little_endian(100000) || repeat('00', 4) ||
				repeat('00', 450001 * 8), 'hex'),
			(select decode(string_agg('0100000000000000' || '0100000000000000' ||
				'07000000' || '04000000' || little_endian(i), ''), 'hex')
			from generate_series(1, 300000) i)) as k;
	END
}

# cancelled WHAT CALL NEXT ANSWER: the call ends by its timeout, and the next one
# in the same session has the answer.
cancelled()
{
	is "$1" "$(sql cancel -f - 2>/dev/null <<-END
		\set ON_ERROR_STOP 0
		select clock_timestamp() as began \gset
		set statement_timeout = '1s';
		select $2;
		\echo :LAST_ERROR_SQLSTATE
		reset statement_timeout;
		select clock_timestamp() - :'began' < interval '10 s';
		select $3;
	END
	)" "$(printf '57014\nt\n%s' "$4")"
}

bloom() { cancelled "$1" "$2" 'bloom_cardinality(bloom_empty(9) || 1 || 2)' 2; }
cms() { cancelled "$1" "$2" 'cms_frequency(cms_empty() || 1 || 1, 1)' 2; }
topk() { cancelled "$1" "$2" "topk_total(topk_add(topk_empty(), 'a', 2))" 2; }

# at_work EXPRESSION: about the victim, once its query has run for a while.
at_work()
{
	sql cancel -c "
		select $1 from pg_stat_activity
		where application_name = 'victim' and state = 'active' and
			clock_timestamp() - query_start > interval '300 ms'"
}

# Starts a call, cancels it from another session, and prints its output.
cancel_from_outside()
{
	PGAPPNAME=victim sql cancel -c 'select lists.b & full_tables.b from lists, full_tables' \
		>"$work/victim" 2>&1 &
	until [ "$(at_work 'count(*)')" = 1 ] || ! kill -0 $!
	do
		sleep 0.1
	done
	at_work 'pg_cancel_backend(pid)'
	wait $!
	cat "$work/victim"
}

create_database cancel
make_helpers && make_lists && make_full && make_alike

bloom 'bloom & bloom' 'lists.b & full_tables.b from lists, full_tables'
bloom 'bloom_intersection_cardinality' '
	bloom_intersection_cardinality(lists.b, full_tables.b)
	from lists, full_tables'
bloom 'bloom_intersect_agg' '
	bloom_intersect_agg(b) from (select b from full_tables
		union all select b from lists) as v'
cms 'cms_inner_product' '
	cms_inner_product(lists.c, full_tables.c) from lists, full_tables'
topk 'topk_add_agg of long items' "
	topk_add_agg(repeat('x', 60000) || g, 100000) from generate_series(1, 4000) g,
		generate_series(1, 1000)"
topk 'topk || topk' "topk_add(topk_empty(100000), 'a') || k from alike"
topk 'topk_union_agg' "
	topk_union_agg(s) from (select topk_add(topk_empty(100000), 'a') as s
		union all select k from alike) v"
is 'by pg_cancel_backend()' "$(cancel_from_outside)" \
	"$(printf 't\nERROR:  canceling statement due to user request')"
sql postgres -c 'drop database cancel'
finish
