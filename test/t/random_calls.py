"""Writes random calls as SQL, one a line, for random_calls.sh.

Arguments: a database that random_calls.sql has filled, a seed, the number of
calls. What there is to call comes from the catalog, so that what the extension
gets later is called too. Each line ends with a comment that names what it calls.
The same arguments give the same lines.
"""

import json
import random
import re
import subprocess
import sys

# All that can be called, with a form for its arguments; the aggregates that
# random_calls.sql made are among them.
CALLABLES = """
with member as (
    select classid, objid from pg_depend
    where refclassid = 'pg_extension'::regclass and deptype = 'e'
        and refobjid = (select oid from pg_extension where extname = 'pgext')
), routine as (
    select p.oid, proname, pronargs - missing as nargs, prokind, prorettype,
        array(select format_type(t, null)
            from unnest(proargtypes) with ordinality a (t, i)
            where i <= pronargs - missing order by i) as types
    from pg_proc p cross join generate_series(0, pronargdefaults) missing
    where proname ~ '^raw_' or p.oid in (select objid from member
        where classid = 'pg_proc'::regclass)
), modifier (source, suffix) as (
    values ('text', ''), (null, ''), (null, '(4)'), (null, '(11)'),
        (null, '(-1)'), (null, '(99)'), (null, '(1, 2)'), ('text', '(11)')
), callable (label, form, types, result, aggregate) as (
    select oid::regprocedure::text,
        format('%s(%s)', proname,
            array_to_string(array_fill('%s'::text, array[nargs]), ', ')),
        types, format_type(prorettype, null), prokind = 'a'
    from routine
    union all
    select oid::regoperator::text,
        case when oprleft <> 0 then '(%s) ' else '' end
            || replace(oprname, '%', '%%') || ' (%s)',
        array_remove(array[format_type(nullif(oprleft, 0), null),
            format_type(oprright, null)], null),
        format_type(oprresult, null), false
    from pg_operator
    where oid in (select objid from member
        where classid = 'pg_operator'::regclass)
    union all
    select format('%s::%s', castsource::regtype, casttarget::regtype),
        format('(%%s)::%s', format_type(casttarget, null)),
        array[format_type(castsource, null)], format_type(casttarget, null),
        false
    from pg_cast
    where oid in (select objid from member where classid = 'pg_cast'::regclass)
    union all
    select format('%s::%s', coalesce(source, t.oid::regtype::text),
            t.oid::regtype),
        format('(%%s)::%s%s', format_type(t.oid, null), suffix),
        array[coalesce(source, format_type(t.oid, null))],
        format_type(t.oid, null), false
    from pg_type t cross join modifier
    where (suffix = '' or typmodin <> 0) and oid in (select objid from member
        where classid = 'pg_type'::regclass)
)
select json_agg(c order by label collate "C", form collate "C") from callable c
"""

COLUMNS = """
select json_agg(json_build_object('name', attname,
    'type', format_type(atttypid, null)) order by attnum)
from pg_attribute where attrelid = 'sample'::regclass and attnum > 2
"""

# Short values of one column, as constants that the planner sees.
LITERALS = r"""
select '%(name)s' as name, array(select distinct format('%%L::%%s', v, '%(type)s')
    from sample, cast(%(name)s as text) v
    where length(v) < 80 and v !~ '\n' order by 1) as list
"""

