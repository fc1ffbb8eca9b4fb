#!/bin/sh
#
# Memory stays bounded: in aggregates over many groups, which spill, in unions of
# large sketches, in moving frames, and in many calls of one transaction. A value
# that would exceed 1 GB is an error, after which the memory is returned.
#
# The memory of a session is what the system reports for its process, less that of
# a similar session without sketches. So each measurement is a session of its own.
. test/lib.sh
begin

# kb_of FIELD STATEMENTS: runs them and prints a field of /proc/PID/status, in kB.
# Their output goes to $work/result, errors to $work/errors.
kb_of()
{
	sql memory -f - 2>"$work/errors" <<-END
		\\set ON_ERROR_STOP 0
		select pg_backend_pid() as pid \\gset
		\\setenv PID :pid
		set work_mem = '1MB';
		set hash_mem_multiplier = 2;
		set max_parallel_workers_per_gather = 0;
		set enable_sort = off;
		set jit = off;
		\\o $work/result
		$2;
		\\o
		\\! awk -v f=$1: '\$1 == f { print \$2 }' /proc/\$PID/status
	END
}

# within WHAT MOST BASE STATEMENTS: they take at most MOST kB more than BASE.
within()
{
	peak=$(kb_of VmHWM "$4")
	took=$((peak - $3))
	echo "$1: $took kB"
	if [ -n "$peak" ] && [ $took -le "$2" ] && [ ! -s "$work/errors" ]
	then
		passed=$((passed + 1))
	else
		complain "$1" "$took kB $(cat "$work/errors")" "at most $2 kB"
	fi
}

# 250,000 groups, each of which occurs twice, with all others in between.
grouped()
{
	echo "explain (analyze, timing off, costs off, summary off)
		select g, $1 from (
			select i % 250000 as g, i from generate_series(1, 500000) i) v
		group by g"
}

# work_mem allows 2 MB; all states together have 16 MB or more.
spills()
{
	within "250,000 groups: $1" 6144 "$like_groups" "$(grouped "$1")"
	ok 'they spill' grep -E 'Batches: [0-9]{2,}.*Disk Usage' "$work/result"
}

# 100,000 rows, each with a result for a frame of 101 rows.
framed()
{
	echo "select max(n) from (
		select $1 as n from (select i from generate_series(1, 100000) i) r
		window w as (rows 100 preceding)) v"
}

# The frame has 4 MB; sketches left behind by rows that left it would be 6 MB.
moves() { within "a moving frame: $1" 6144 "$like_frames" "$(framed "$1")"; }

# loop_of STATEMENT: 50,000 times.
loop_of()
{
	echo "do \$\$
		declare
			h hll := hll_empty();
			b bloom := bloom_empty(1000);
			c cms := cms_empty();
			k topk := topk_empty();
		begin
			for i in 1 .. 50000 loop
				$1;
			end loop;
		end \$\$"
}

calls() { within "many calls: $1" 2048 "$like_calls" "$(loop_of "$2")"; }

# refused WHAT STATEMENT ERROR: afterwards, the session has little memory.
refused()
{
	kb=$(kb_of VmRSS "$2")
	if grep -qF "$3" "$work/errors" && [ "$kb" -le 131072 ]
	then
		passed=$((passed + 1))
	else
		complain "$1" "$kb kB, $(cat "$work/errors")" "$3"
	fi
}

create_database memory
sql memory -c 'create extension pgext'

like_groups=$(kb_of VmHWM "$(grouped 'count(*)')")
spills 'hll_add_agg(i)'
spills 'bloom_add_agg(i, 1000)'
spills 'cms_add_agg(i)'
spills 'topk_add_agg(i::text)'
spills 'hll_union_agg(hll_empty() || hll_hash_integer(i))'
spills 'bloom_union_agg(bloom_empty(1000) || i)'
spills 'cms_union_agg(cms_empty() || i)'
spills "topk_union_agg(topk_add(topk_empty(), i::text))"

like_frames=$(kb_of VmHWM "$(framed 'count(*) over w')")
moves '# hll_union_agg(hll_add(hll_empty(), i)) over w'
moves 'bloom_cardinality(bloom_union_agg(bloom_empty(1000) || i) over w)'
moves 'cms_total(cms_union_agg(cms_empty() || i % 10) over w)'
moves "topk_total(topk_union_agg(topk_add(topk_empty(), (i % 10)::text)) over w)"

sql memory -c 'create table large as select bloom_add_agg(i, 10000000) as b
	from generate_series(1, 400000) i'
like_large=$(kb_of VmHWM 'select max(length(b::bytea)) from large')
within '30 filters of 12 MB merged' 65536 "$like_large" \
	'select bloom_cardinality(bloom_union_agg(b)) from large, generate_series(1, 30)'
within 'and intersected' 65536 "$like_large" '
	select bloom_cardinality(bloom_intersect_agg(b)) from large,
		generate_series(1, 30)'
within 'probed by many rows' 65536 "$like_large" \
	'select count(*) from large, generate_series(1, 100000) i where b @> i'

like_calls=$(kb_of VmHWM "$(loop_of 'h := h')")
calls 'hll' 'h := (hll_union(h || hll_hash_integer(i % 500), h))::text::hll;
	perform hll_info(h), hll_overlap(h, h), h < h, hll_cardinality_bounds(h)'
calls 'bloom' 'b := (b || (b || i % 200) & b || 1)::text::bloom;
	perform bloom_info(b), b @> i, i <@ b, b = b,
		bloom_intersection_cardinality(b, b)'
calls 'cms' 'c := (cms_empty() || c || i % 100)::text::cms;
	perform cms_info(c), cms_frequency(c, i), cms_frequency_bounds(c, i),
		cms_inner_product(c, c), c <> c'
calls 'topk' "k := topk_add(topk_empty() || k, (i % 50)::text)::text::topk;
	perform topk_info(k), topk_array(k, 3), topk_frequency(k, 'x'), k >= k,
		(select count(*) from topk_items(k))"

sql memory -c "create function unchecked_bloom(bytea, bytea) returns bloom
	language internal immutable strict as 'byteacat'"
refused 'a text beyond 1 GB' "
	select unchecked_bloom(overlay(set_byte(set_byte(
		bloom_empty(700000000)::bytea, 1, 1), 3, 255)
		placing '\x0000c800' from 5),
		pg_read_binary_file('/dev/zero', 0, 838860800))::text" \
	'text form of a sketch of 838860832 bytes would exceed 1 GB'
sql postgres -c 'drop database memory'
finish
