#!/bin/sh
#
# check.sh: the whole test suite, which is `make check`. Sets up what it needs
# (setup.sh), builds with gcc and with clang where any warning is an error, and
# runs the unit tests, then on a private server (server.sh) the pg_regress
# tests and every executable test/t/*.sh. The last line is the sum of all:
# "N passed, N failed". What each step said is kept in build/check/.
set -u
cd "$(dirname "$0")/.." || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL
export LC_ALL=C

logs=$(pwd)/build/check
passed=0
failed=0
skipped=0

say() { echo "check: $*"; }

finish()
{
	[ "$skipped" = 0 ] || say "$skipped skipped"
	echo "$passed passed, $failed failed" | tee "$logs/tally"
	[ "$failed" = 0 ] && [ "$passed" != 0 ]
	exit
}

count() { passed=$((passed + $1)) failed=$((failed + $2)); }

# Runs a step into its log; shows the log when the step fails.
logged()
{
	log=$logs/$1.log
	say "$1"
	shift
	"$@" >"$log" 2>&1 && return
	cat "$log"
	return 1
}

# A step that counts as one test.
step() { if logged "$@"; then count 1 0; else count 0 1; fi; }

# A step of many tests. A status of failure counts, whatever the tallies say.
tallied()
{
	failed_before=$failed
	logged "$@"
	status=$?
	[ $status != 0 ] || grep "$tally_pattern" "$log" | sed 's/^/    /'
	add_tallies "$log"
	[ $status = 0 ] || [ "$failed" != "$failed_before" ] || count 0 1
}

tally_pattern='^[A-Za-z0-9_.-]*: [0-9]* passed, [0-9]* failed'

# Adds up the lines "name: N passed, N failed[, N skipped]" of a log.
add_tallies()
{
	count "$(sum_of passed "$1")" "$(sum_of failed "$1")"
	skipped=$((skipped + $(sum_of skipped "$1")))
}

sum_of()
{
	grep "$tally_pattern" "$2" |
		sed -n "s/.* \([0-9]*\) $1.*/\1/p" |
		awk '{ n += $1 } END { print n + 0 }'
}

# Every test program must have come to its tally.
expect_tallies()
{
	found=$(grep -c "$tally_pattern" "$log")
	[ "$found" = "$1" ] && return
	say "$found tallies of $1 tests in $log"
	count 0 1
}

# --- the steps ------------------------------------------------------------------

prepare()
{
	if ! mkdir -p "$logs" || ! [ -w "$logs" ]
	then
		say 'cannot write to build/: was it made by another user?'
		count 0 1
		finish
	fi
	PG_CONFIG=$(test/setup.sh check) || { count 0 1; finish; }
	export PG_CONFIG
}

# compile NAME [VARIABLE=VALUE...]: a copy of the sources, from scratch: objects
# that somebody built before would hide their warnings.
compile()
{
	dir=build/$1
	shift
	rm -rf "$dir"
	mkdir -p "$dir"
	tar -c --exclude='*.o' Makefile pgext.control src |
		tar -x -C "$dir"
	make -C "$dir" "$@" all
}

find_clang()
{
	command -v clang ||
		sed -n 's/^CLANG *= *//p' \
			"$(dirname "$("$PG_CONFIG" --pgxs)")/../Makefile.global"
}

# PostgreSQL's flags for gcc are not all known to clang: only those that
# PostgreSQL's headers need. Nor does clang link with Ubuntu's -flto=auto.
compile_all()
{
	step gcc compile gcc CC=gcc COPT=-Werror
	step clang compile clang CC="$(find_clang)" LDFLAGS= \
		CFLAGS='-O2 -fno-strict-aliasing -fwrapv -Wall -Wextra -Werror'
}

unit_tests()
{
	set -- test/unit/test_*.c
	tallied unit make unit
	expect_tallies $#
}

fuzz_targets()
{
	set -- test/fuzz/*.c
	tallied fuzz test/fuzz/fuzz.sh check
	expect_tallies $#
}

regress()
{
	rm -rf build/regress
	mkdir -p build/regress
	make installcheck \
		EXTRA_REGRESS_OPTS="--outputdir=$(pwd)/build/regress" && return
	cat build/regress/regression.diffs
	return 1
}

# Up to PostgreSQL 15 pg_regress says "test NAME ... ok", then "ok 1 - NAME".
regress_tests()
{
	set -- sql/*.sql
	failed_before=$failed
	logged regress regress
	status=$?
	ok=$(grep -cE '^(ok [0-9]+ |test .* \.\.\. ok )' "$log")
	say "regress: $ok of $# ok"
	count "$ok" $(($# - ok))
	[ $status = 0 ] || [ "$failed" != "$failed_before" ] || count 0 1
}

script_tests()
{
	for script in test/t/*.sh
	do
		[ -x "$script" ] || continue
		tallied "$(basename "$script" .sh)" "$script"
		expect_tallies 1
	done
}

# The server restarts by itself after a crash: later tests may not notice.
no_crash()
{
	cp "$server_dir/log" "$logs/server.log"
	! grep -E 'terminated by signal|PANIC' "$logs/server.log"
}

prepare
compile_all
unit_tests
fuzz_targets
. test/server.sh
if server_start
then
	regress_tests
	script_tests
	step no_crash no_crash
else
	count 0 1
fi
finish