# What may stand around a call: of constants {e}, of the columns of a row s or
# constants {r}, of nothing but columns {k}, or literals {l}; all of type {t}.
# Where there is no sound(), parallel workers may do it all.
PLAIN = [
    "select sound({e})",
    "select sound({e})",
    "select {e}, {e}",
    "select sound({r}) from sample s where n % 9 = 4",
    "select {r} from sample s",
    "select {r} from parted s where n < 20",
]
ODD = [
    "explain (analyze, verbose) select {r} from sample s",
    "select n from sample s where {r} is not null and ({r})::text > 'a'",
    "select n from sample where {k} is null or ({k})::text > 'a'",
    "select count(*) from sample s group by {r}",
    "select count(distinct {r}), min(({r})::text) from sample s",
    "select n from sample s order by {r}, n limit 7",
    "select distinct {r} from sample s",
    "select {r} from sample s union select {e}",
    "select {r} from sample s intersect select {r} from sample s",
    "select {r} from sample s except all select {e}",
    "select rank() over (order by {r}) from sample s",
    "select lag({r}) over (partition by {r} order by n) from sample s",
    "select l.x from sample s, lateral (select {r} as x) l",
    "select x from sample s left join lateral {r} x on true",
    "select x from {e} x",
    "select x from {e} with ordinality x",
    "select case when {e} is null then {e} else {e} end",
    "select coalesce({e}, {e}), nullif({e}, {e}), greatest({e}, {e})",
    "select sound(array[{e}, {e}])",
    "select array_agg({r}) from sample s",
    "select row({e}, 1) = row({e}, 1), row({e}) < row({e})",
    "select row({r}, n) from sample s",
    "select to_jsonb(x) from (select {e} as x) x",
    "select ({e}) in (select {r} from sample s)",
    "select ({e}) = any (array[{e}, {e}])",
    "select ({e})::text::{t} is not distinct from {e}",
    "select count(*) from sample s join sample u on ({r}) = u.{c}",
    "select count(*) from (select {r} as x from sample s) v "
    "join (select {r} as x from parted s) w using (x)",
    "with x as materialized (select {r} as x from sample s) "
    "select sound(x) from x where x is not null limit 9",
    "with recursive x (i, x) as (select 0, {e} union all "
    "select i + 1, {e} from x where i < 3) select * from x",
    "copy (select {r} from sample s) to stdout",
    "copy (select {r} from sample s) to stdout (format binary)",
    "do $$ declare v {t} := {e}; begin v := {e}; perform v; end $$",
    "do $$ declare v {t}[]; begin for i in 1 .. 3 loop v[i] := {e}; "
    "end loop; perform sound(v); end $$",
    "do $$ declare v record; begin for v in select {r} as x from sample s "
    "limit 9 loop perform v.x; end loop; end $$",
    "prepare p as select {r} from sample s where n > $1; execute p (5); "
    "execute p (50); deallocate p",
    "prepare p ({t}) as select {e}, $1; execute p ({e}); execute p (null); "
    "deallocate p",
]
# Undone as a whole.
IN_TRANSACTION = [
    "declare p scroll cursor for select {r} from sample s; fetch all p; "
    "fetch backward 5 p",
    "create table t (x {t} check ({k} is not null), like sample); "
    "insert into t (n, {c}) select n, {c} from sample",
    "create table t (x {t} default {l}); insert into t default values "
    "returning x, {e}",
    "create table t (like sample, x {t} generated always as ({k}) stored); "
    "insert into t select * from sample; update t set n = -n returning x",
    "create table t (n int, x {t}); insert into t select n, {r} from sample s; "
    "update t set x = {e} where n < 9; delete from t where n < 19 "
    "returning sound(x)",
    "create table t (x {t} primary key); insert into t values ({e}); "
    "insert into t select {r} from sample s where n < 9 "
    "on conflict (x) do update set x = {e} returning sound(t.x)",
    "create index on sample (({k})); set local enable_seqscan = off; "
    "select n from sample where ({k}) is null order by {k}",
    "create index i on sample (({k})); set local enable_seqscan = off; "
    "update sample set g = -g; reindex index i",
    "create index on sample using hash (({k})); analyze sample",
    "create index on sample (n) where ({k}) is not null; "
    "update sample set g = g",
    "create statistics st on ({k}), n from sample; analyze sample",
    "create view v as select {r} as x from sample s; table v",
    "create materialized view v as select {r} as x from sample s; "
    "refresh materialized view v",
    "create domain d as {t} check (sound(value) <> '' or value is null); "
    "select sound(({e})::d)",
    "create type c as (a {t}, b {t}); select sound(row({e}, {e})::c), "
    "row({e}, null)::c = row({e}, null)::c, sketch_hash_any(row({e}, {e})::c)",
    "create type rr as range (subtype = {t}); select sound(rr({e}, {e})), "
    "rr({e}, null) @> ({e})::{t}, rr({e}, null) * rr(null, {e})",
    "create function f() returns {t} language sql as $$ select {e} $$; "
    "select sound(f())",
    "create function f(x {t}) returns {t} immutable language sql "
    "as $$ select x $$; select f({r}), f(f({r})) from sample s",
    "create function f({t}) returns {t} language plpgsql as $$ begin "
    "return {e}; exception when others then return $1; end $$; "
    "select f({r}) from sample s limit 9",
    "create function f() returns trigger language plpgsql as $$ begin "
    "perform {e}; return new; end $$; create trigger f before update on "
    "sample for each row execute function f(); update sample set g = g",
    "savepoint a; select sound({e}); rollback to a; select {e}",
]

