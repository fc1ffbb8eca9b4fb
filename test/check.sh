#!/bin/sh
#
# check.sh: runs the tests, all of them (make check) or some:
#
#     test/check.sh                      # everything
#     test/check.sh regress [NAME...]    # sql/NAME.sql, as make regress
#     test/check.sh script [NAME...]     # test/t/NAME.sh, as make script
#
# Installs what is missing (env/setup.sh). The whole suite builds with gcc and
# with clang, where any warning is an error, and runs the unit tests and the fuzz
# targets; then, on a private server (env/server.sh), the pg_regress tests and
# the scripts of test/t. The output of each part is kept in build/check/. The
# last line is the sum of all checks: "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
unset MAKEFLAGS MFLAGS MAKELEVEL TEST

logs=$(pwd)/build/check

# What ran, as "19 unit programs, 33 regress files".
ran=

conclude()
{
	say_skipped
	if all_passed
	then
		say "$ran: all passed"
	else
		say "${ran:-nothing ran}; failed:${failures:- see above}"
	fi
	print_sum | tee "$logs/sum"
	all_passed
	exit
}

# have_run NOUN NAME...: adds that many tests to what ran.
have_run()
{
	noun=$1
	shift
	ran="${ran:+$ran, }$# $noun"
}

# expect_tallies PREFIX NAME...: each of these programs, which together wrote
# $log, must have printed a tally without failures.
expect_tallies()
{
	prefix=$1
	shift
	for test in "$@"
	do
		! grep -qE "^($prefix)?$test: [0-9]+ passed, 0 failed" "$log" || continue
		failures="$failures $prefix$test"
		grep -qE "^($prefix)?$test: " "$log" && continue
		say "no tally of $prefix$test in $log"
		count 0 1
	done
}

# names_of FILE...: the names of tests, which are those of their files.
names_of()
{
	for file in "$@"
	do
		file=${file##*/}
		echo "${file%.*}"
	done
}

# --- the parts ------------------------------------------------------------------

# Nothing can be tested, which must not look like a success.
give_up() { count 0 1; conclude; }

prepare()
{
	if ! mkdir -p "$logs" || ! [ -w "$logs" ]
	then
		say 'cannot write to build/: was it made by another user?'
		give_up
	fi
	PG_CONFIG=$(test/env/setup.sh check) || give_up
	export PG_CONFIG
}

# compile NAME [VARIABLE=VALUE...]: builds a fresh copy of the sources; objects
# that were built before would hide their warnings.
compile()
{
	dir=build/$1
	shift
	rm -rf "$dir"
	# shellcheck disable=SC2086 # one word each
	copy_tree "$dir" $sources && make -C "$dir" "$@" all
}

# PostgreSQL's flags for gcc are not all known to clang, so clang gets only those
# that its headers need. Nor does clang link with Ubuntu's -flto=auto.
builds()
{
	step gcc compile gcc CC=gcc COPT=-Werror
	step clang compile clang CC="$(find_clang)" LDFLAGS= \
		CFLAGS='-O2 -fno-strict-aliasing -fwrapv -Wall -Wextra -Werror'
	have_run builds gcc clang
}

unit_tests()
{
	# shellcheck disable=SC2046 # one word each
	set -- $(names_of test/unit/test_*.c | sed 's/^test_//')
	tallied unit make -C test/unit
	expect_tallies test_ "$@"
	have_run 'unit programs' "$@"
}

fuzz_targets()
{
	# shellcheck disable=SC2046 # one word each
	set -- $(names_of test/fuzz/*.c)
	tallied fuzz test/fuzz/fuzz.sh check
	expect_tallies fuzz_ "$@"
	have_run 'fuzz targets' "$@"
}

# regress_tests [NAME...]: all need the extension, which "install" creates.
regress_tests()
{
	[ $# = 0 ] || set -- install "$@"
	tallied regress regress_files "$@"
	# shellcheck disable=SC2046 # one word each
	[ $# != 0 ] || set -- $(names_of sql/*.sql)
	for test in "$@"
	do
		grep -qE "$(regress_ok "$test")" "$log" || failures="$failures $test"
	done
	have_run 'regress files' "$@"
}

# script_tests [NAME...]
script_tests()
{
	# shellcheck disable=SC2046 # one word each
	[ $# != 0 ] || set -- $(names_of test/t/*.sh)
	for script in "$@"
	do
		tallied "$script" "test/t/$script.sh"
		expect_tallies '' "$script"
	done
	have_run scripts "$@"
}

# The server restarts by itself after a crash: later tests may not notice.
no_crash()
{
	cp "$server_dir/log" "$logs/server.log"
	! grep -E 'terminated by signal|PANIC' "$logs/server.log"
}

# on_server COMMAND...: parts that need a server, and get one.
on_server()
{
	. test/env/server.sh
	if server_start
	then
		"$@"
		step no_crash no_crash
	else
		count 0 1
		failures="$failures server"
	fi
}

on_server_all()
{
	regress_tests
	script_tests
}

# require_files DIRECTORY SUFFIX NAME...: there are tests of these names.
require_files()
{
	directory=$1
	suffix=$2
	shift 2
	for test in "$@"
	do
		[ -f "$directory/$test$suffix" ] ||
			fail "there is no test $test: see $directory/*$suffix"
	done
}

part=${1:-}
[ $# = 0 ] || shift
case $part in
	'')
		prepare
		builds
		unit_tests
		fuzz_targets
		on_server on_server_all
		;;
	regress)
		require_files sql .sql "$@"
		prepare
		on_server regress_tests "$@"
		;;
	script)
		require_files test/t .sh "$@"
		prepare
		on_server script_tests "$@"
		;;
	*) fail 'usage: test/check.sh [regress|script [NAME...]]' ;;
esac
conclude
