-- What random calls are made of: values of every kind of type in the columns of
-- one table, and what judges a result.

create extension pgext;

-- NaN, infinities and ends of ranges stand beside everyday values.
create function pick(n int, list anyarray) returns anyelement immutable
	language sql as $$ select list[1 + n % cardinality(list)] $$;

create type colour as enum ('red', 'green', '');
create domain small_int as int check (value < 100);
create type pair as (a int, b text);
create type text_range as range (subtype = text);

create table sample as
select n, n % 5 as g,
	pick(n, array[null, true, false]) as b,
	pick(n, '{0,1,-1,32767,-32768,13,null}'::int2[]) as i2,
	pick(n, '{0,1,2,3,4,5,8,11,13,-1,13,14,20,21,100,1000,100000,100001,-1,
		2147483647,-2147483648,null}'::int4[]) as i4,
	pick(n, '{0,1,2,10,100,1000,1000000,100000000,1099511627776,1099511627777,
		4611686018427387904,9223372036854775807,-9223372036854775808,-1,
		null}'::int8[]) as i8,
	pick(n, '{NaN,inf,-inf,-0,3e38,1e-45,null}'::float4[]) as f4,
	pick(n, '{0.01,0.001,0.5,0.1,0.95,0.3,0.02,0.9999999999999999,1,0,-0,1e-6,
		1e-300,5e-324,1.7e308,-1,inf,-inf,NaN,null}'::float8[]) as f8,
	pick(n, '{NaN,inf,-inf,0,0.00,1.50,-1e300,1e-300,null}'::numeric[]) as num,
	pick(n, array['', 'a', 'ü', ' ', '42', repeat('ü', 32768),
		repeat('ab', 32769), repeat('text ', 40000), E'\n\\', null]) as t,
	pick(n, array['a', '', 'b  ', null]::char(5)[]) as bp,
	pick(n, array['a', '', repeat('n', 63), null]::name[]) as nm,
	pick(n, array['a', '', E'\x7f', null]::"char"[]) as ch,
	pick(n, array['\x', '\x00', '\x81000d0000', '\x81',
		decode(repeat('ff', 3000), 'hex'), decode(repeat('00', 200000), 'hex'),
		null]::bytea[]) as by,
	pick(n, '{infinity,-infinity,2026-01-01,0001-01-01 BC,null}'::timestamptz[])
		as tstz,
	pick(n, '{infinity,-infinity,2026-01-01,4713-01-01 BC,null}'::timestamp[])
		as ts,
	pick(n, '{infinity,-infinity,2026-01-01,5874897-12-31,null}'::date[]) as d,
	pick(n, '{00:00,24:00,12:34:56.789,null}'::time[]) as ti,
	pick(n, '{00:00+15:59,24:00-15:59,null}'::timetz[]) as tz,
	pick(n, '{1 mon,30 days,-1 sec,178000000 years,-178000000 years,0,
		null}'::interval[]) as iv,
	pick(n, '{00000000-0000-0000-0000-000000000000,
		ffffffff-ffff-ffff-ffff-ffffffffffff,null}'::uuid[]) as u,
	pick(n, '{0.0.0.0/0,::,10.0.0.1/8,1::/128,null}'::inet[]) as ip,
	pick(n, '{10.0.0.0/8,::/0,null}'::cidr[]) as net,
	pick(n, '{00:00:00:00:00:00,ff:ff:ff:ff:ff:ff,null}'::macaddr[]) as mac,
	pick(n, '{00:00:00:00:00:00:00:00,null}'::macaddr8[]) as mac8,
	pick(n, array['', '1', repeat('10', 5000), null]::varbit[]) as bits,
	pick(n, array['null', '{}', '[[[[1e300]]]]', '{"a": {"b": [1, "", null]}}',
		repeat('[', 900) || repeat(']', 900), null]::jsonb[]) as jb,
	pick(n, array['{}', '[1]', null]::json[]) as j,
	pick(n, '{red,green,"",null}'::colour[]) as e,
	pick(n, '{1,99,-2147483648,null}'::small_int[]) as dom,
	pick(n, array[row(1, 'a'), row(null, null), row(0, ''), null]::pair[])
		as comp,
	case n % 6 when 0 then '{}' when 1 then '{1,null,-1}' when 2 then null
		when 3 then '[-5:-4]={1,2}' when 4 then '{{{1},{2}}}'
		else array_fill(7, array[20000]) end::int[] as ia,
	case n % 3 when 0 then array['', null, repeat('x', 9000)] when 1 then '{}'
		end::text[] as ta,
	case n % 3 when 0 then array[row(1, 'a'), null]::pair[]
		when 1 then '{}' end as ca,
	pick(n, '{empty,"(,)","[1,5)",null}'::int4range[]) as ir,
	pick(n, '{empty,"[a,]","[,ü)",null}'::text_range[]) as tr,
	pick(n, array['{}', '{[1,2),[5,)}', null]::int4multirange[]) as imr,
	pick(n, '{"(0,0)","(NaN,inf)",null}'::point[]) as po,
	pick(n, '{0/0,FFFFFFFF/FFFFFFFF,null}'::pg_lsn[]) as lsn,
	pick(n, array['', 'a:1 b', null]::tsvector[]) as tsv,
	pick(n, '{0,92233720368547758.07,null}'::money[]) as mo,
	pick(n, '{1,pg_class,null}'::regclass[]) as rc,
	pick(n, '{0,16,4294967295,null}'::oid[]) as o,
	pick(n, '{0,-1,9223372036854775807,-9223372036854775808,null}'::bigint[])
		::sketch_hash as h,
	null::hll as hll, null::hll(11) as hll_11, null::bloom as bloom,
	null::cms as cms, null::topk as topk, null::hll[] as hlls,
	null::bloom[] as blooms, null::cms[] as cmss, null::topk[] as topks
