#!/bin/sh
#
# Sketches on Citus: tables distributed over two workers and a coordinator, which
# the test starts. Every aggregate is computed in parts where the rows are, as
# EXPLAIN shows, and the coordinator merges the parts. The result is, to the byte,
# that of local tables with the same rows; for topk, the bounds hold. Rollups are
# filled, upserted, merged, joined and moved. Skipped if the server has no Citus.
. test/lib.sh
begin

if [ -z "$(sql postgres -c \
	"select 1 from pg_available_extensions where name = 'citus'")" ]
then
	skip 'Citus is not installed for this server'
	finish
fi
. test/env/nodes.sh

nshards=6

# Citus accepts the directory of a socket as a host name.
start_node()
{
	node_start "$1" "shared_preload_libraries = 'citus'" \
		"citus.local_hostname = '$(node_socket "$1")'" \
		'citus.enable_statistics_collection = off' &&
		node "$1" sql postgres -c 'create extension citus'
}

# From here on, sql connects to the coordinator.
start_cluster()
{
	start_node coordinator && start_node first && start_node second || return
	PGHOST=$(node_socket coordinator)
	sql postgres -c "select citus_set_coordinator_host('$PGHOST', $PGPORT),
		citus_add_node('$(node_socket first)', $PGPORT),
		citus_add_node('$(node_socket second)', $PGPORT)" \
		-c 'create extension pgext'
}

# Tables distributed by user and by country, and the same ones as local tables in
# schema plain.
create_tables()
{
	sql postgres -f - <<-END
		create table events (id int, user_id bigint, day date, country text,
			page text, bytes int);
		create table countries (country text primary key, continent text);
		create table users (user_id bigint primary key, plan text);
		create table visitors (user_id bigint primary key, pages hll(11),
			seen bloom, views cms, top topk);
		create table rollup (day date, country text, users hll(12),
			seen bloom check ((bloom_info(seen)).expected_items = 30000),
			views cms, pages topk, primary key (country, day));
		create schema plain;
		create table plain.events (like events);
		create table plain.countries (like countries);
		create table plain.users (like users);
		create table plain.visitors (like visitors including all);
		create table plain.rollup (like rollup including all);
		set citus.shard_count = $nshards;
		select create_distributed_table(name, 'user_id')
		from unnest(array['events', 'users', 'visitors']) name;
		select create_distributed_table('rollup', 'country',
			colocate_with => 'none');
		select create_reference_table('countries');
	END
}

fill_tables()
{
	sql postgres -f - <<-'END'
		insert into plain.events
		select x, x * 7919::bigint % 20011, '2026-03-01'::date + x % 7,
			'c' || x % 5,
			'page ' || floor(1000 * pow(x * 613::bigint % 1009 / 1009.0, 4)),
			x % 1000
		from generate_series(1, 60000) x;
		insert into plain.countries
		select 'c' || x, 'continent ' || x % 2 from generate_series(0, 4) x;
		insert into plain.users
		select x, 'plan ' || x % 3 from generate_series(0, 20010) x;
		insert into events select * from plain.events;
		insert into countries select * from plain.countries;
		insert into users select * from plain.users;
	END
}

# --- queries of distributed and of local tables ---------------------------------

spread() { sql postgres -c "$1"; }

# The same query of the local tables, with values in place of their hashes.
plain()
{
	sql postgres -c 'set search_path = plain, public' \
		-c "$(echo "$1" | sed 's/hll_hash_any(\([a-z_]*\))/\1/g')"
}

agrees() { is "$1" "$(spread "$2")" "$(plain "$2")"; }

# in_plan TEXT QUERY: how often the plan has the text, over all shards.
in_plan()
{
	sql postgres -c 'set citus.explain_all_tasks = on' \
		-c "explain (verbose, costs off) $2" | grep -c "$1"
}

# Each shard computes a part, and the coordinator merges the parts.
in_parts()
{
	is "$1: in parts" "$(in_plan 'Query: .*worker_partial_agg' "$2")" $nshards
}

# agrees_in_parts AGGREGATE TABLE: both of these.
agrees_in_parts()
{
	in_parts "$1" "select $1 from $2"
	agrees "$1" "select md5(($1)::text) from $2"
}

