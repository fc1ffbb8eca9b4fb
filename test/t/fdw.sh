#!/bin/sh
#
# Sketches on two shards, queried through postgres_fdw: which parts of a query are
# sent to the shards (EXPLAIN's "Remote SQL"), which are not, and what to write
# instead; and that all answers are, to the byte, those of one table with all
# rows. Schema "whole" has such tables, under the names of the foreign ones.
. test/lib.sh
begin

if ! [ -f "$("$PG_CONFIG" --sharedir)/extension/postgres_fdw.control" ]
then
	skip 'no postgres_fdw is installed'
	finish
fi
. test/env/nodes.sh

# --- the servers ----------------------------------------------------------------

tables()
{
	cat <<-'END'
		create table event (shard integer, day date, ts timestamp,
			hour integer, usr integer, hash sketch_hash, page text, address inet,
			weight bigint, h hll, b bloom, c cms, t topk);
		create table rollup (shard integer, day date, part integer,
			users hll(12), seen bloom, views cms, pages topk,
			primary key (shard, day, part));
		create view daily as
			select shard, day, hll_union_agg(users) users,
				#hll_union_agg(users) n
			from rollup group by shard, day;
	END
}

# rows SHARD: its events. Users 1 to 500 are in both shards.
rows()
{
	cat <<-END
		insert into event
		select $1, ts::date, ts, n % 24, usr, sketch_hash_any(usr),
			'/page/' || (n + $1) % 60, inet '10.0.0.0' + usr, n % 7,
			hll_add(hll_empty(12), usr), bloom_empty(10000) || usr,
			cms_empty() || usr, topk_empty(90) || (usr % 50)::text
		from generate_series(1, 3000) n, lateral (
			select case when n <= 500 then n else n * 2 + $1 end usr,
				timestamp '2026-03-01' + n * interval '1 minute' ts) v;
		insert into rollup
		select $1, day, usr % 20, hll_add_agg(usr, 12),
			bloom_add_agg(usr, 10000), cms_add_agg(page), topk_add_agg(page)
		from event where shard = $1 group by 1, 2, 3;
	END
}

make_shard()
{
	create_database shard && {
		echo 'create extension pgext;'
		tables
		rows "$1"
		echo 'analyze;'
	} | sql shard -f -
}

# foreign SHARD: the server, and its tables as partitions of tables here. Rows
# are costly, as sketches are large, so that PostgreSQL does not fetch them all.
foreign()
{
	cat <<-END
		create server shard_$1 foreign data wrapper postgres_fdw options (
			host '$(node_socket "shard_$1")', port '5432', dbname 'shard',
			extensions 'pgext', async_capable 'true', fdw_tuple_cost '1');
		create user mapping for public server shard_$1;
		create foreign table event_$1 partition of event
			for values in ($1) server shard_$1 options (table_name 'event');
		create foreign table rollup_$1 partition of rollup
			for values in ($1) server shard_$1 options (table_name 'rollup');
		create foreign table daily_$1 partition of daily
			for values in ($1) server shard_$1 options (table_name 'daily');
	END
}

make_coordinator()
{
	create_database fdw && {
		echo 'create extension pgext; create extension postgres_fdw;
			create schema whole; set search_path = whole, public;'
		tables
		rows 1
		rows 2
		echo 'create view event_1 as select * from event where shard = 1;
			create view event_2 as select * from event where shard = 2;
			create view rollup_1 as select * from rollup where shard = 1;
			reset search_path;
			create table event (like whole.event) partition by list (shard);
			create table rollup (like whole.rollup) partition by list (shard);
			create table daily (like whole.daily) partition by list (shard);'
		foreign 1
		foreign 2
		helpers
		echo 'analyze event_1, event_2, rollup_1, rollup_2;
			alter database fdw set enable_partitionwise_aggregate = on;'
	} | sql fdw -f -
}