from generate_series(0, 59) n;

alter table sample add primary key (n);
alter table sample set (parallel_workers = 2);

-- Aggregates that a user made of pgext's functions and without the final one:
-- their results are states, which all functions read.
select format('create aggregate raw_%s(%s) (sfunc = %s, stype = %s,
		combinefunc = %s, parallel = safe)', proname,
	pg_get_function_identity_arguments(p.oid), aggtransfn,
	aggtranstype::regtype, aggcombinefn)
from pg_extension x
	join pg_depend on refclassid = 'pg_extension'::regclass
		and refobjid = x.oid and classid = 'pg_proc'::regclass
	join pg_proc p on p.oid = objid
	join pg_aggregate on aggfnoid = p.oid
where extname = 'pgext' and aggtranstype <> 'internal'::regtype \gexec

create function series(n int) returns setof int immutable language sql
	as $$
	select generate_series(1, pick(n, '{0,1,2,3,9,40,300,3000,30000}'::int[])) $$;

update sample set
	hll_11 = case when n % 7 > 0 then
		(select coalesce(hll_add_agg(x, 11), hll_empty(11)) from series(n) x) end,
	hll = case n % 7 when 0 then null when 1 then (select hll_add_agg(x) from series(n) x)
		when 2 then (select raw_hll_add_agg(x, 12) from series(n) x)
		when 3 then (select hll_add_agg(x::text, 20) from series(n) x)
		when 4 then (select hll_add_agg(x, 4) from series(n) x)
		else (select hll_add_agg(-x) from series(n) x) end,
	bloom = case n % 7 when 0 then null when 1 then (select bloom_add_agg(x) from series(n) x)
		when 2 then (select raw_bloom_add_agg(x, 1000) from series(n) x)
		when 3 then (select bloom_add_agg(x, 1000, 0.5) from series(n) x)
		when 4 then (select bloom_add_agg(x, 100000, 1e-6) from series(n) x)
		else (select bloom_add_agg(x, 1000) from series(n) x) end,
	cms = case n % 7 when 0 then null when 1 then (select cms_add_agg(x) from series(n) x)
		when 2 then (select raw_cms_add_agg(x, 0.01) from series(n) x)
		when 3 then (select cms_add_agg(x, 0.5, 0.5) from series(n) x)
		when 4 then (select cms_add_weighted_agg(x, x * 10000000000) from series(n) x)
		else (select cms_add_agg(x % 77, 0.001, 0.01) from series(n) x) end,
	topk = case n % 7 when 0 then null
		when 1 then (select topk_add_agg(x::text) from series(n) x)
		when 2 then (select raw_topk_add_agg(x::text, 10) from series(n) x)
		when 3 then (select topk_add_agg(repeat('i', x % 50), 3) from series(n) x)
		when 4 then (select topk_add_weighted_agg(x::text, x * 10000000000, 1000)
			from series(n) x)
		else (select topk_add_agg('item ' || x % 500) from series(n) x) end;
update sample s set
	hlls = case n % 4 when 0 then '{}' when 1 then array[s.hll, null]
		when 2 then (select array_agg(hll) from sample where n < s.n % 12) end,
	blooms = case when n % 3 > 0 then array[bloom, null, bloom] end,
	cmss = array[cms, cms], topks = array[topk, topk];

-- The same rows in a partitioned table, for partition-wise aggregation.
create table parted (like sample) partition by list (g);
create table parted_0 partition of parted for values in (0, 1);
create table parted_1 partition of parted for values in (2, 3);
create table parted_2 partition of parted default;
insert into parted select * from sample;
analyze;

-- Bytes with one byte changed, or cut, or one more.
create function damage(b bytea, n int) returns bytea strict immutable
	language sql as $$
	select case when b = '' or n % 7 = 0 then b || '\x01'
		when n % 7 = 1 then substr(b, 1, n % length(b))
		else set_byte(b, n % 97 % length(b), n % 256) end $$;

-- The start of a value's text, which its type must read back as the same value.
-- Records have no input.
create function sound(v anyelement) returns text parallel restricted
	language plpgsql as $$
declare
	back text;
begin
	if v is null or pg_typeof(v) = 'record'::regtype then
		return left(v::text, 20);
	end if;
	begin
		execute format('select $1::%s::text', pg_typeof(v)) into back
			using v::text;
	exception when others then
		raise 'not read back: %', sqlerrm using errcode = 'XXP01';
	end;
	if back is distinct from v::text then
		raise 'read back as another value' using errcode = 'XXP02';
	end if;
	return left(back, 20);
end $$;
