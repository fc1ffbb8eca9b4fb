#!/bin/sh
#
# ALTER EXTENSION UPDATE: for each earlier version that can be installed, stored
# values give the same answers before and after, with this version's library, and
# the catalog is then that of a fresh installation, in every column (catalog.sql).
#
# The test makes up a next version, in a copy of the tree with a server of its own,
# so that something is tested while there is only one version, and to show that
# whatever an upgrade script forgets is found.
. test/lib.sh
begin
. test/env/server.sh

golden=$(golden_right)
next=$work/next

# --- catalogs ---------------------------------------------------------------------

# catalog_of DATABASE FILE
catalog_of()
{
	sql "$1" -f test/t/catalog.sql >"$work/lines" && sort -u "$work/lines" >"$2"
}

same_catalog()
{
	catalog_of upgraded "$work/upgraded" &&
		diff "$work/fresh" "$work/upgraded"
}

# If catalog.sql saw nothing, all installations would look the same.
shows_all()
{
	for fact in 'procost = 500' 'typstorage = e' 'oprrest = function' \
		'castcontext = i' 'aggtransspace = 65536' 'amopstrategy = 5' \
		'amprocnum = 1' 'opcdefault = true' 'opfmethod = access method hash' \
		'comment = union' 'depends = type' 'arguments = p integer DEFAULT 13'
	do
		grep -qF "$fact" "$work/fresh" || { echo "no $fact"; return 1; }
	done
}

install_fresh()
{
	create_database fresh
	ok "$1 installs" sql fresh -c 'create extension pgext'
	ok "$1 has a catalog" catalog_of fresh "$work/fresh"
	ok "$1: the catalog has objects of all kinds" shows_all
}

# --- an earlier version in use, and its update ------------------------------------

