#!/bin/sh
#
# fuzz.sh: builds the libFuzzer targets of this directory, one for each entrance
# by which foreign bytes reach pgext, and runs them:
#
#     test/fuzz/fuzz.sh check [NAME...]    # each: its corpus and a few more runs
#     test/fuzz/fuzz.sh long [NAME...]     # each: RUNS runs (10,000,000), of the
#                                          # targets *_ops a tenth, since each of
#                                          # their runs makes many calls
#     test/fuzz/fuzz.sh corpus             # makes the corpus anew
#
# `check`, part of `make check`, starts from a fixed seed: it does the same
# wherever the compiler is the same. `long`, which is `make fuzz`, starts from a
# new seed each time and from all that it found before, which it keeps in
# build/fuzz/found/, and ends with a table. Both stop a target at its first
# finding: a crash, a broken property, a report of the address or undefined
# behavior sanitizer, or a run of more than 20 seconds. The input is then in
# build/fuzz/findings/, and `build/fuzz/NAME FILE` repeats it.
#
# corpus/NAME/ has few, short inputs that together reach all code known to be
# reachable; `corpus` makes them from build/fuzz/found/. It also has inputs that
# stay, named "kept-*": those that led to findings, and those that break one rule
# of the format, so that a missing check is noticed.
cd "$(dirname "$0")/../.." || exit 1
. test/lib.sh

self=test/fuzz/fuzz.sh
out=build/fuzz
cores=$(getconf _NPROCESSORS_ONLN)
check_runs=60000
long_runs=${RUNS:-10000000}

# The names of all targets.
all_targets()
{
	for source in test/fuzz/*.c
	do
		basename "$source" .c
	done
}

# Runs "fuzz.sh COMMAND ITEM [ARGUMENT...]" for all items, some at a time.
each()
{
	command=$1
	items=$2
	shift 2
	for item in $items
	do
		echo "$item"
	done | xargs -P "$cores" -I '{}' "$self" "$command" '{}' "$@"
}

# --- building -------------------------------------------------------------------

# Tracing all comparisons would take half of the time, and finds nothing that the
# targets' own mutators do not.
flags='-std=c11 -O2 -g1 -Wall -Wextra -Werror -ffp-contract=off
	-fno-sanitize-recover=all -fno-sanitize-coverage=trace-cmp
	-Isrc -Itest/unit -Itest/fuzz'

# compile SOURCE: an object of the core.
compile()
{
	# shellcheck disable=SC2086 # one word each
	"$CLANG" $flags -fsanitize=fuzzer-no-link,address,undefined \
		-c -o "$out/core/$(echo "${1%.c}.o" | tr / -)" "$1"
}

# link NAME: a target; see fuzz_hll.h for what is wrapped.
link()
{
	# shellcheck disable=SC2086 # one word each
	"$CLANG" $flags -fsanitize=fuzzer,address,undefined \
		-Wl,--wrap=sk_hll_get_kernels -o "$out/$1" "test/fuzz/$1.c" \
		"$out/core.a" -lm
}

# Whether this compiler built the targets and nothing has changed since.
is_built()
{
	[ "$("$CLANG" --version)" = "$(cat "$out/built" 2>/dev/null)" ] &&
		[ -z "$(find src/core test/unit test/fuzz -type f \
			-name '*.[ch]' \
			-newer "$out/built")" ]
}

build()
{
	set_up fuzz
	CLANG=$(find_clang)
	export CLANG
	! is_built || return 0
	rm -rf "$out/core" "$out/core.a" "$out/built"
	mkdir -p "$out/core" "$out/log" "$out/found" "$out/findings"
	each compile "$(echo src/core/*/*.c)" || return 1
	ar rcs "$out/core.a" "$out"/core/*.o || return 1
	each link "$(all_targets)" || return 1
	"$CLANG" --version >"$out/built"
}

# --- running --------------------------------------------------------------------

# The core allocates nothing, so it leaks nothing.
ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=1:malloc_context_size=0
export ASAN_OPTIONS

# The length of the longest inputs, in bytes.
longest()
{
	case $1 in
		*_ops) echo 60 ;;
		arguments) echo 40 ;;
		bloom_bytes) echo 2400 ;;
		*) echo 1200 ;;
	esac
}

# With full address space randomization, the address sanitizer of an older clang
# does not always find room for its shadow memory.
without_randomization()
{
	if setarch -R true 2>/dev/null
	then
		setarch -R "$@"
	else
		"$@"
	fi
}

# fuzz NAME OPTION... DIRECTORY...: saves new inputs in the first directory.
fuzz()
{
	target=$1
	shift
	without_randomization "$out/$target" -max_len="$(longest "$target")" \
		-timeout=20 -rss_limit_mb=2048 -detect_leaks=0 -entropic=0 -reload=0 \
		-print_final_stats=1 -artifact_prefix="$out/findings/$target-" "$@"
}

# run_long NAME RUNS: seed 0 is a new one each time.
run_long()
{
	case $1 in
		*_ops) run_target "$1" $(($2 / 10)) 0 "$out/found" ;;
		*) run_target "$1" "$2" 0 "$out/found" ;;
	esac
}

# run_target NAME RUNS SEED FOUND: keeps new inputs in the directory FOUND/NAME.
run_target()
{
	corpus=test/fuzz/corpus/$1
	log=$out/log/$1
	mkdir -p "$4/$1"
	rm -f "$out/findings/$1"-*
	if [ -z "$(ls -A "$corpus" 2>/dev/null)" ]
	then
		echo "$corpus is empty" >"$log"
		false
	else
		fuzz "$1" -runs="$2" -seed="$3" "$4/$1" "$corpus" >"$log" 2>&1
	fi
	echo "status: $?" >>"$log"
}

# statistic NAME STATISTIC: from libFuzzer's log: number_of_executed_units, ...
statistic() { sed -n "s/^stat::$2: *//p" "$out/log/$1"; }