# Around an aggregate {a}.
GROUPED = [
    "select sound({a}) from sample s",
    "select sound({a}) from sample s",
    "select {a} from sample s",
    "select {a} from parted s",
    "select {a}, count(*), {a} from sample s",
    "select sound({a}) from sample s where false",
    "select sound({a}) from sample s group by g",
    "select g, {a} from parted s group by g",
    "select s.{c}, {a} from sample s group by s.{c}",
    "select g, {a} from sample s group by rollup (g, b)",
    "select g, {a} from sample s group by cube (g, i2), e",
    "select g, {a} from sample s group by grouping sets ((g), (e), (), (g, e))",
    "select g from sample s group by g having {a} is not null",
    "select {a} from sample s, sample u where s.g = u.g",
    "select (select {a} from parted s where s.g = u.g) from sample u",
    "select x from sample u, lateral (select {a} as x from sample s "
    "where s.n <= u.n) l",
    "select sound({a}) over () from sample s group by g",
    "select max(x::text) from (select {a} as x from sample s group by g) y",
    "explain (analyze, verbose) select {a} from parted s group by g",
    "copy (select {a} from sample s group by g) to stdout (format binary)",
    "do $$ begin perform {a} from sample s group by g; end $$",
    "prepare p as select {a} from sample s where n > $1; execute p (5); "
    "execute p (90); deallocate p",
    "begin; create materialized view v as select {a} as x from parted s "
    "group by g; select sound(x) from v; rollback",
]
# Likewise, over a window {w}.
WINDOWED = [
    "select sound({a} over ({w})) from sample s",
    "select {a} over ({w}), {a} over ({w}) from sample s",
    "select {a} over ({w}) from parted s",
    "select {a} over w, count(*) over w, {a} over w from sample s "
    "window w as ({w})",
    "select {a} over ({w}) from sample s where false",
    "select x from sample u, lateral (select {a} over ({w}) as x "
    "from sample s where s.g = u.g limit 3) l",
]

# One of these holds for twenty calls.
PARALLEL = ["set parallel_setup_cost = 0", "set parallel_tuple_cost = 0",
            "set min_parallel_table_scan_size = 0"]
SETTINGS = [
    [], [], [], [], [],
    ["set force_parallel = on"] + PARALLEL,
    PARALLEL + ["set enable_partitionwise_aggregate = on"],
    ["set work_mem = '64kB'", "set enable_sort = off"],
    ["set work_mem = '64kB'", "set enable_hashagg = off"],
    ["set enable_hashjoin = off", "set enable_nestloop = off"],
    ["set enable_mergejoin = off", "set plan_cache_mode = force_generic_plan"],
    ["set extra_float_digits = -15", "set bytea_output = escape",
     "set datestyle = 'german'", "set intervalstyle = 'iso_8601'"],
]
JIT = ["set jit = on", "set jit_above_cost = 0", "set jit_inline_above_cost = 0"]

# Where a call stands, which tells what it may refer to.
PLACES = {"e": "constant", "r": "row", "k": "columns", "l": "literals"}


def ask(statement):
    psql = ["psql", "-XAtq", "-d", database, "-c", statement]
    return json.loads(subprocess.run(psql, check=True, text=True,
                                     stdout=subprocess.PIPE).stdout)


def read_catalog():
    global callables, columns
    callables = ask(CALLABLES)
    columns = ask(COLUMNS)
    union = " union all ".join(LITERALS % column for column in columns)
    literals = ask(f"select json_object_agg(name, list) from ({union}) x")
    for column in columns:
        column["literals"] = literals[column["name"]]


def chance(probability):
    return random.random() < probability


# --- values -------------------------------------------------------------------

def value(wanted, place, depth=2, result=None):
    """An expression, mostly of the type that is wanted, for a call with a result
    of that other type."""
    if chance(0.04):
        return random.choice(["null", "null::" + concrete(wanted)])
    if wanted == "internal":
        return random.choice(["null", "null::internal", "0",
                              stored("anyelement", place)])
    if wanted.startswith("cstring"):
        return f"({value('text', place, depth, result)})::text::{wanted}"
    if wanted in ("text", "bytea") and chance(0.4):
        return image(wanted, place, result)
    makers = [c for c in callables
              if c["result"] == wanted and not c["aggregate"]]
    if makers and depth > 0 and chance(0.2):
        return call(random.choice(makers), place, depth - 1)
    return stored(wanted, place)


def concrete(wanted):
    """A type that a column can have."""
    return random.choice(columns)["type"] if wanted.startswith("any") else wanted


def fits(given, wanted):
    return given == wanted or wanted == "anyarray" and given.endswith("[]")