adding='hll_add_agg(hll_hash_any(user_id))
hll_add_agg(hll_hash_any(id), 11)
approx_count_distinct(hll_hash_any(user_id))
approx_count_distinct(hll_hash_any(id), 11)
bloom_add_agg(hll_hash_any(user_id)) filter (where user_id < 100)
bloom_add_agg(hll_hash_any(user_id), 30000)
bloom_add_agg(hll_hash_any(id), 100000, 0.001)
cms_add_agg(hll_hash_any(page))
cms_add_agg(hll_hash_any(user_id), 0.01)
cms_add_agg(hll_hash_any(page), 0.01, 0.001)
cms_add_weighted_agg(hll_hash_any(page), bytes)
cms_add_weighted_agg(hll_hash_any(page), bytes, 0.01)
cms_add_weighted_agg(hll_hash_any(page), bytes, 0.01, 0.001)'

check_adding()
{
	while read -r form
	do
		agrees_in_parts "$form" events
		agrees "$form, of one shard, no row, and NULLs" \
			"select ($form)::text from events where user_id = 42;
			select coalesce(($form)::text, 'NULL') from events where id < 0;
			select $(echo "$form" | sed 's/any([a-z_]*)/any(null::int)/')
			from events"
	done <<-END
		$adding
	END
}

check_groups()
{
	agrees 'groups that are in all shards' "
		select day, md5(hll_add_agg(hll_hash_any(user_id))::text),
			md5(bloom_add_agg(hll_hash_any(user_id), 30000)::text),
			md5((cms_add_agg(hll_hash_any(page))
				filter (where country <> 'c1'))::text)
		from events group by day order by day"
	agrees 'groups that are in one shard each, of values' "
		select user_id, approx_count_distinct(page), md5(cms_add_agg(day)::text)
		from events group by user_id order by user_id"
	in_parts 'several of one hash' "
		select #hll_add_agg(h), bloom_add_agg(h, 30000)
		from (select hll_hash_any(user_id) as h from events) e"
}

# --- topk ----------------------------------------------------------------------

# bounds_hold WHAT SKETCH TRUTH: the total is right, all bounds hold, and every item
# above the error bound is listed.
bounds_hold()
{
	is "$1: bounds hold" "$(sql postgres -c "create temp table hot(k) as $2" -c "
		create temp table truth(page, n) as $3" -c "
		select topk_total(k) = (select sum(n) from truth),
			bool_and(coalesce(n, 0) between lower and upper),
			(select count(*) > 0 and bool_and(page in
				(select item from topk_items(k)))
			from truth where n > topk_error_bound(k))
		from hot, topk_items(k) left join truth on page = item
		group by k" 2>&1)" 't|t|t'
}

# truth AGGREGATE: the true weights of all items.
truth() { echo "select page, $1 from plain.events group by page"; }

check_topk()
{
	for form in 'topk_add_agg(page)' 'topk_add_agg(page, 50)'
	do
		in_parts "$form" "select $form from events"
		bounds_hold "$form" "select $form from events" "$(truth 'count(*)')"
	done
	form='topk_add_weighted_agg(page, bytes, 60)'
	in_parts "$form" "select $form from events"
	bounds_hold "$form" "select $form from events" "$(truth 'sum(bytes)')"
}

# One row per group, made on the coordinator from parts of all shards.
check_topk_array()
{
	pages='select country, topk_array(topk_add_agg(page, 50), 3)
		from events group by country'
	in_parts topk_array "$pages"
	is 'topk_array: bounds hold' "$(sql postgres \
		-c "create temp table hot(country, pages) as $pages" -c "
		select country, count(*), min(item) filter (where place = 1),
			bool_and((select count(*) from plain.events e
				where (e.country, page) = (hot.country, item))
				between lower and upper)
		from hot, rows from (jsonb_to_recordset(pages) as (item text,
				lower bigint, upper bigint)) with ordinality
			as r(item, lower, upper, place)
		group by country order by country" 2>&1)" \
		"$(printf 'c%s|3|page 0|t\n' 0 1 2 3 4)"
}

# --- rollups -------------------------------------------------------------------

# Rows of one shard go to all others, and are merged with theirs.
upsert()
{
	echo "insert into rollup as t
		select day, country, hll_add_agg(hll_hash_any(user_id), 12),
			bloom_add_agg(hll_hash_any(user_id), 30000),
			cms_add_agg(hll_hash_any(page)), topk_add_agg(page, 50)
		from events where id % 2 = $1 group by 1, 2
		on conflict (country, day) do update set
			users = t.users || excluded.users, seen = t.seen || excluded.seen,
			views = t.views || excluded.views, pages = t.pages || excluded.pages"
}

rollup='select day, country, md5(users::text), md5(seen::text), md5(views::text),
	topk_total(pages) from rollup order by 1, 2'

