#!/bin/sh
#
# Filters of more than 100 MB: built, stored, probed, merged, sent and refused.
# This one is designed for 100 million values and has 4 million, which are too
# many for a list.
. test/lib.sh
begin

fill()
{
	sql bloom_large -f - <<-'END'
		create extension pgext;
		create table large as select bloom_add_agg(x, 100000000) as b
			from generate_series(1, 4000000) x;
	END
}

# buffers_of QUERY: the number of blocks that it reads.
buffers_of()
{
	sql bloom_large -c "explain (analyze, buffers, costs off, timing off) $1" |
		sed -n 's/.*Buffers: shared/&/p' | head -n 1 | tr -c '0-9\n' ' ' |
		awk '{ for (i = 1; i <= 2 && i <= NF; i++) n += $i; print n }'
}

create_database bloom_large
ok 'built and stored' fill
is 'it is bits, 10 per value' "$(sql bloom_large -c '
	select representation, bytes, hashes from large, bloom_info(b)')" \
	'bits|124780576|6'
is 'what was added is found, one by one' "$(sql bloom_large -c "
	select b @> 1, b @> 4000000, b @> 2345678, 77 <@ b, b @> '78'::text,
		b @> -1, b @> '-2'::text
	from large")" 't|t|t|t|t|f|f'
refuses 'a text that is no number is not looked for' bloom_large \
	"select b @> 'x'::text from large" \
	'invalid input syntax for type numeric: "x"'
is 'and by many rows, with few others' "$(sql bloom_large -c '
	select count(*) filter (where x <= 4000000),
		count(*) filter (where x > 4000000) < 10
	from generate_series(3900001, 4100000) x, large where b @> x')" '100000|t'
# The whole filter has some 15,000.
ok 'one probe reads a few blocks' test \
	"$(buffers_of 'select b @> 1 from large')" -lt 100
is 'the number of values' "$(sql bloom_large -c '
	select abs(bloom_cardinality(b) / 4e6 - 1) < 0.001,
		bloom_false_positive_rate(b) < 1e-6 from large')" 't|t'
is 'merged, intersected, added to' "$(sql bloom_large -c '
	select b || b = b, b & b = b, (b || -1) @> -1, bloom_union_agg(b) = b
	from large group by b')" 't|t|t|t'
is 'merged with a list, and folded' "$(sql bloom_large -c '
	select bloom_cardinality(bloom_empty(100000000) || 4000001 || b) >
			bloom_cardinality(b),
		(bloom_info(b || (select bloom_add_agg(x, 50000000)
			from generate_series(1, 2100000) as x))).expected_items
	from large')" 't|50000000'
is 'to text and back' "$(sql bloom_large -c \
	'select b::text::bloom = b, b::bytea::bloom = b from large')" 't|t'
sql bloom_large -c 'create table copied (b bloom)'
ok 'binary COPY out' sql bloom_large -c \
	"\\copy large to '$work/large' (format binary)"
ok 'binary COPY in' sql bloom_large -c \
	"\\copy copied from '$work/large' (format binary)"
is 'it is the same' "$(sql bloom_large -c \
	'select copied.b = large.b from copied, large')" t
rm -f "$work/large"
is 'in two workers as in one' "$(sql bloom_large -c '
	create table few as select x from generate_series(1, 4000000) x' -c '
	set parallel_setup_cost = 0' -c 'set parallel_tuple_cost = 0' -c '
	set max_parallel_workers_per_gather = 2' -c '
	select bloom_add_agg(x, 100000000) = (select b from large) from few')" t
is 'a filter for 850 million items can be empty' "$(sql bloom_large -c '
	select pg_column_size(bloom_empty(850000000) || 1)')" 44
refuses 'beyond 1 GB' bloom_large 'select bloom_add_agg(1, 900000000)' \
	'bloom filter for 900000000 items at fpr 0.01 would exceed 1 GB'
sql postgres -c 'drop database bloom_large'
finish
