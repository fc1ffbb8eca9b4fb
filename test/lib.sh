# lib.sh: what the shell scripts under test/ share. To be sourced (sh or bash)
# in the top directory of the tree.
#
# Every part of the suite ends with a tally, a line "NAME: N passed, N failed"
# with ", N skipped" added if something was skipped. The first section below
# serves all scripts, the second those that run parts and add up tallies
# (check.sh and env/), the third the tests in t/, which count single checks.
set -u
export LC_ALL=C
unset CDPATH

name=$(basename "$0" .sh)
passed=0
failed=0
skipped=0

say() { echo "$name: $*"; }
fail() { say "$@" >&2; exit 1; }

# on_exit COMMAND: runs it when the script ends, by a signal or otherwise.
on_exit()
{
	# shellcheck disable=SC2064 # the command is known now
	trap "$1" EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

# Prints the path of a new directory that a server's owner can enter. It is
# short because the names of sockets are limited to some 100 bytes.
make_directory()
{
	new_directory=$(mktemp -d /tmp/pgext-XXXXXX) &&
		chmod 755 "$new_directory" && echo "$new_directory"
}

# set_up PURPOSE...: sets PG_CONFIG for the first purpose that env/setup.sh can
# serve.
set_up()
{
	for purpose in "$@"
	do
		PG_CONFIG=$(test/env/setup.sh "$purpose") && export PG_CONFIG && return
	done
	exit 1
}

find_clang()
{
	command -v clang ||
		sed -n 's/^CLANG *= *//p' \
			"$(dirname "$("$PG_CONFIG" --pgxs)")/../Makefile.global"
}

# copy_tree DIRECTORY [NAME...]: copies these files and folders (default: the
# whole tree) without anything that was built here.
copy_tree()
{
	copy=$1
	shift
	mkdir -p "$copy" &&
		tar -c --exclude=./build --exclude=./.git --exclude='*.o' \
			--exclude='*.bc' --exclude='*.so' --exclude='./pgext--*.sql' \
			"${@:-.}" |
		tar -x --no-same-owner -C "$copy"
}

# The parts of the tree that a build needs.
sources='Makefile pgext.control src'

# version_of DIRECTORY: the version of pgext in a tree.
version_of() { sed -n "s/^default_version = '\(.*\)'/\1/p" "$1/pgext.control"; }

# --- running parts of the suite -----------------------------------------------

tally_pattern='^[A-Za-z0-9_.-]*: [0-9]* passed, [0-9]* failed'

# sum_of passed|failed|skipped FILE: over all tallies in the file.
sum_of()
{
	grep "$tally_pattern" "$2" |
		sed -n "s/.* \([0-9]*\) $1.*/\1/p" |
		awk '{ n += $1 } END { print n + 0 }'
}

count() { passed=$((passed + $1)) failed=$((failed + $2)); }

# run NAME COMMAND...: runs a part into $logs/NAME.log, which is $log, and shows
# the end of the log if it fails.
run()
{
	log=$logs/$1.log
	say "$1"
	shift
	"$@" >"$log" 2>&1 && return
	tail -n 200 "$log"
	return 1
}

# The names of what failed, each after a blank.
failures=

# A part that counts as one check.
step()
{
	if run "$@"
	then
		count 1 0
	else
		count 0 1
		failures="$failures $1"
	fi
}

# A part that prints tallies. A status of failure counts even if the tallies
# have no failure.
tallied()
{
	run "$@"
	status=$?
	[ $status != 0 ] || grep "$tally_pattern" "$log" | sed 's/^/    /'
	count "$(sum_of passed "$log")" "$(sum_of failed "$log")"
	skipped=$((skipped + $(sum_of skipped "$log")))
	[ $status = 0 ] || [ "$(sum_of failed "$log")" != 0 ] || count 0 1
}

# regress_files [NAME...]: these files of sql/, or all, on the server in use.
# Prints the output of pg_regress, the differences, and a tally.
regress_files()
{
	rm -rf build/regress
	mkdir -p build/regress
	make installcheck ${1:+REGRESS="$*"} \
		EXTRA_REGRESS_OPTS="--outputdir=$(pwd)/build/regress" \
		>build/regress/log 2>&1
	regress_status=$?
	cat build/regress/log
	[ $regress_status = 0 ] || cat build/regress/regression.diffs
	[ $# != 0 ] || set -- sql/*.sql
	nok=$(grep -cE "$(regress_ok '[^ ]*')" build/regress/log)
	echo "regress: $nok passed, $(($# - nok)) failed"
	return $regress_status
}

# regress_ok NAME: a regular expression for pg_regress's line about a success,
# which is "test NAME ... ok" in PostgreSQL 15, then "ok 1 - NAME".
regress_ok() { echo "^(ok [0-9]+ +- $1 |test $1 +\.\.\. ok )"; }

say_skipped() { [ $skipped = 0 ] || say "$skipped skipped"; }

# The sum of all checks, in the form that the last line of a suite must have.
print_sum() { echo "$passed passed, $failed failed"; }

# Whether checks ran, and all passed.
all_passed() { [ $failed = 0 ] && [ $passed != 0 ]; }

# --- checks of a test in t/ -----------------------------------------------------

# A test runs against the server that PGHOST and PGPORT name, uses databases
# with its own name, and ends with finish. Checks made in a subshell do not
# count: none may stand in a pipeline.

# begin: the first thing a test does. Sets $work, a directory of its own.
begin()
{
	work=$(pwd)/build/check/$name
	rm -rf "$work"
	mkdir -p "$work"
}

# create_database NAME: replaces one that an earlier run may have left.
create_database()
{
	psql -Xq -d postgres -v ON_ERROR_STOP=1 \
		-c 'set client_min_messages = warning' \
		-c "drop database if exists $1" -c "create database $1"
}

# sql DATABASE [psql argument...]: prints bare values, stops at the first error.
sql()
{
	database=$1
	shift
	psql -XAtq -v ON_ERROR_STOP=1 -d "$database" "$@"
}

# ok WHAT COMMAND...: the command succeeds.
ok()
{
	what=$1
	shift
	if "$@" >"$work/out" 2>&1
	then
		count 1 0
	else
		count 0 1
		echo "not ok: $what"
		cat "$work/out"
	fi
}

# is WHAT GOT EXPECTED: both are the same text, and not empty, as two commands
# that failed would be.
is()
{
	if [ -n "$3" ] && [ "$2" = "$3" ]
	then
		count 1 0
	else
		complain "$1" "$2" "$3"
	fi
}

# complain WHAT GOT EXPECTED: counts and reports a failed check.
complain()
{
	count 0 1
	printf 'not ok: %s\n  got:      %s\n  expected: %s\n' "$@"
}

# refuses WHAT DATABASE STATEMENT TEXT: fails with an error that has the text.
refuses()
{
	refusal=$(sql "$2" -c "$3" 2>&1)
	status=$?
	if [ $status != 0 ] && printf '%s\n' "$refusal" | grep -qF "$4"
	then
		count 1 0
	else
		complain "$1" "$refusal" "an error with \"$4\""
	fi
}

skip()
{
	skipped=$((skipped + 1))
	echo "skipped: $*"
}

finish()
{
	tally="$name: $passed passed, $failed failed"
	[ $skipped = 0 ] || tally="$tally, $skipped skipped"
	echo "$tally"
	[ $failed = 0 ]
	exit
}

# server_marks DATABASE: changes when the server restarts, and also when any of
# its processes crashes, since the postmaster then starts all others anew.
server_marks()
{
	sql "$1" -c "select pg_postmaster_start_time(), backend_start
		from pg_stat_activity where backend_type = 'checkpointer'"
}

# The verdict of test/golden/golden.sql if every answer is right.
golden_right()
{
	echo "$(cat test/golden/*.txt | grep -vc '^#\|^$') right"
}
