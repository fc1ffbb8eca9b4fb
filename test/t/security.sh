#!/bin/sh
#
# The extension grants nobody additional rights, and nobody who can create objects
# can change what it does. Its functions are C or built in, so no name is looked
# up when they run. Names in its script are looked up when it is created, by a
# superuser on behalf of the user: with hostile objects of the same names ahead of
# it, beside it and in its schema, it is the same extension or none. It works in
# any schema, without a search_path.
#
# (The regression test "install" checks that no function is leakproof or a security
# definer.)
. test/lib.sh
begin

remove_all()
{
	psql -Xq -d postgres <<-END
		set client_min_messages = warning;
		drop database if exists security;
		drop role if exists pgext_plain;
		drop role if exists pgext_mallory;
	END
}

# All members of the extension, as classid and objid. Array types are members in
# some versions only.
member="
	create temp view member as
		select d.classid, d.objid from pg_depend d, pg_extension e
		where d.refclassid = 'pg_extension'::regclass and d.deptype = 'e' and
			d.refobjid = e.oid and e.extname = 'pgext'
		union
		select 'pg_type'::regclass, t.typarray from pg_type t, pg_depend d
		where d.classid = 'pg_type'::regclass and d.objid = t.oid and
			d.refclassid = 'pg_extension'::regclass and d.deptype = 'e'"

# What members depend on that is neither built in nor a member.
strangers()
{
	sql security -c "$member" -c "
		select count(*), string_agg(
			pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid), ', ')
		from pg_depend d join member m using (classid, objid)
		where d.refclassid not in
				('pg_extension'::regclass, 'pg_namespace'::regclass) and
			(d.refclassid, d.refobjid) not in (select * from member)"
}