ended_well() { grep -qx 'status: 0' "$out/log/$1"; }

# The number of runs that ended without a finding.
runs_of()
{
	executed=$(statistic "$1" number_of_executed_units)
	echo "${executed:-0}"
}

# tally NAME RUNS: prints the tally of a target, after its log if it failed.
tally()
{
	if ended_well "$1" && [ "$(runs_of "$1")" -ge "$2" ]
	then
		echo "fuzz_$1: $(runs_of "$1") passed, 0 failed"
		return
	fi
	tail -n 60 "$out/log/$1"
	echo "fuzz_$1: $(runs_of "$1") passed, 1 failed"
	return 1
}

check()
{
	build || fail 'cannot build the targets'
	rm -rf "$out/check"
	each run_target "$targets" "$check_runs" 1 "$out/check"
	status=0
	for target in $targets
	do
		tally "$target" "$check_runs" || status=1
	done
	return $status
}

# --- at length ------------------------------------------------------------------

# coverage NAME cov|ft: edges or features, from libFuzzer's last line.
coverage()
{
	grep '^#[0-9]' "$out/log/$1" | sed -n "\$s/.* $2: \([0-9]*\).*/\1/p"
}

row()
{
	findings=$(find "$out/findings" -name "$1-*" | wc -l)
	printf '| %s | %s | %s | %s | %s | %s |\n' "$1" "$(runs_of "$1")" \
		"$(statistic "$1" average_exec_per_sec)" "$(coverage "$1" cov)" \
		"$(coverage "$1" ft)" "$findings"
	ended_well "$1"
}

at_length()
{
	build || fail 'cannot build the targets'
	say "$long_runs runs of each target, $cores at a time"
	each run_long "$targets" "$long_runs"
	status=0
	echo '| target | executions | per second | edges | features | findings |'
	echo '|---|---|---|---|---|---|'
	for target in $targets
	do
		row "$target" || status=1
	done
	return $status
}

# --- the corpus -----------------------------------------------------------------

# minimize NAME: keeps the inputs of build/fuzz/found/NAME that reach all edges.
minimize()
{
	corpus=test/fuzz/corpus/$1
	mkdir -p "$corpus" "$out/found/$1"
	find "$corpus" -type f ! -name 'kept-*' -exec rm -f {} +
	fuzz "$1" -set_cover_merge=1 -use_counters=0 "$corpus" "$out/found/$1" \
		>"$out/log/$1.merge" 2>&1
}

# seed_from TYPE: takes values and pairs of values from the runs of TYPE_ops.
seed_from()
{
	kept=$out/kept/$1
	rm -rf "$kept"
	mkdir -p "$kept/bytes" "$kept/pair" "$out/found/$1_bytes" \
		"$out/found/$1_pair"
	export FUZZ_KEEP="$kept"
	fuzz "$1_ops" -runs=1 "$out/found/$1_ops" >"$out/log/$1.kept" 2>&1
	unset FUZZ_KEEP
	for kind in bytes pair
	do
		fuzz "$1_$kind" -merge=1 "$out/found/$1_$kind" "$kept/$kind" \
			>"$out/log/$1_$kind.merge" 2>&1
	done
}

make_corpus()
{
	build || fail 'cannot build the targets'
	for type in hll bloom cms topk
	do
		fuzz "${type}_ops" -runs="$check_runs" "$out/found/${type}_ops"
		seed_from "$type"
	done
	each minimize "$(all_targets)"
}

case ${1:-} in
	build | compile | link | run_target | run_long | minimize) "$@"; exit ;;
esac
command=${1:-}
[ $# = 0 ] || shift
targets=${*:-$(all_targets)}
for target in $targets
do
	[ -f "test/fuzz/$target.c" ] || fail "no such target: $target"
done
case $command in
	check) check ;;
	long) at_length ;;
	corpus) make_corpus ;;
	*) fail "usage: $self check|long [NAME...] | corpus" ;;
esac
