# common.sh: what the tests in this directory share; sourced by each. They run
# in the top directory against the server that PGHOST and PGPORT name (see
# test/server.sh), each with databases and a directory of its own, and end with
# the tally that test/check.sh adds up. Checks do not count in a subshell: none
# may stand in a pipeline.
set -u

name=$(basename "$0" .sh)
work=$(pwd)/build/check/$name
passed=0
failed=0
skipped=0

rm -rf "$work"
mkdir -p "$work"

# create_database NAME: empty, and new even when a run before left one.
create_database()
{
	psql -Xq -d postgres -v ON_ERROR_STOP=1 \
		-c 'set client_min_messages = warning' \
		-c "drop database if exists $1" -c "create database $1"
}

# sql DATABASE [psql argument...]: bare values, and stops at the first error.
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
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "not ok: $what"
		cat "$work/out"
	fi
}

# is WHAT GOT EXPECTED: the same text, which is not empty: two commands that
# both failed do not agree.
is()
{
	if [ -n "$3" ] && [ "$2" = "$3" ]
	then
		passed=$((passed + 1))
	else
		complain "$1" "$2" "$3"
	fi
}

complain()
{
	failed=$((failed + 1))
	printf 'not ok: %s\n  got:      %s\n  expected: %s\n' "$@"
}

# refuses WHAT DATABASE STATEMENT TEXT: an error that says the text.
refuses()
{
	refusal=$(sql "$2" -c "$3" 2>&1)
	status=$?
	if [ $status != 0 ] && printf '%s\n' "$refusal" | grep -qF "$4"
	then
		passed=$((passed + 1))
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
