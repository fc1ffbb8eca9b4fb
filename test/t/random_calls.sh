#!/bin/sh
#
# Calls that nobody would think of: every function, operator, cast and aggregate
# of the extension, with NULLs, extremes, damaged bytes and sketches of every
# design, in every place where SQL has expressions. random_calls.py writes them.
# A call is good if, within five minutes, it has a result that its type reads
# back unchanged, or an error other than an internal one, and the server survives.
#
# RANDOM_CALLS is the number of calls (8000), RANDOM_SEED the seed (1). Bad calls
# are shown with the file and line to run again; files without any are removed.
. test/lib.sh
begin

calls=${RANDOM_CALLS:-8000}
seed=${RANDOM_SEED:-1}
round=2000

# Errors are lines "psql:FILE:LINE: ERROR:  SQLSTATE".
run_file()
{
	psql -Xq -d random_calls -v VERBOSITY=sqlstate -f "$1" \
		>/dev/null 2>"$1.errors"
}

# judge FILE: prints "answered", "refused" or "BAD what" with line and name for
# each call. Bad are errors of the classes for trouble in the server (08, 53, 57,
# 58, F0, XX), and anything but an ERROR, such as a lost connection, after which
# nothing was called.
judge()
{
	awk '
		FNR == NR {
			if (split($0, part, ":") < 4)
				next
			line = part[3]
			what = substr($0, length(part[1] part[2] part[3]) + 5)
			if (what !~ /^ERROR: /) {
				bad[line] = bad[line] " " what
				last = line
			} else if (what ~ / (08|53|57|58|F0|XX)...$/)
				bad[line] = bad[line] " " what
			refused[line] = 1
			next
		}
		!/ -- / || (last && FNR > last) { next }
		{
			name = $0
			sub(/.* -- /, "", name)
			verdict = (FNR in refused) ? "refused" : "answered"
			if (FNR in bad)
				verdict = "BAD" bad[FNR]
			printf "%s\t%d\t%s\n", verdict, FNR, name
		}' "$1.errors" "$1"
}

# show_bad FILE: shows its bad calls; removes it if it has none.
show_bad()
{
	grep '^BAD' "$1.verdicts" >"$work/bad" || { rm "$1" "$1.errors"; return; }
	while IFS='	' read -r what line called
	do
		echo "not ok: ${what#BAD}: $called, line $line of $1:"
		sed -n "${line}p" "$1"
	done <"$work/bad"
}

# call_round NUMBER SEED
call_round()
{
	file=$work/calls_$2.sql
	if ! /usr/bin/python3 test/t/random_calls.py random_calls "$2" "$1" >"$file"
	then
		complain "calls of seed $2 are written" 'an error' 'calls'
		return
	fi
	run_file "$file"
	status=$?
	judge "$file" >"$file.verdicts"
	passed=$((passed + $(grep -vc '^BAD' "$file.verdicts")))
	failed=$((failed + $(grep -c '^BAD' "$file.verdicts")))
	cat "$file.verdicts" >>"$work/verdicts"
	show_bad "$file"
	rm "$file.verdicts"
	is "seed $2: psql came to the end" "$status" 0
}

# Goes on after bad calls, but not after a crash.
call_all()
{
	status=0
	while [ "$calls" -gt 0 ] && [ "$status" = 0 ]
	do
		number=$((calls < round ? calls : round))
		call_round "$number" "$seed"
		calls=$((calls - number))
		seed=$((seed + 1))
	done
}

# names_of VERDICT
names_of() { sed -n "s/^$1	[0-9]*	//p" "$work/verdicts" | sort -u; }

# select_names CONDITION: of the extension's functions p.
select_names()
{
	sql random_calls -c "select p.oid::regprocedure
		from pg_proc p join pg_depend on objid = p.oid
			and classid = 'pg_proc'::regclass and deptype = 'e'
		where refobjid = (select oid from pg_extension where extname = 'pgext')
			and ($1)" | sort
}

takes_internal="'internal'::regtype = any (proargtypes)"
serves_aggregates="exists (select from pg_aggregate
	where p.oid in (aggtransfn, aggcombinefn, aggmtransfn, aggminvtransfn))"
serves_input="exists (select from pg_type where p.oid in (typinput, typmodin))"

# Nothing was forgotten, and not all calls were nonsense.
expect_all_called()
{
	select_names true >"$work/functions"
	is 'every function was called' \
		"$(comm -23 "$work/functions" "$work/called" | wc -l)" 0
	select_names "not ($takes_internal or $serves_aggregates or
		$serves_input)" >"$work/public"
	is 'everything that can answer has answered' \
		"$(comm -23 "$work/public" "$work/answered" | head -n 5):" ':'
}

create_database random_calls
ok 'values to call with' sql random_calls -f test/t/random_calls.sql
before=$(server_marks random_calls)
: >"$work/verdicts"
echo "seed $seed, $calls calls"
call_all
is 'the server never went down' "$(server_marks random_calls)" "$before"

names_of '[^	]*' >"$work/called"
names_of answered >"$work/answered"
echo "$(grep -c '^answered' "$work/verdicts") calls had a result," \
	"$(grep -c '^refused' "$work/verdicts") an error;" \
	"$(wc -l <"$work/called") names, called this often at least:" \
	"$(cut -f 3 "$work/verdicts" | sort | uniq -c | sort -n | head -n 1)"

select_names "$takes_internal" >"$work/internal"
is 'what takes an internal state cannot be called' \
	"$(comm -12 "$work/internal" "$work/answered" | wc -l)" 0
if [ "$(wc -l <"$work/verdicts")" -ge 8000 ]
then
	expect_all_called
else
	skip 'too few calls to have called everything'
fi
finish