check_rollup()
{
	for part in 0 1
	do
		ok "upsert $part" sql postgres -c "$(upsert $part)"
		plain "$(upsert $part)"
	done
	agrees 'upserted rollup' "$rollup"
	agrees 'unions by day' "
		select day, md5(hll_union_agg(users)::text),
			md5(bloom_union_agg(seen)::text), md5(cms_union_agg(views)::text),
			topk_total(topk_union_agg(pages))
		from rollup group by day order by day"
	form='topk_union_agg(pages)'
	in_parts "$form" "select $form from rollup"
	bounds_hold "$form" "select $form from rollup" "$(truth 'count(*)')"
	# Users return five days later, in the next country.
	again="rollup where day = '2026-03-01'::date + 5 * right(country, 1)::int"
	agrees_in_parts 'bloom_intersect_agg(seen)' "$again"
	is 'something is in both' "$(spread "select
		bloom_cardinality(bloom_intersect_agg(seen)) > 100 from $again")" t
	agrees 'unions in a window' "
		select day, md5((hll_union_agg(users) over (order by day
			rows between 2 preceding and current row))::text)
		from (select day, hll_union_agg(users) as users from rollup
			group by day) d order by day"
}

# When grouped by the distribution column, nothing leaves its shard, so values
# need not be hashed first.
check_visitors()
{
	fill='insert into visitors select user_id, hll_add_agg(page, 11),
		bloom_add_agg(page, 2000), cms_add_agg(page), topk_add_agg(page, 5)
		from events group by user_id'
	is 'insert into each shard from itself' \
		"$(in_plan 'Insert on public.visitors_' "$fill")" $nshards
	ok 'fill visitors' sql postgres -c "$fill"
	plain "$fill"
	for form in 'hll_union_agg(pages)' 'bloom_union_agg(seen)' \
		'cms_union_agg(views)' 'topk_total(topk_union_agg(top))'
	do
		agrees_in_parts "$form" visitors
	done
}

# --- more tables ---------------------------------------------------------------

check_joins()
{
	agrees 'with a reference table' "
		select continent, md5(hll_add_agg(hll_hash_any(user_id))::text)
		from events join countries using (country) group by 1 order by 1"
	agrees 'with a table that is spread alike' "
		select plan, md5(cms_add_agg(hll_hash_any(page))::text)
		from events join users using (user_id) group by 1 order by 1"
	agrees 'by a filter' "
		select count(*) from events
		where (select bloom_add_agg(hll_hash_any(user_id), 30000) from events
			where country = 'c3' and bytes < 100) @> user_id"
}

on_first="select count(*) from citus_shards
	where table_name = 'rollup'::regclass and nodename like '%/first/%'"

check_move()
{
	before=$(spread "$on_first")
	ok 'move a shard' sql postgres -c "
		select citus_move_shard_placement(shardid, nodename, nodeport,
			'$(node_socket second)', $PGPORT, 'block_writes')
		from (select * from citus_shards where table_name = 'rollup'::regclass
			and nodename like '%/first/%' limit 1) s"
	is 'it is there' "$(spread "$on_first")" $((before - 1))
	agrees 'rollup, moved' "$rollup"
}

# Citus looks an aggregate up by the types of its arguments, and finds none for a
# polymorphic one; so it has to be given hashes.
check_errors()
{
	for form in 'hll_add_agg(user_id)' 'approx_count_distinct(page)' \
		'bloom_add_agg(user_id, 30000)' 'cms_add_agg(page)'
	do
		refuses "$form" postgres "select $form from events" \
			'could not confirm type correctness'
	done
	refuses 'filters that would each size themselves' postgres \
		'select bloom_add_agg(hll_hash_any(user_id)) from events' \
		'nodes, give expected_items'
	refuses 'parts of different precision' postgres "
		select hll_add_agg(hll_hash_any(page), 11 + (user_id % 2)::int)
		from events" 'precision changes'
}

# give_up WHAT: what all the rest needs has failed.
give_up()
{
	complain "$1" "$(cat "$work/setup")" 'no error'
	finish
}

start_cluster >"$work/setup" 2>&1 || give_up 'start a cluster'
is 'the coordinator makes the extension on all nodes' "$(
	for n in first second
	do
		node $n sql postgres -c "select extname from pg_extension
			where extname = 'pgext'"
	done)" "$(printf 'pgext\npgext')"
create_tables >"$work/setup" 2>&1 || give_up 'create tables'
fill_tables >"$work/setup" 2>&1 || give_up 'fill tables'
is 'rows are on both workers' "$(spread "
	select count(distinct nodename) from citus_shards
	where table_name = 'events'::regclass and shard_size > 0")" 2
agrees 'rows' 'select count(*), sum(id), sum(hashtext(page)) from events'
check_adding
check_groups
check_topk
check_topk_array
check_rollup
check_visitors
check_joins
check_move
check_errors
finish
