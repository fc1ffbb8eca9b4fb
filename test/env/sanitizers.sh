#!/bin/sh
#
# sanitizers.sh [server|unit|valgrind...]: the extension under the tools that see
# a wrong access to memory even where it does no harm, which is `make
# check-sanitizers`. Without arguments, all three parts:
#
# server    The whole extension, built with AddressSanitizer and
#           UndefinedBehaviorSanitizer, in the server as it is installed: the
#           pg_regress tests and some scripts of test/t. A report ends the
#           backend, so what led to it fails, too. The server's allocator hides
#           where memory ends; guarded_palloc.c shows it.
# unit      The unit tests, built without, under valgrind, which also tells what
#           is read before it is written. `make unit` has them under the
#           sanitizers. Those of mutants and of accuracy would take hours.
# valgrind  Backends under valgrind, called at random. The server's reports of
#           itself are its own affair: those with pgext in the stack count.
#
# Needs a server built without --enable-cassert, as packages have it. The last
# line is the sum of all: "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL
export LC_ALL=C

parts=${*:-server unit valgrind}
logs=$(pwd)/build/sanitizers
scripts='copy mutants random_calls'
allocators='palloc palloc0 repalloc repalloc_huge
	MemoryContextAlloc MemoryContextAllocZero'

say() { echo "sanitizers: $*"; }

tally_pattern='^[A-Za-z0-9_.-]*: [0-9]* passed, [0-9]* failed'

sum_of()
{
	grep "$tally_pattern" "$logs/tallies" |
		sed -n "s/.* \([0-9]*\) $1.*/\1/p" |
		awk '{ n += $1 } END { print n + 0 }'
}

# A step that counts as one test: step NAME COMMAND...
step()
{
	if "$@" >"$logs/$part-$1.log" 2>&1
	then
		echo "$1: 1 passed, 0 failed"
	else
		tail -n 100 "$logs/$part-$1.log"
		echo "$1: 0 passed, 1 failed"
	fi
}

# A step that ends in a tally. A status of failure counts, whatever that says.
tallied()
{
	log=$logs/$part-$1.log
	shift
	"$@" >"$log" 2>&1
	status=$?
	tally=$(grep "$tally_pattern" "$log" | tail -n 1)
	case $status:$tally in
		0:?*) echo "$tally" ;;
		*) tail -n 100 "$log"; echo "$part: 0 passed, 1 failed" ;;
	esac
}

# --- servers ------------------------------------------------------------------

# A copy of the tree for this part, and goes there.
enter_copy()
{
	tree=$logs/$part
	rm -rf "$tree"
	mkdir -p "$tree"
	tar -c --exclude='*.o' --exclude='*.bc' Makefile META.json README.md \
		pgext.control src sql expected doc test | tar -x -C "$tree"
	cd "$tree" || exit 1
}

# Builds with $COPT, which PGXS gives to compiler and linker, and starts a server
# by the function $1 instead of server.sh's.
start_server_by()
{
	. test/server.sh
	eval "server_launch() { $1; }"
	server_start || { echo "$part: 0 passed, 1 failed"; exit 1; }
}

start()
{
	server_as_owner env PGCTLTIMEOUT=600 "$@" "$(server_bindir)/pg_ctl" -s -w \
		-D "$server_dir/data" -l "$server_dir/log" start </dev/null
}

run_script() { tallied "$1" "test/t/$1.sh"; }

# --- server: the sanitizers -----------------------------------------------------

sanitizer_flags()
{
	echo '-O1 -g -fno-omit-frame-pointer -fno-lto'
	echo '-fsanitize=address,undefined -fno-sanitize-recover=all'
	for function in $allocators
	do
		echo "-Wl,--wrap=$function"
	done
}

