#!/bin/sh
#
# Sketches survive pg_dump and pg_restore to the byte, with all that depends on
# them: typmods, defaults, checks, generated columns, indexes, a materialized
# view, and an extension in a schema of its own that moves to another.
. test/lib.sh
begin

# A digest of every stored byte of every sketch, and a count.
fingerprint()
{
	sql "$1" -c "
		select count(*), md5(string_agg(coalesce(
			concat(day, dim, visitors::bytea, fine::bytea, h, seen::bytea,
				small::bytea, actions::bytea, hot::bytea), '-'), '|'
			order by day, dim))
		from rollup" -c "
		select count(*), md5(string_agg(concat(all_visitors::bytea, all_seen::bytea,
			all_actions::bytea, all_hot::bytea),
			'|' order by dim))
		from by_dim"
}

# All names are qualified, whatever the database's search_path.
shapes()
{
	sql "$1" -c "set search_path = ''" -c "
		select attname, format_type(atttypid, atttypmod)
		from pg_attribute
		where attrelid = 'public.rollup'::regclass and attnum > 0
		order by attnum" -c "
		select pg_get_indexdef(indexrelid) from pg_index
		where indrelid in
			('public.rollup'::regclass, 'public.by_dim'::regclass)
		order by 1" -c "
		select pg_get_expr(adbin, adrelid) from pg_attrdef
		where adrelid = 'public.rollup'::regclass order by adnum" -c "
		select pg_get_constraintdef(oid) from pg_constraint
		where conrelid = 'public.rollup'::regclass order by conname" -c "
		select pg_get_viewdef('public.by_dim'::regclass)" -c "
		select extnamespace::regnamespace from pg_extension
		where extname = 'pgext'"
}