def stored(wanted, place):
    """From a column of the type; of any type where there is none."""
    column = random.choice([c for c in columns if fits(c["type"], wanted)]
                           or columns)
    name = column["name"]
    if place == "columns":
        return name
    if place == "row" and chance(0.7):
        return "s." + name
    if place == "literals" or chance(0.5):
        return random.choice(column["literals"] or ["null"])
    row = f"from sample where n = {random.randrange(60)}"
    return f"(select {name} {row})"


SKETCHES = ["hll", "bloom", "cms", "topk"]


def image(wanted, place, result):
    """A sketch, of type result if that is one, as text or maybe damaged bytes."""
    kind = result if result in SKETCHES else random.choice(SKETCHES)
    sketch = stored(kind, place)
    if wanted == "bytea" and chance(0.5):
        return f"damage(({sketch})::bytea, {random.randrange(100000)})"
    return f"({sketch})::{wanted}"


# --- calls --------------------------------------------------------------------

def call(thing, place, depth=2):
    values = [value(t, place, depth, thing["result"]) for t in thing["types"]]
    return thing["form"] % tuple(values)


# What every aggregate takes behind the value that it aggregates.
SANE = {"integer": "12", "bigint": "1000", "double precision": "0.01"}


def aggregation(thing, plain):
    """A call over rows s; what follows a value is mostly a constant."""
    first, *others = thing["types"]
    values = [value(first, "row", 1)]
    for wanted in others:
        place = "row" if chance(0.2) else "constant"
        sane = wanted in SANE and chance(0.6)
        values.append(SANE[wanted] if sane else value(wanted, place, 1))
    text = thing["form"] % tuple(values)
    if not plain and chance(0.15):
        text = text.replace("(", "(distinct ", 1)
    elif not plain and chance(0.2):
        text = f"{text[:-1]} order by {stored('any', 'row')} desc, s.n)"
    if chance(0.2):
        test = random.choice(["s.b", "s.n % 5 = 3", "s.g <> 2", "false"])
        text += f" filter (where {test})"
    return text


BOUNDS = ["unbounded preceding", "0 preceding", "1 preceding", "5 preceding",
          "40 preceding", "current row", "0 following", "3 following",
          "50 following", "unbounded following"]


def window():
    parts = []
    if chance(0.5):
        parts.append(f"partition by {random.choice(['s.g', 's.e', 's.i2'])}")
    if chance(0.8):
        key = random.choice(["s.n", "s.n desc", "s.g", "s.f8", "s.i4 nulls first"])
        parts.append(f"order by {key}")
    if chance(0.8):
        first, last = sorted(random.choices(range(len(BOUNDS)), k=2))
        mode = random.choice(["rows", "rows", "range", "groups"])
        parts.append(f"{mode} between {BOUNDS[first]} and {BOUNDS[last]}")
        if chance(0.3):
            parts.append("exclude " + random.choice(["current row", "group",
                                                     "ties", "no others"]))
    return " ".join(parts)


# --- statements ---------------------------------------------------------------

def filled(template, thing):
    """The template with a new expression in each place."""
    column = random.choice(columns)["name"]

    def fill(found):
        what = found[1]
        if what == "t":
            return thing["result"]
        if what == "c":
            return column
        if what == "w":
            return window()
        if what == "a":
            return aggregation(thing, "over" in template)
        return call(thing, PLACES[what])

    return re.sub("{(.)}", fill, template)


def statement(thing):
    if thing["aggregate"]:
        return filled(random.choice(GROUPED if chance(0.6) else WINDOWED), thing)
    if chance(0.7):
        return filled(random.choice(PLAIN), thing)
    if chance(0.5):
        return filled(random.choice(ODD), thing)
    return "begin; " + filled(random.choice(IN_TRANSACTION), thing) + "; rollback"


def settings(version):
    """Lines that hold for the calls that follow."""
    lines = ["reset all", "set client_min_messages = error",
             "set log_min_messages = fatal", "set statement_timeout = '5min'",
             "set jit = off"]
    lines += random.choice(SETTINGS) + (JIT if chance(0.005) else [])
    parallel = "debug_parallel_query" if version >= 16 else "force_parallel_mode"
    return [line.replace("force_parallel", parallel) for line in lines]


def main(seed, number):
    read_catalog()
    version = ask("select current_setting('server_version_num')::int / 10000")
    random.seed(seed)
    deck = []
    for i in range(number):
        if i % 20 == 0:
            for line in settings(version):
                print(line + ";")
        if not deck:
            deck = random.sample(callables, len(callables))
        thing = deck.pop()
        print(f"{statement(thing)}; -- {thing['label']}")


database = sys.argv[1]
main(int(sys.argv[2]), int(sys.argv[3]))
