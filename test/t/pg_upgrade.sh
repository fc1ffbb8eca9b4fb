#!/bin/sh
#
# pg_upgrade takes a cluster with sketches from the oldest to the newest PostgreSQL
# that is installed with its headers: they stay the same to the byte, with all
# that depends on them. A single version is upgraded to itself, which also goes
# through dump and restore, and counts as one skipped check.
. test/lib.sh
begin
. test/env/server.sh

clusters=$(make_directory) || exit 1
on_exit clusters_remove

# The clang that an old release was built with may be missing here.
export MAKEFLAGS=with_llvm=no

# --- two clusters -----------------------------------------------------------------

# "MAJOR PG_CONFIG" of each version that is complete, the oldest first.
installed()
{
	for config in "$PG_CONFIG" /usr/lib/postgresql/1[5-9]/bin/pg_config
	do
		[ -x "$("$config" --bindir)/pg_upgrade" ] &&
			[ -f "$("$config" --includedir-server)/postgres.h" ] &&
			echo "$("$config" --version | sed "s/^[^0-9]*\([0-9]*\).*/\1/") $config"
	done 2>/dev/null | sort -n -u -k 1,1
}

# tree_for PG_CONFIG MAJOR: the tree to install from; this one is built for one
# version.
tree_for()
{
	if [ "$1" = "$check_config" ]
	then
		pwd
		return
	fi
	# shellcheck disable=SC2086 # one word each
	copy_tree "$work/tree-$2" $sources
	echo "$work/tree-$2"
}

# use old|new: selects the cluster for all that follows.
use()
{
	case $1 in
		old) PG_CONFIG=$old_config server_tree=$old_tree ;;
		new) PG_CONFIG=$new_config server_tree=$new_tree ;;
	esac
	server_use "$clusters/$1"
}

make_cluster()
{
	mkdir -m 755 "$clusters/$1" && : >"$clusters/$1/pgext-server" && use "$1" &&
		server_step server_install && server_step server_initdb &&
		add_checksums
}

# Both must have checksums or not; they are the default from PostgreSQL 18 on.
add_checksums()
{
	checksums=$(server_bindir)/pg_checksums
	server_as_owner "$checksums" --check -D "$server_dir/data" ||
		server_as_owner "$checksums" --enable -D "$server_dir/data"
}

clusters_remove()
{
	for cluster in old new
	do
		[ ! -d "$clusters/$cluster" ] || { use "$cluster"; server_stop; }
	done
	rm -rf "$clusters"
}

# Runs in a directory of its own, since it leaves files there.
run_pg_upgrade()
(
	server_dir=$clusters/run
	mkdir -m 700 "$server_dir" && chown "$(server_owner)" "$server_dir" &&
		server_as_owner "$clusters/new/install$("$new_config" --bindir)/pg_upgrade" \
			-U postgres -s "$server_dir" \
			-b "$clusters/old/install$("$old_config" --bindir)" \
			-B "$clusters/new/install$("$new_config" --bindir)" \
			-d "$clusters/old/data" -D "$clusters/new/data" && return
	find "$clusters/new/data/pg_upgrade_output.d" -type f \
		-exec tail -n 20 {} +
	return 1
)

# --- the contents of the old one ----------------------------------------------------