# remote_sql returns what a query sends to the shards. form has a call of each
# aggregate, from the regression test that compares this list with the catalog.
# condition has a call of every other function and operator, on columns. (Array
# types belong to the extension, and so are sent, in later versions only.)
helpers()
{
	sed -n '/^CREATE TABLE form/p; /^INSERT INTO form/,/;$/p' \
		sql/partitions.sql
	cat <<-'END'
		create function remote_sql(query text) returns text language plpgsql as $$
		declare
			plan jsonb;
		begin
			execute 'explain (verbose, format json) ' || query into plan;
			return (select string_agg(distinct part #>> '{}', E'\n')
				from jsonb_path_query(plan, '$.**."Remote SQL"') part);
		end $$;
		create function answer(query text) returns jsonb language plpgsql as $$
		declare
			rows jsonb;
		begin
			execute format('select jsonb_agg(q) from (%s) q', query) into rows;
			return rows;
		end $$;
		create view member as
			select objid from pg_depend where deptype = 'e' and refobjid =
				(select oid from pg_extension where extname = 'pgext');
		create table operand (type regtype, name text);
		insert into operand values ('hll', 'h'), ('bloom', 'b'), ('cms', 'c'),
			('topk', 't'), ('sketch_hash', 'hash'), ('anyelement', 'usr'),
			('integer', 'usr'), ('bigint', 'weight'), ('text', 'page'),
			('smallint', 'usr::smallint'), ('float8', 'usr::float8'),
			('boolean', '(usr > 3)'), ('bytea', 'h::bytea'),
			('anynonarray', 'usr'), ('anyarray', 'array[usr]');
		create view condition as
			select oid::regprocedure::text what, provolatile volatility,
				format('public.%s(', proname) sign,
				format('public.%s(%s) is not null', proname, operands) condition
			from pg_proc join member on objid = oid, lateral (
				select string_agg(name, ', ' order by n) operands
				from unnest(proargtypes) with ordinality a (type, n)
				left join operand using (type)) o
			where prokind = 'f' and not proretset and not proargtypes::oid[] &&
				'{internal,cstring,cstring[],hll[],bloom[],cms[],topk[]}'
					::regtype[]::oid[]
			union all
			select o.oid::regoperator::text, p.provolatile,
				format('OPERATOR(public.%s)', oprname),
				format('(%s operator(public.%s) %s) is not null',
					l.name, oprname, r.name)
			from pg_operator o join member on objid = o.oid
			join pg_proc p on p.oid = oprcode
			left join operand l on l.type = oprleft
			join operand r on r.type = oprright;
	END
}

# --- checks ---------------------------------------------------------------------

remote_sql() { sql fdw -c "select remote_sql(\$query\$$1\$query\$)"; }

# sends WHAT QUERY TEXT...: each TEXT is sent to the shards.
sends()
{
	what=$1
	remote=$(remote_sql "$2")
	shift 2
	for text in "$@"
	do
		case $remote in
			*"$text"*) passed=$((passed + 1)) ;;
			*) complain "$what" "$remote" "$text" ;;
		esac
	done
}

# keeps WHAT QUERY TEXT: something is sent to the shards, but not TEXT.
keeps()
{
	remote=$(remote_sql "$2")
	case $remote in
		'' | *"$3"*) complain "$1" "$remote" "nothing of $3" ;;
		*) passed=$((passed + 1)) ;;
	esac
}

# same WHAT QUERY: the shards give the same answer as one table.
same()
{
	there=$(sql fdw -c "$2")
	here=$(sql fdw -c 'set search_path = whole, public' -c "$2")
	is "$1" "$(brief "$there")" "$(brief "$here")"
}

# brief TEXT: the beginning of a long answer, with its checksum and length.
brief()
{
	[ -z "$1" ] || printf '%.200s %s\n' "$1" "$(printf '%s' "$1" | cksum)"
}

# aggregates STATEMENT: after the statement, which changes a server, how many
# aggregates there are, are sent, and have the same answer.
aggregates()
{
	sql fdw -c begin -c "$1" -c "
		with answered as (
			select split_part(call, '(', 1) as name,
				remote_sql(format(query, '')) as remote,
				answer(format(query, '')) = answer(format(query, 'whole.')) as same
			from (select call, 'select day, ' || call ||
				' from %sevent_1 group by day order by day' as query from form) q)
		select (select count(*) from pg_aggregate join member on objid = aggfnoid),
			count(*) filter (where remote like '%public.' || name || '(%'),
			count(*) filter (where same)
		from answered" -c rollback
}