# works SCHEMA USER PATH: uses all kinds of objects, by qualified names, and prints
# what a sketch of each type answers.
works()
{
	sql security -v s="$1" -f - <<-END
		set role $2;
		set search_path = $3;
		set client_min_messages = warning;
		create table pg_temp.used (g int, h :"s".hll(12), b :"s".bloom,
			c :"s".cms, k :"s".topk, x :"s".sketch_hash,
			n float8 generated always as (:"s".hll_cardinality(h)) stored,
			check (b operator(:"s".@>) 1));
		insert into pg_temp.used
			select g, :"s".hll_add_agg(i, 12), :"s".bloom_add_agg(i, 1000),
				:"s".cms_add_agg(i), :"s".topk_add_agg(i::text), :"s".sketch_hash_any(g)
			from generate_series(1, 3) g, generate_series(1, 10) i group by g;
		create index on pg_temp.used (h);
		create index on pg_temp.used using hash (b);
		create index on pg_temp.used (x);
		create index on pg_temp.used (:"s".cms_total(c))
			where :"s".topk_total(k) > 5;
		analyze pg_temp.used;
		reindex table pg_temp.used;
		select operator(:"s".#) :"s".hll_union_agg(h),
			:"s".bloom_cardinality(:"s".bloom_union_agg(b)),
			:"s".cms_frequency(:"s".cms_union_agg(c), 7),
			:"s".topk_total(:"s".topk_union_agg(k)), count(distinct h), sum(n),
			bool_and(h operator(:"s".=) (h operator(:"s".||) h))
		from pg_temp.used;
	END
}

answers='10|10|3|30|1|30|t'

# plant SCHEMA: objects with names of the extension's or of built-in types, owned
# by a user who may create them.
plant()
{
	sql security -v s="$1" -f - <<-'END'
		set role pgext_mallory;
		create domain :s.text as pg_catalog.text;
		create domain :s.bytea as pg_catalog.bytea;
		create domain :s.float8 as pg_catalog.float8;
		create function :s.hll_cardinality(text) returns float8
			language sql as 'select 666::pg_catalog.float8';
		create function :s.hll_add_agg_trans(anyelement, anyelement)
			returns anyelement language sql as 'select $1';
		create function :s.hll_agg_final(anyelement)
			returns anyelement language sql as 'select $1';
		create function :s.bloom_add(anyelement, anyelement)
			returns anyelement language sql as 'select $1';
		create function :s.cms_cmp(anyelement, anyelement)
			returns int language sql as 'select 0';
		create function :s.topk_eq(anyelement, anyelement)
			returns boolean language sql as 'select true';
		create function :s.hll_union(anyelement, anyelement)
			returns anyelement language sql as 'select $1';
		create operator :s.= (function = :s.topk_eq,
			leftarg = anyelement, rightarg = anyelement);
		create operator :s.|| (function = :s.hll_union,
			leftarg = anyelement, rightarg = anyelement);
	END
}

# plant_types SCHEMA: types with our names, owned by that user.
plant_types()
{
	sql security -v s="$1" -f - <<-'END'
		set role pgext_mallory;
		create type :s.hll as enum ('x');
		create domain :s.bloom as pg_catalog.text;
		create type :s.cms as (x int);
		create table :s.topk (x int);
		create domain :s.sketch_hash as int;
	END
}

# The functions that anybody could have made first: those without arguments of our
# types, or of a pseudo-type that takes a superuser.
claimable()
{
	sql security -c "$member" -c "
		create table claimable as
		select proname, pg_get_function_identity_arguments(p.oid) as arguments
		from pg_proc p join member m
			on m.classid = 'pg_proc'::regclass and m.objid = p.oid
		where not exists (select from unnest(p.proargtypes) a
			where a in (2275, 2281) or a in (select objid from member))"
}

# Whether there are many, and how many of them, made one at a time in its schema,
# the extension adopts instead of refusing.
claim()
{
	sql security -f - <<-'END'
		create temp table refused (signature text);
		do $$
			declare
				signature text;
			begin
				for signature in select format('shop.%I(%s)', proname, arguments)
					from claimable
				loop
					execute 'create function ' || signature ||
						' returns int language sql as ''select 1''';
					begin
						execute 'create extension pgext schema shop';
						raise notice 'adopted: %', signature;
						execute 'drop extension pgext';
					exception when duplicate_function then
						insert into refused values (signature);
					end;
					execute 'drop function ' || signature;
				end loop;
			end $$;
		select count(*) > 20, count(*) - (select count(*) from refused)
		from claimable;
	END
}

remove_all
create_database security
sql security -f - <<-'END'
	create role pgext_plain;
	create role pgext_mallory;
	grant create on database security to pgext_plain, pgext_mallory;
	create schema shop;
	create schema evil authorization pgext_mallory;
	grant all on schema shop to pgext_mallory, pgext_plain;
END

ok 'a plain user creates it' sql security -c 'set role pgext_plain' \
	-c 'create extension pgext schema shop'
is 'all functions are C or built in, with no settings or grants of their own' \
	"$(sql security -c "$member" -c "
		select lanname, prokind, proconfig is null, proacl is null, prosecdef
		from pg_proc p join pg_language l on l.oid = p.prolang join member m
			on m.classid = 'pg_proc'::regclass and m.objid = p.oid
		group by 1, 2, 3, 4, 5 order by 1, 2")" \
	"$(printf 'c|f|t|t|f\ninternal|a|t|t|f\ninternal|f|t|t|f')"
is 'it needs nothing but what is built in' "$(strangers)" '0|'
is 'the user works with it' "$(works shop pgext_plain "''")" "$answers"
is 'so does another one' "$(works shop pgext_mallory 'shop')" "$answers"
refuses 'who cannot drop it' security \
	'set role pgext_mallory; drop extension pgext' 'must be owner of extension'
refuses 'nor replace a function' security "set role pgext_mallory;
	create or replace function shop.hll_empty(p integer default 13)
		returns shop.hll language sql as 'select null::shop.hll'" \
	'must be owner of function hll_empty'
claimable
ok 'and the user drops it' \
	sql security -c 'set role pgext_plain' -c 'drop extension pgext'

plant evil
plant_types evil
is 'hostile objects before it in the search_path' \
	"$(sql security -c 'set search_path = evil, pg_catalog, public' \
		-c 'create extension pgext schema shop'; strangers)" '0|'
is 'it answers with them there' "$(works shop postgres 'evil, shop')" "$answers"
sql security -c 'drop extension pgext'

plant shop
is 'hostile objects in its schema' "$(sql security \
	-c 'create temp table hll (x int)' -c 'create temp table cms (x int)' \
	-c 'create extension pgext schema shop'; strangers)" '0|'
is 'it answers with them there' "$(works shop postgres "'shop'")" "$answers"
sql security -c 'drop extension pgext'

sql security -c 'drop schema shop cascade' -c 'create schema shop' \
	2>/dev/null
is 'a function of the same signature in its schema: refused' "$(claim 2>&1)" \
	't|0'
for type in sketch_hash hll bloom cms topk
do
	sql security -c "create domain shop.$type as int"
	refuses "a type $type in its schema: refused" security \
		'create extension pgext schema shop' "type \"$type\" already exists"
	sql security -c "drop domain shop.$type"
done

odd='Odd Name"s, pg_catalog; --'
ok 'a schema with an odd name' sql security -v s="$odd" -f - <<-'END'
	create schema :"s";
	create extension pgext schema :"s";
END
is 'it works there, without a search_path' \
	"$(works "$odd" postgres "''")" "$answers"
ok 'it moves' sql security -c 'create schema "Mixed Case"' \
	-c 'alter extension pgext set schema "Mixed Case"'
is 'it works there' "$(works 'Mixed Case' postgres "''")" "$answers"
is 'nothing stays behind' "$(sql security -v s="$odd" -f - <<-'END'
	drop schema :"s";
	select count(*) from pg_namespace where nspname like 'Odd%';
	END
	)" 0
remove_all
finish
