#!/bin/sh
#
# sanitizers.sh: runs the extension under tools that find a wrong access to
# memory even where it does no harm (make check-sanitizers):
#
#     test/env/sanitizers.sh [server|unit|valgrind...]    # default: all three
#
# server    The whole extension, built with AddressSanitizer and
#           UndefinedBehaviorSanitizer, in the server as it is installed: the
#           pg_regress tests and some scripts of test/t. A report ends the
#           backend, so the test that led to it fails, too. guarded_palloc.c
#           shows the ends of chunks, which the server's allocator hides.
# unit      The unit tests under valgrind, which also finds reads of what was
#           never written; `make unit` runs them under the sanitizers. Mutants
#           and accuracy would take hours and are left out.
# valgrind  Random calls in backends under valgrind. Only reports with pgext in
#           the stack count: the server has some of its own.
#
# Needs a server built without --enable-cassert, as packages are. The output of
# each part is in build/sanitizers/. The last line is the sum of all: "N passed,
# N failed".
cd "$(dirname "$0")/../.." || exit 1
. test/lib.sh
unset MAKEFLAGS MFLAGS MAKELEVEL TEST

parts=${*:-server unit valgrind}
top_logs=$(pwd)/build/sanitizers
scripts='copy mutants random_calls'
allocators='palloc palloc0 repalloc repalloc_huge
	MemoryContextAlloc MemoryContextAllocZero'

# --- servers ------------------------------------------------------------------

# Makes a copy of the tree for this part, and goes there.
enter_copy()
{
	rm -rf "$logs/tree"
	copy_tree "$logs/tree"
	cd "$logs/tree" || exit 1
}

# start_server_by FUNCTION: instead of server.sh's own. The build takes $COPT,
# which PGXS passes to compiler and linker.
start_server_by()
{
	. test/env/server.sh
	eval "server_launch() { $1; }"
	server_start && return
	count 0 1
	finish
}

start()
{
	server_as_owner env PGCTLTIMEOUT=600 "$@" "$(server_bindir)/pg_ctl" -s -w \
		-D "$server_dir/data" -l "$server_dir/log" start </dev/null
}

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

# AddressSanitizer initializes itself in the first call of malloc(), and calls
# gettext for that. If the first call comes from gettext, as that of libgpg-error
# does, which the server links, this recurses for ever. So make an earlier call.
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

# A server exits without freeing its memory, which is no leak. For the third
# option see test/unit/Makefile.
start_sanitized()
{
	library=$("$("$PG_CONFIG" --cc)" -print-file-name=libasan.so)
	asan=abort_on_error=1:detect_leaks=0:detect_stack_use_after_return=0
	make_first && [ -f "$library" ] &&
		start LD_PRELOAD="$library $server_dir/first.so" ASAN_OPTIONS=$asan \
			UBSAN_OPTIONS=abort_on_error=1:print_stacktrace=1
}

# One test measures memory, and guarded chunks take more.
expect_more_memory()
{
	sed -i 's/^   2000 | t$/   2000 | f/' expected/hll_window.out
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
	cp test/env/guarded_palloc.c src/pg/
	COPT=$(sanitizer_flags | tr '\n' ' ')
	export COPT
	start_server_by start_sanitized
	tallied regress regress_files
	for script in $scripts
	do
		tallied "$script" "test/t/$script.sh"
	done
	step no_reports no_reports
}

# --- unit -----------------------------------------------------------------------

part_unit()
{
	for source in test/unit/test_*.c
	do
		test=$(basename "$source" .c)
		case $test in *mutants | *accuracy*) continue ;; esac
		"$("$PG_CONFIG" --cc)" -std=c11 -O1 -g -Isrc -Itest/unit \
			-o "$logs/$test" "$source" src/core/*/*.c -lm
		tallied "$test" valgrind -q --error-exitcode=99 "$logs/$test"
	done
}

# --- valgrind -------------------------------------------------------------------

start_valgrind() { start valgrind -q --trace-children=yes --error-limit=no; }

# The lines of a report begin with the process; an empty one ends it.
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

# Without line numbers (-g0), the stack has the names of libraries.
part_valgrind()
{
	enter_copy
	export COPT='-O1 -g0' RANDOM_CALLS=400
	start_server_by start_valgrind
	tallied random_calls test/t/random_calls.sh
	step no_own_reports no_own_reports
}

# --- all ------------------------------------------------------------------------

# run_part NAME: in a subshell, since parts change directory and start servers.
run_part()
(
	logs=$top_logs/$1
	name=$1
	mkdir -p "$logs"
	"part_$1"
	finish
)

for part in $parts
do
	case $part in
		server | unit | valgrind) ;;
		*) fail 'usage: test/env/sanitizers.sh [server|unit|valgrind...]' ;;
	esac
done
set_up sanitizers
mkdir -p "$top_logs" || exit 1
: >"$top_logs/tallies"
for part in $parts
do
	say "$part"
	run_part "$part" | tee "$top_logs/$part.log"
	tail -n 1 "$top_logs/$part.log" >>"$top_logs/tallies"
done
count "$(sum_of passed "$top_logs/tallies")" "$(sum_of failed "$top_logs/tallies")"
skipped=$(sum_of skipped "$top_logs/tallies")
say_skipped
print_sum
all_passed