# conditions VOLATILITY SENT STATEMENT: the functions and operators of this
# volatility (i or s) that are sent (t) or not (f), after the statement.
conditions()
{
	case $1 in i) least=200 ;; s) least=10 ;; esac
	sql fdw -c begin -c "$3" -c "
		select coalesce(string_agg(what, ' ') filter (where sent = '$2'),
			case when count(*) > $least then 'none' end)
		from (select what, position(sign in remote_sql(
			'select day from event_1 where ' || condition)) > 0 as sent
			from condition where volatility = '$1') c" -c rollback
}

ok 'a shard starts' node_start shard_1
ok 'another shard starts' node_start shard_2
ok 'the first shard has its rows' node shard_1 make_shard 1
ok 'the second one has others' node shard_2 make_shard 2
ok 'the coordinator has foreign tables' make_coordinator
[ "$failed" = 0 ] || finish

# --- what is sent ---------------------------------------------------------------

deaf='alter server shard_1 options (drop extensions)'
n=$(sql fdw -c 'select count(*) from form')
is 'every aggregate is sent' "$(aggregates '')" "$n|$n|$n"
is '... to a server with extensions' "$(aggregates "$deaf")" "$n|0|$n"
is 'every immutable function and operator is sent' "$(conditions i f '')" none
is '... to a server with extensions' "$(conditions i t "$deaf")" none
is 'no stable one is, as a shard may have other settings' \
	"$(conditions s t '')" none

query='
	select day, #hll_union_agg(h), hll_cardinality(hll_union_agg(h)),
		bloom_union_agg(b) @> 42, topk_array(topk_union_agg(t), 3),
		(hll_cardinality_bounds(hll_union_agg(h))).lower
	from event_1 group by day having #hll_add_agg(usr) > 100 order by day'
sends 'answers are made on the shard' "$query" \
	'OPERATOR(public.#) public.hll_union_agg(h)' \
	'public.hll_cardinality(public.hll_union_agg(h))' \
	'public.bloom_union_agg(b) OPERATOR(public.@>) 42' \
	'public.topk_array(public.topk_union_agg(t), 3)' \
	'HAVING (((OPERATOR(public.#) public.hll_add_agg(usr)) >'
same 'answers of the shard' "$query"

query='
	select shard, day, part from rollup
	where seen @> 42 and users || users >= users and 600 <@ (seen || 600)
		and #users > 40 and cms_total(views) > 3 order by 1, 2, 3'
sends 'conditions are checked on the shards' "$query" \
	'(seen OPERATOR(public.@>) 42)' '600 OPERATOR(public.<@)' \
	'(users OPERATOR(public.||) users) OPERATOR(public.>=) users' \
	'(OPERATOR(public.#) users) >' 'public.cms_total(views) > 3'
same 'conditions' "$query"

query='
	select r.day, r.part, count(*)
	from rollup_1 r join event_1 e on r.seen @> e.usr
	where cms_frequency(r.views, sketch_hash_any(e.page)) > 3
	group by 1, 2 order by 1, 2'
sends 'a join by @> is made on the shard' "$query" \
	'INNER JOIN public.event' 'OPERATOR(public.@>) ' 'public.cms_frequency('
same 'a join by @>' "$query"

keeps 'a text that is looked up stays here' "
	select r.part from rollup_1 r join event_1 e on r.seen @> e.page" '@>'

query='
	select count(distinct usr), count(*) from event_1
	where (select bloom_add_agg(usr) from event_2) @> usr'
sends 'a filter of one shard is asked on the other' "$query" \
	'SELECT public.bloom_add_agg(usr) FROM public.event' \
	'($1::public.bloom OPERATOR(public.@>) usr)'
same 'users of one shard in the filter of the other' "$query"

# --- unions over shards ---------------------------------------------------------

query='
	select day, #hll_union_agg(users), hll_union_agg(users),
		bloom_union_agg(seen), cms_union_agg(views), topk_union_agg(pages)
	from rollup group by day order by day'
