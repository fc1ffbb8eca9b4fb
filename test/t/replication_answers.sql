-- What test/t/replication.sh asks a server and its standby.

-- Every function that sketches alone are enough for: of those of each row, and
-- where it takes two, of each row and the one before.
select format(
	'select %L, md5(string_agg(x::text, ''|'' order by x::text))
	from (select %s(%s) as x from rollup) r',
	f.oid::regprocedure, f.oid::regproc,
	case needed when 1 then name
		else format('%1$s, lag(%1$s) over (order by day)', name) end)
from pg_depend join pg_proc f on classid = 'pg_proc'::regclass and objid = f.oid,
	lateral (select pronargs - pronargdefaults as needed) n,
	(values ('users', 'hll'), ('seen', 'bloom'), ('actions', 'cms'),
		('hot', 'topk')) c (name, type)
where deptype = 'e'
	and refobjid = (select oid from pg_extension where extname = 'pgext')
	and needed in (1, 2)
	and trim_array(proargtypes::oid[], pronargdefaults)
		<@ array[type::regtype::oid]
	and f.oid not in (
		select unnest(array[aggtransfn, aggcombinefn, aggmtransfn, aggminvtransfn])
		from pg_aggregate)
order by 1 \gexec

-- Questions of values.
select day, seen @> 7, cms_frequency(actions, 7), topk_frequency(hot, 'page 7'),
	hll_add(users, 7), bloom_add(seen, 7), cms_add(actions, 7), hot || 'page 7'::text
from rollup
order by day;

-- Indexes.
set enable_seqscan = off;
select $$
	select note from by_sketch
	where users = (select users from by_sketch order by users limit 1)
$$ as by_btree, $$
	select day from rollup
	where seen = (select seen from rollup where day = '2026-01-02')
$$ as by_hash, $$
	select day from rollup where hll_cardinality(users) between 5 and 500 order by 1
$$ as by_expression \gset
:by_btree; :by_hash; :by_expression;
explain (costs off) :by_btree; explain (costs off) :by_hash;
explain (costs off) :by_expression;

-- In parallel.
set enable_seqscan = on;
set parallel_setup_cost = 0;
set parallel_tuple_cost = 0;
set min_parallel_table_scan_size = 0;
select $$
	select hll_add_agg(n), approx_count_distinct(n), bloom_add_agg(n, 1000),
		bloom_union_agg(seen), cms_add_agg(n), topk_add_agg((n % 50)::text)
	from large
$$ as in_parallel \gset
:in_parallel;
explain (costs off) :in_parallel;