use_extension()
{
	sql upgraded -f test/golden/golden.sql -f - <<-'END'
		create index on golden_topk (s);
		create index on golden_bloom using hash (s);
		create table kept (s hll(13) check (hll_precision(s) = 13), n topk,
			users float8 generated always as (#s) stored);
		create view seen as select hll_union_agg(s) as s,
			topk_union_agg(n) as n from kept;
		insert into kept select hll_add_agg(x), topk_add_agg(x::text)
			from generate_series(1, 50) x;
	END
}

# In one session, which has used the earlier version and keeps a plan.
update_in_session()
{
	sql upgraded -c 'prepare q as
			select #s, topk_total(n), (select max(users) from kept) from seen' \
		-c 'execute q' -c 'alter extension pgext update' -c 'execute q' \
		-c "insert into kept select hll_add(s, 'x'::text), n || 'x'::text from kept" \
		-c 'execute q' 2>&1
}

# upgrade FROM: to the default version.
upgrade()
{
	create_database upgraded
	ok "from $1: this library has all its functions" \
		sql upgraded -c "create extension pgext version '$1'"
	ok "from $1: it is put to use" use_extension
	is "from $1: all answers are right before" \
		"$(sql upgraded -c 'select golden_verdict()')" "$golden"
	is "from $1: a session lives through it" "$(update_in_session)" "50|50|50
50|50|50
51|101|51"
	is "from $1: all answers are right after" \
		"$(sql upgraded -c 'select golden_verdict()')" "$golden"
	ok "from $1: the catalog is that of a fresh installation" same_catalog
}

upgrade_all()
{
	for version in $(sql postgres -c "select version
		from pg_available_extension_versions
		where name = 'pgext' and version <> '$1'")
	do
		upgrade "$version"
	done
}

# The extension is trusted: its owner only needs the right to create objects.
update_as_owner()
{
	create_database upgraded
	sql upgraded -c 'create role pgext_owner' \
		-c 'grant create on database upgraded to pgext_owner' \
		-c 'set role pgext_owner' -c 'create schema mine' \
		-c "create extension pgext schema mine version '$this'" \
		-c 'alter extension pgext update' \
		-c 'select mine.hll_next(mine.hll_empty())'
}

# --- a next version ---------------------------------------------------------------

# statement BEGINNING: prints the next version's statement that begins so.
statement()
{
	awk -v beginning="$1" '
		index($0, beginning) == 1 { found = 1 }
		found { print }
		found && /;$/ { exit }' "$next/pgext--next.sql"
}

# Does what it takes to raise the version, with a new function and two changes: a
# cost, and the size of an aggregate's state.
make_next()
{
	mkdir "$next" && tar -c --exclude=./build --exclude=./.git . |
		tar -x -C "$next" &&
		make -s -C "$next" "pgext--$this.sql" &&
		mkdir -p "$next/src/pg/upgrade" &&
		mv "$next/pgext--$this.sql" "$next/src/pg/upgrade" &&
		sed -i "/^default_version/ s/'.*'/'next'/" "$next/pgext.control" &&
		change_parts && write_script
}

change_parts()
{
	cat >>"$next/src/pg/topk.sql" <<-'END'

		CREATE FUNCTION hll_next(s hll) RETURNS boolean
			AS 'MODULE_PATHNAME', 'hll_is_empty'
			LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 7;
		COMMENT ON FUNCTION hll_next(hll) IS 'made up';
	END
	sed -i '/^CREATE FUNCTION hll_cardinality(/,/;$/ s/COST [0-9]*/COST 77/' \
		"$next/src/pg/hll.sql" &&
		sed -i 's/statebytes=[0-9]*/statebytes=777/' "$next/src/pg/topk.sql" &&
		make -s -C "$next" pgext--next.sql
}

write_script()
{
	{
		printf '%s\n' '\echo Use "ALTER EXTENSION" to load this file. \quit'
		echo 'ALTER FUNCTION hll_cardinality(hll) COST 77;'
		statement 'CREATE AGGREGATE topk_union_agg(' |
			sed 's/^CREATE/& OR REPLACE/'
		statement 'CREATE FUNCTION hll_next('
		statement 'COMMENT ON FUNCTION hll_next('
	} >"$next/src/pg/upgrade/pgext--$this--next.sql"
}

serve_next()
{
	server_tree=$next
	server_start
	status=$?
	scripts=$server_dir/install$("$PG_CONFIG" --sharedir)/extension
	return $status
}

# --- scripts that are wrong -------------------------------------------------------

# replace BEGINNING EDIT: prints the statement, edited, on one line, to replace
# the object.
replace()
{
	statement "$1" | sed "s/^CREATE/& OR REPLACE/; $2" | tr '\n' ' '
}

# What is wrong with a script | the statement at its end that causes it.
wrong_scripts()
{
	cat <<-END
		a function too few|DROP FUNCTION hll_next(hll)
		a function too many|CREATE FUNCTION hll_next() RETURNS int LANGUAGE sql RETURN 1
		a function that is no member|ALTER EXTENSION pgext DROP FUNCTION hll_next(hll)
		name|ALTER FUNCTION hll_next(hll) RENAME TO hll_other
		volatility|ALTER FUNCTION hll_next(hll) STABLE
		parallel safety|ALTER FUNCTION hll_next(hll) PARALLEL RESTRICTED
		strictness|ALTER FUNCTION hll_next(hll) CALLED ON NULL INPUT
		leakproof|ALTER FUNCTION hll_next(hll) LEAKPROOF
		security|ALTER FUNCTION hll_next(hll) SECURITY DEFINER
		cost|ALTER FUNCTION hll_cardinality(hll) COST 500
		support function|ALTER FUNCTION hll_next(hll) SUPPORT textlike_support
		setting|ALTER FUNCTION hll_next(hll) SET search_path = ''
		owner|ALTER FUNCTION hll_next(hll) OWNER TO pg_monitor
		privilege|REVOKE EXECUTE ON FUNCTION hll_next(hll) FROM PUBLIC
		C function|$(replace 'CREATE FUNCTION hll_next(' 's/hll_is_empty/sketch_eq/')
		default of an argument|$(replace 'CREATE FUNCTION hll_empty(' 's/13/12/')
		no comment|COMMENT ON FUNCTION hll_next(hll) IS NULL
		another comment|COMMENT ON FUNCTION hll_next(hll) IS 'made up.'
		room for a state|$(replace 'CREATE AGGREGATE topk_union_agg(' 's/777/778/')
		parallel aggregate|$(replace 'CREATE AGGREGATE topk_union_agg(' 's/PARALLEL = SAFE/PARALLEL = UNSAFE/')
		partial aggregate|$(replace 'CREATE AGGREGATE topk_union_agg(' 's/COMBINEFUNC = [a-z_]*,//')
		estimate of an operator|ALTER OPERATOR <(hll, hll) SET (RESTRICT = NONE)
		function of an operator family|ALTER OPERATOR FAMILY hll_ops USING btree ADD FUNCTION 4 (hll, hll) btequalimage(oid)
		operator of an operator family|ALTER OPERATOR FAMILY hll_ops USING btree ADD OPERATOR 1 <(int, int)
		storage of a type|ALTER TYPE hll SET (STORAGE = main)
		context of a cast|DROP CAST (bytea AS hll); CREATE CAST (bytea AS hll) WITH FUNCTION hll_from_bytea(bytea) AS ASSIGNMENT; $(statement 'COMMENT ON CAST (bytea AS hll)')
	END
}

# update_with STATEMENT: by the right script with the statement at its end.
update_with()
{
	{
		cat "$scripts/pgext--$this--next.sql"
		echo "$1;"
	} >"$scripts/pgext--$this--wrong.sql" &&
		sql upgraded -c 'set client_min_messages = warning' \
			-c 'drop extension if exists pgext cascade' \
			-c "create extension pgext version '$this'" \
			-c "alter extension pgext update to 'wrong'" &&
		catalog_of upgraded "$work/upgraded"
}

is_found_out() { update_with "$1" && ! cmp "$work/fresh" "$work/upgraded"; }
is_as_fresh() { update_with "$1" && cmp "$work/fresh" "$work/upgraded"; }

find_out_all()
{
	create_database upgraded
	wrong_scripts >"$work/wrong"
	while IFS='|' read -r what statement <&3
	do
		ok "found out: $what" is_found_out "$statement"
	done 3<"$work/wrong"
	ok 'nothing is found in a right script' is_as_fresh 'SELECT 1'
}

# --- the test ---------------------------------------------------------------------

this=$(version_of .)
ok 'META.json has the version' grep -qF "\"version\": \"$this." META.json
install_fresh "version $this"
upgrade_all "$this"
refuses 'a version that is not there' fresh \
	"alter extension pgext update to 'none'" \
	"extension \"pgext\" has no update path from version \"$this\" to version \"none\""

ok 'a next version is made' make_next
ok 'it has a server' serve_next
is 'make install installs all its scripts' \
	"$(cd "$scripts" && echo pgext*)" \
	"$({ ls "$next/src/pg/upgrade"; echo pgext--next.sql pgext.control; } |
		xargs -n 1 | LC_ALL=C sort | xargs)"
install_fresh 'the next version'
ok 'it has what is new' sql fresh -c 'select hll_next(hll_empty())'
upgrade_all next
is 'updated by an owner who is no superuser, in a schema of choice' \
	"$(update_as_owner)" t
find_out_all
sed 's/hll_is_empty/hll_gone/' "$scripts/pgext--$this.sql" \
	>"$scripts/pgext--lost.sql"
refuses 'the library lacks a function of a version' fresh \
	"drop extension pgext; create extension pgext version 'lost'" \
	'could not find function "hll_gone"'
finish
