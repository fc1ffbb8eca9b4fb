-- The tables of test/t/replication.sh, on the publisher and on its subscribers.

create extension pgext;

create table rollup (
	day date primary key,
	note text,
	users hll(12),
	seen bloom,
	actions cms,
	hot topk
);
create index rollup_seen on rollup using hash (seen);
create index rollup_visitors on rollup (hll_cardinality(users));

-- Its rows are found by comparing all columns.
create table keyless (like rollup);
alter table keyless replica identity full;

-- Its key is a sketch.
create table by_sketch (users hll not null, h sketch_hash not null, note text);
create unique index by_sketch_key on by_sketch (users, h);
alter table by_sketch replica identity using index by_sketch_key;

create table large (n integer primary key, seen bloom);

-- The text form of a sketch tells all its bytes.
create view contents as
select 'rollup' as name, count(*), md5(string_agg(r::text, '|' order by r::text collate "C"))
from rollup r
union all
select 'keyless', count(*), md5(string_agg(k::text, '|' order by k::text collate "C"))
from keyless k
union all
select 'by_sketch', count(*), md5(string_agg(b::text, '|' order by b::text collate "C"))
from by_sketch b
union all
select 'large', count(*), md5(string_agg(l::text, '|' order by l::text collate "C"))
from large l;

-- A publication may not select rows by what a function says of a sketch, but
-- by a column that holds it.
create table busy (
	day date,
	users hll,
	visitors float8 generated always as (round(hll_cardinality(users))) stored
);