# AddressSanitizer starts in the first call of malloc(), and itself calls gettext.
# Where the first call comes from gettext, as libgpg-error's would, which the
# server is linked with, that is for ever. So here is one that is earlier.
make_first()
{
	"$("$PG_CONFIG" --cc)" -O0 -shared -fPIC -Wl,-z,initfirst \
		-o "$server_dir/first.so" -x c - <<-'END'
		#include <stdlib.h>
		__attribute__((constructor)) static void first(void)
		{
			free(malloc(1));
		}
	END
}

# Servers end without freeing what they have; of the other option tells the
# Makefile.
start_sanitized()
{
	library=$("$("$PG_CONFIG" --cc)" -print-file-name=libasan.so)
	asan=abort_on_error=1:detect_leaks=0:detect_stack_use_after_return=0
	make_first && [ -f "$library" ] &&
		start LD_PRELOAD="$library $server_dir/first.so" ASAN_OPTIONS=$asan \
			UBSAN_OPTIONS=abort_on_error=1:print_stacktrace=1
}

# One test measures memory, of which guarded chunks take more.
expect_more_memory()
{
	sed -i 's/^   2000 | t$/   2000 | f/' expected/hll_window.out
}

regress()
{
	mkdir -p build/regress
	make installcheck >build/regress/log 2>&1 \
		EXTRA_REGRESS_OPTS="--outputdir=$(pwd)/build/regress"
	status=$?
	cat build/regress/log
	[ "$status" = 0 ] || cat build/regress/regression.diffs
	ok=$(grep -cE '^(ok [0-9]+ |test .* \.\.\. ok )' build/regress/log)
	set -- sql/*.sql
	echo "regress: $ok passed, $(($# - ok)) failed"
	return "$status"
}

no_reports()
{
	! grep -E -A 30 'AddressSanitizer|runtime error:|terminated by signal|PANIC' \
		"$server_dir/log"
}

part_server()
{
	enter_copy
	expect_more_memory
	cp test/guarded_palloc.c src/pg/
	COPT=$(sanitizer_flags | tr '\n' ' ')
	export COPT
	start_server_by start_sanitized
	tallied regress regress
	for script in $scripts
	do
		run_script "$script"
	done
	step no_reports no_reports
}

# --- unit -----------------------------------------------------------------------

part_unit()
{
	mkdir -p "$logs/unit"
	for source in test/unit/test_*.c
	do
		test=$(basename "$source" .c)
		case $test in *mutants | *accuracy*) continue ;; esac
		"$("$PG_CONFIG" --cc)" -std=c11 -O1 -g -Isrc -Itest/unit \
			-o "$logs/unit/$test" "$source" src/core/*/*.c -lm
		tallied "$test" valgrind -q --error-exitcode=99 "$logs/unit/$test"
	done
}

# --- valgrind -------------------------------------------------------------------

start_valgrind() { start valgrind -q --trace-children=yes --error-limit=no; }

# A report is lines that begin with the process, and ends in one without more.
no_own_reports()
{
	awk '
		/^==[0-9]+== ./ { report = report $0 "\n" }
		/^==[0-9]+== *$/ {
			if (report ~ /pgext\.so\)/) {
				printf "%s\n", report
				found = 1
			}
			report = ""
		}
		END { exit found }' "$server_dir/log" &&
		! grep -E 'terminated by signal|PANIC' "$server_dir/log"
}

# Without lines of source, the stack has names of libraries.
part_valgrind()
{
	enter_copy
	export COPT='-O1 -g0' RANDOM_CALLS=400
	start_server_by start_valgrind
	run_script random_calls
	step no_own_reports no_own_reports
}

# --- all ------------------------------------------------------------------------

mkdir -p "$logs" || exit 1
PG_CONFIG=$(test/setup.sh sanitizers) || exit 1
export PG_CONFIG
: >"$logs/tallies"
for part in $parts
do
	say "$part"
	(part_"$part") | tee -a "$logs/tallies"
done
passed=$(sum_of passed)
failed=$(sum_of failed)
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