keeps 'PostgreSQL sends no partial aggregates' "$query" agg
same 'a union of all rows' "$query"

query='
	select day, #hll_union_agg(users), hll_union_agg(users)
	from (select shard, day, hll_union_agg(users) as users
		from rollup group by shard, day) s
	group by day order by day'
sends 'unions of groups by the partition key are made on the shards' "$query" \
	'SELECT shard, day, public.hll_union_agg(users) FROM public.rollup GROUP BY'
same 'a union of them' "$query"
is 'the shards work at the same time' \
	"$(sql fdw -c "explain $query" | grep -c 'Async Foreign Scan')" 2
query='
	select day, #hll_union_agg(h), hll_union_agg(h), bloom_union_agg(b),
		cms_union_agg(c), topk_union_agg(t)
	from (select shard, day, hll_add_agg(usr) as h, bloom_add_agg(usr, 9000) as b,
			cms_add_agg(page) as c, topk_add_agg(page) as t
		from event group by shard, day) s
	group by day order by day'
sends 'so are sketches of events' "$query" public.hll_add_agg public.cms_add_agg
same 'a union of sketches of events' "$query"

query='
	select day, #hll_union_agg(users), sum(n) from daily group by day order by day'
sends 'views make them on the shards' "$query" \
	'SELECT day, users, n FROM public.daily'
same 'a union of what views give' "$query"

# --- what is not sent, and what to write instead --------------------------------

# A text that is looked up is read as a value of the kind that the sketch has, which
# may depend on settings. Its hash, made here, does not.
query='select day, part from rollup where cms_frequency(views, X) > 4 order by 1, 2'
text="'/page/1'::text"
keeps 'a text stays here' "$(echo "$query" | sed "s|X|$text|")" cms_frequency
query=$(echo "$query" | sed "s|X|sketch_hash_any($text)|")
sends 'its hash is sent' "$query" 'public.cms_frequency(views, ' \
	"'::public.sketch_hash) > 4"
same 'a condition on a hash' "$query"
keeps 'date_trunc, which has a text, stays here' "select hll_add_agg(usr)
	from event_1 where date_trunc('hour', ts) = '2026-03-01'" hll_add_agg
sends 'date_bin is sent' "select hll_add_agg(usr) from event_1
	where date_bin('1 hour', ts, '2026-01-01') = '2026-03-01'" hll_add_agg date_bin
for text in 'usr::text' 'host(address)' 'page collate "C"' "coalesce(page, '')"
do
	keeps "$text stays here" "select topk_add_agg($text) from event_1" topk_add_agg
done
sends 'texts made of columns of text are sent' \
	"select topk_add_agg(lower(page) || '/') from event_1" \
	"public.topk_add_agg((lower(page) || '/'"

sends 'values that become items are sent' \
	'select topk_add_agg(usr), topk_add_agg(day) from event_1' \
	'public.topk_add_agg(usr)' 'public.topk_add_agg(day)'
is 'the shard writes them, dates as ISO' "$(sql fdw -c "set datestyle = 'german'" \
	-c "select topk_array(topk_add_agg(day), 1) -> 0 ->> 'item' from event_1")" \
	2026-03-02