fill()
{
	sql "$1" -f - <<-'END'
		create schema sketches;
		create extension pgext schema sketches;
		alter database dump_from set search_path = public, sketches;
		set search_path = public, sketches;
		create table rollup (
			day date,
			dim text,
			visitors hll(11),
			fine hll default hll_empty(14),
			h sketch_hash,
			seen bloom,
			small bloom default bloom_empty(100),
			actions cms default cms_empty(0.01),
			hot topk default topk_empty(20),
			views bigint generated always as (cms_total(actions)) stored,
			has_1 boolean generated always as (seen @> 1) stored,
			visitors_estimate float8
				generated always as (round(#visitors)) stored,
			check (hll_precision(visitors) = 11),
			check (small <> bloom_empty(99)),
			primary key (day, dim)
		);
		insert into rollup (day, dim, visitors, fine, h, seen, small,
			actions, hot)
		select date '2026-01-01' + d, 'sparse', hll_add_agg(d * 7 + x, 11),
			hll_add_agg(x, 14), hll_hash_any(d), bloom_add_agg(d * 7 + x, 20000),
			bloom_add_agg(x), cms_add_agg(x, 0.01, 0.01),
			topk_add_agg('page ' || x % 15, 20)
		from generate_series(0, 9) d, generate_series(1, 50) x group by d;
		insert into rollup (day, dim, visitors, fine, seen, actions, hot)
		select date '2026-01-01' + d, 'dense', hll_add_agg(d * 7 + x, 11),
			hll_add_agg(x, 14), bloom_add_agg(d * 7 + x, 40000),
			cms_add_agg(x % 5000, 0.01, 0.01), topk_add_agg('page ' || x % 997, 20)
		from generate_series(0, 2) d, generate_series(1, 100000) x group by d;
		insert into rollup values
			('2026-02-01', 'empty', hll_empty(11), hll_empty(), null,
				bloom_empty(20000), bloom_empty(1000000), cms_empty(0.01),
				topk_empty(20)),
			('2026-02-01', 'null', null, null, null, null, null, null, null);
		insert into rollup (day, dim) values ('2026-02-02', 'default');
		create index rollup_visitors on rollup (visitors);
		create index rollup_hash on rollup using hash (fine);
		create index rollup_estimate on rollup (hll_cardinality(fine));
		create index rollup_small on rollup (small);
		create index rollup_seen on rollup using hash (seen);
		create index rollup_has_2 on rollup (day) where seen @> 2;
		create index rollup_hot on rollup (hot);
		create index rollup_actions on rollup using hash (actions);
		create index rollup_of_7 on rollup (cms_frequency(actions, 7));
		create index rollup_count on rollup (bloom_cardinality(seen));
		create materialized view by_dim as
			select dim, hll_union_agg(visitors) as all_visitors,
				bloom_union_agg(seen) as all_seen,
				cms_union_agg(actions) as all_actions,
				topk_union_agg(hot) as all_hot
			from rollup group by dim;
		create unique index on by_dim (dim, all_visitors);
	END
}

# expect_same DATABASE HOW
expect_same()
{
	is "$2: all sketches equal to the byte" \
		"$(fingerprint "$1")" "$(fingerprint dump_from)"
	is "$2: typmods, indexes, defaults, checks, view, schema" \
		"$(shapes "$1")" "$(shapes dump_from)"
	is "$2: a default is an empty sketch of its precision" \
		"$(sql "$1" -c "insert into rollup (day, dim) values ('2026-03-01', 'new')
			returning sketches.hll_precision(fine)")" 14
	refuses "$2: the typmod still holds" "$1" \
		"insert into rollup (day, dim, visitors)
		values ('2026-03-02', 'new',
			sketches.hll_add(sketches.hll_empty(12), 1))" \
		'expected an hll value of precision 11, not 12'
	is "$2: filters are found by value and answer" "$(sql "$1" -c "
		select count(*) filter (where has_1),
			count(*) filter (where seen operator(sketches.@>) 2),
			count(*) filter (where small operator(sketches.=)
				sketches.bloom_empty(1000000)),
			sum(views), max(sketches.cms_frequency(actions, 7)),
			max(sketches.topk_array(hot, 1) ->> 0)
		from rollup")" "$(sql dump_from -c '
		select count(*) filter (where seen @> 1),
			count(*) filter (where 2 <@ seen), 1,
			sum(cms_total(actions)), max(cms_frequency(actions, 7)),
			max(topk_array(hot, 1) ->> 0) from rollup')"
	ok "$2: the materialized view refreshes" \
		sql "$1" -c 'refresh materialized view concurrently by_dim'
}

# expect_path_free DATABASE SCHEMA: no function needs the schema in the search path.
expect_path_free()
{
	is "schema $2: works with an empty search_path" \
		"$(sql "$1" -c "set search_path = ''" -c "
			select $2.hll_cardinality($2.hll_union_agg(s)),
				$2.approx_count_distinct(n),
				bool_and(s operator($2.=) s),
				count(distinct s),
				$2.hll_cardinality($2.hll_add_agg($2.hll_hash_any(n))),
				bool_and(b operator($2.@>) n), count(distinct b),
				$2.bloom_cardinality($2.bloom_union_agg(b)),
				$2.bloom_add_agg(n, 9) operator($2.=) $2.bloom_union_agg(b),
				$2.cms_frequency($2.cms_union_agg(f), 2),
				$2.cms_add_agg(n) operator($2.=) $2.cms_union_agg(f),
				$2.topk_array($2.topk_union_agg(k), 1) #>> '{0,item}'
			from (select n, $2.hll_add($2.hll_empty(), n) s,
					$2.bloom_add($2.bloom_empty(9), n) b,
					$2.cms_add($2.cms_empty(), n) f,
					$2.topk_add($2.topk_empty(), n::text, n) k
				from generate_series(1, 3) n) x")" \
		'3|3|t|3|3|t|3|3|t|1|t|3'
}

create_database dump_from
create_database dump_plain
create_database dump_custom
fill dump_from
is 'there is something to dump' "$(sql dump_from -c '
	select count(*), count(visitors), count(fine), count(seen), count(small),
		count(actions), count(hot)
	from rollup')" '16|14|15|14|15|15|15'

ok 'pg_dump, plain' pg_dump -f "$work/plain.sql" dump_from
ok 'psql restores it' sql dump_plain -f "$work/plain.sql"
expect_same dump_plain plain

ok 'pg_dump, custom' pg_dump -Fc -f "$work/custom" dump_from
ok 'pg_restore' pg_restore -e -d dump_custom "$work/custom"
expect_same dump_custom custom

expect_path_free dump_plain sketches
ok 'the extension moves' sql dump_plain -c 'create schema moved' \
	-c 'alter extension pgext set schema moved'
expect_path_free dump_plain moved
is 'the column follows the type' \
	"$(sql dump_plain -c "select format_type(atttypid, atttypmod)
		from pg_attribute
		where attrelid = 'rollup'::regclass and attname = 'visitors'")" \
	'moved.hll(11)'
ok 'generated column and index follow' sql dump_plain -c \
	"insert into rollup (day, dim, visitors, seen)
	values ('2026-04-01', 'moved', moved.hll_add(moved.hll_empty(11), 1),
		moved.bloom_add(moved.bloom_empty(20000), 2))"
finish