fill()
{
	sql kept -f - <<-'END'
		create schema sketches;
		create extension pgext schema sketches;
		alter database kept set search_path = public, sketches;
		set search_path = public, sketches;
		create table rollup (
			day date,
			dim text,
			visitors hll(11),
			fine hll default hll_empty(14),
			hash sketch_hash,
			seen bloom default bloom_empty(20000),
			actions cms default cms_empty(0.01),
			hot topk default topk_empty(20),
			views bigint generated always as (cms_total(actions)) stored,
			has_1 boolean generated always as (seen @> 1) stored,
			users float8 generated always as (#visitors) stored,
			check (hll_precision(visitors) = 11),
			primary key (day, dim)
		) partition by list (dim);
		create table rollup_few partition of rollup for values in ('few');
		create table rollup_many partition of rollup default;
		insert into rollup (day, dim, visitors, fine, hash, seen, actions, hot)
		select date '2026-01-01' + d, dim, hll_add_agg(d * 7 + x, 11),
			hll_add_agg(x, 14), hll_hash_any(d), bloom_add_agg(d * 7 + x, 20000),
			cms_add_agg(x % 5000, 0.01), topk_add_agg('page ' || x % 97, 20)
		from generate_series(0, 9) d,
			(values ('few', 50), ('many', 30000)) v (dim, n),
			generate_series(1, n) x
		group by d, dim;
		insert into rollup (day, dim) values ('2026-02-01', 'few');
		create index rollup_visitors on rollup (visitors);
		create index rollup_fine on rollup using hash (fine);
		create index rollup_seen on rollup using hash (seen);
		create index rollup_actions on rollup using hash (actions);
		create index rollup_hot on rollup (hot);
		create index rollup_users on rollup (hll_cardinality(fine));
		create index rollup_has_2 on rollup (day) where seen @> 2;
		create materialized view by_dim as
			select dim, hll_union_agg(visitors) as visitors,
				bloom_union_agg(seen) as seen, cms_union_agg(actions) as actions,
				topk_union_agg(hot) as hot
			from rollup group by dim;
		create unique index on by_dim (dim);
		create view weekly as
			select day, dim, hll_union_agg(fine) over (order by day, dim
				rows between 6 preceding and current row) as fine
			from rollup;
	END
}

# A digest of all stored bytes: the text form is hexadecimal of them.
fingerprint()
{
	sql kept -c "select count(*), md5(string_agg(r::text, '|' order by day, dim))
			from rollup r" \
		-c "select count(*), md5(string_agg(r::text, '|' order by dim))
			from by_dim r" \
		-c "select count(*), md5(string_agg(r::text, '|' order by day, dim))
			from weekly r"
}

# found SEQSCAN INDEXSCAN: the same rows must be found with and without indexes.
found()
{
	sql kept -c "set enable_seqscan = $1" -c "set enable_indexscan = $2" \
		-c "set enable_bitmapscan = $2" -c 'set enable_hashjoin = off' \
		-c 'set enable_mergejoin = off' -c 'set enable_material = off' \
		-c 'set enable_memoize = off' -c '
		select (select count(*) from rollup a join rollup b using (visitors)),
			(select count(*) from rollup a join rollup b using (fine)),
			(select count(*) from rollup a join rollup b using (seen)),
			(select count(*) from rollup a join rollup b using (actions)),
			(select count(*) from rollup a join rollup b using (hot)),
			(select count(*) from rollup where hll_cardinality(fine) between 49 and 51),
			(select count(*) from rollup where seen @> 2)'
}

check_btrees()
{
	sql kept -c 'create extension amcheck' \
		-c "select count(bt_index_check(c.oid, true)) > 10
			from pg_class c join pg_am a on a.oid = c.relam
			where a.amname = 'btree' and c.relkind = 'i'
				and c.relnamespace = 'public'::regnamespace"
}

# --- the test ---------------------------------------------------------------------

check_config=$PG_CONFIG
# shellcheck disable=SC2046 # two words each
set -- $(installed | sed -n '1p;$p')
old=$1 old_config=$2 new=$3 new_config=$4
[ "$old" != "$new" ] ||
	skip "no upgrade to another version: PostgreSQL $old alone is installed"
echo "from PostgreSQL $old to $new"
old_tree=$(tree_for "$old_config" "$old")
new_tree=$(tree_for "$new_config" "$new")

ok 'a new cluster' make_cluster new
ok 'an old cluster' make_cluster old
use old
server_step server_launch
create_database kept
ok 'is filled' fill
ok 'with golden values, too' sql kept -f test/golden/golden.sql
before=$(fingerprint)
found_before=$(found on off)
is 'there is something in it' "$(echo "$before" | cut -d'|' -f1 | xargs)" '21 2 21'
server_halt

ok 'pg_upgrade' run_pg_upgrade
use new
server_step server_launch
is 'the server is the new one' \
	"$(sql kept -c "select current_setting('server_version_num')::int / 10000")" \
	"$new"
is 'all sketches are equal to the byte' "$(fingerprint)" "$before"
is 'all golden values answer as ever' \
	"$(sql kept -c 'select golden_verdict()')" \
	"$(golden_right)"
is 'the extension is in its schema' "$(sql kept -c "
	select extversion, extnamespace::regnamespace from pg_extension
	where extname = 'pgext'")" \
	"$(version_of .)|sketches"
is 'indexes find all' "$(found off on)" "$found_before"
if [ -n "$(sql kept -c "select from pg_available_extensions
	where name = 'amcheck'" -c "select 1")" ]
then
	is 'btree indexes are whole' "$(check_btrees)" t
else
	skip 'amcheck is not installed'
fi
ok 'ANALYZE' sql kept -c 'analyze'
ok 'the materialized view refreshes' sql kept \
	-c 'refresh materialized view concurrently by_dim'
is 'to the same bytes' "$(fingerprint)" "$before"
is 'unions of old and new values' "$(sql kept -c "
	select round(#(hll_union_agg(visitors) || hll_add_agg(0::bigint, 11))) > 0,
		bloom_union_agg(seen) @> 3, cms_frequency(cms_union_agg(actions), 7) > 0,
		(topk_array(topk_union_agg(hot), 1) -> 0) is not null
	from rollup")" 't|t|t|t'
is 'defaults, and generated columns' "$(sql kept -c "
	insert into rollup (day, dim, visitors, seen)
	values ('2026-03-01', 'few', hll_add(hll_empty(11), 1), bloom_empty(20000) || 1)
	returning users, has_1, hll_precision(fine), views")" '1|t|14|0'
refuses 'the typmod still holds' kept \
	"insert into rollup values ('2026-03-02', 'few', hll_add(hll_empty(12), 1))" \
	'expected an hll value of precision 11, not 12'
finish