keeps 'rows stay here' 'select hll_add_agg(row(usr, weight)) from event_1' agg
sends 'arrays, addresses and hashes are sent' 'select hll_add_agg(address),
	hll_add_agg(array[usr, weight]), hll_add_agg(sketch_hash_any(page)) from event_1' \
	'hll_add_agg(address)' 'hll_add_agg(ARRAY[' \
	'public.hll_add_agg(public.sketch_hash_any(page, '
query='select hll_add_agg(x), bloom_add_agg(x)
	from (select sketch_hash_any(usr) as x from event_1 OFFSET) s'
keeps 'nothing is sent over OFFSET 0' "$(echo "$query" | sed 's/OFFSET/& 0/')" agg
sends 'without it, it is' "$(echo "$query" | sed 's/OFFSET//')" \
	'public.bloom_add_agg(public.sketch_hash_any(usr, '
keeps 'several groupings at once stay here' 'select day, hll_add_agg(usr)
	from event_1 group by grouping sets ((day), ())' agg
keeps 'window functions stay here' \
	'select hll_union_agg(users) over (order by day) from rollup_1' agg
keeps 'what is selected of a row stays here' 'select #users from rollup_1' '#'
sends 'a number is sent by a view' 'select n from daily where shard = 1' \
	'SELECT n FROM public.daily'

query='select topk_items(topk_union_agg(pages), 3) from rollup_1'
keeps 'lists stay here' "$query" topk_items
sends 'what they are of is sent' "$query" 'public.topk_union_agg(pages)'
same 'a list' "$query"
query='hll_cardinality_bounds(hll_union_agg(users))'
refuses 'no record comes from a shard' fdw "select $query from rollup_1" \
	'input of anonymous composite types is not implemented'
same 'its columns do' "select ($query).* from rollup_1"

# --- writing --------------------------------------------------------------------

copy_back()
{
	sql fdw -c 'copy whole.rollup to stdout' >"$work/rollup" &&
		sql fdw -c 'delete from rollup' -c 'copy rollup from stdin' \
			<"$work/rollup"
}

ok 'sketches are copied to the shards' copy_back
same 'sketches that came and went' 'select * from rollup order by 1, 2, 3'
query="
	update rollup set seen = seen || 7, users = users ||
		(select hll_add_agg(usr, 12) from whole.event where usr < 9)
	where day = '2026-03-01'"
sends 'sketches are merged on the shards' "$query" 'UPDATE public.rollup SET ' \
	'seen = (seen OPERATOR(public.||) 7)' \
	'(users OPERATOR(public.||) $1::public.hll)'
ok 'they are' sql fdw -c "$query" -c 'set search_path = whole, public' -c "$query"
same 'merged sketches' 'select * from rollup order by 1, 2, 3'
refuses 'a foreign table takes no upsert' fdw 'insert into rollup_1
	table whole.rollup_1 on conflict (day) do update set users = excluded.users' \
	'no unique or exclusion constraint'

# The precision of a foreign table's column is checked for what arrives, that of
# the shard's column for what is sent.
sql fdw -c "create foreign table coarse (shard integer, day date, part integer,
	users hll(11)) server shard_1 options (table_name 'rollup')"
refuses 'hll(12) into hll(11)' fdw 'select users from coarse' \
	'precision 11, not 12'
refuses 'hll(11) into hll(12)' fdw "insert into coarse
	values (1, '2026-04-01', 1, hll_add(hll_empty(11), 1))" 'precision 12, not 11'
ok 'a schema is imported' sql fdw -c 'create schema imported' -c 'import foreign
	schema public limit to (rollup) from server shard_1 into imported'
is 'its types' "$(sql fdw -c "
	select string_agg(format_type(atttypid, atttypmod), ' ' order by attnum)
	from pg_attribute
	where attrelid = 'imported.rollup'::regclass and attnum > 3")" \
	'hll(12) bloom cms topk'

# --- a shard without the extension, or with it elsewhere ------------------------

make_bare()
{
	node shard_2 create_database bare &&
		node shard_2 sql bare -c 'create table event as select 1 as usr' &&
		sql fdw -c "
			create server bare foreign data wrapper postgres_fdw options (
				host '$(node_socket shard_2)', port '5432', dbname 'bare',
				extensions 'pgext');
			create user mapping for public server bare;
			create foreign table bare (usr integer) server bare
				options (table_name 'event')"
}

query='select #hll_add_agg(usr) from bare'
missing='function public.hll_add_agg(integer) does not exist'
ok 'a database has no extension' make_bare
refuses 'a shard without the extension' fdw "$query" "$missing"
ok 'it gets the extension' node shard_2 sql bare -c 'create schema elsewhere' \
	-c 'create extension pgext schema elsewhere'
refuses 'a shard with it in another schema' fdw "$query" "$missing"
ok 'it moves' node shard_2 sql bare -c 'alter extension pgext set schema public'
is 'a shard with it in the same schema' "$(sql fdw -c "$query")" 1
finish
