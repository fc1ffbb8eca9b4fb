#!/bin/sh
#
# accuracy.sh: measures the errors and bounds of all estimates (make accuracy):
#
#     [RUNS=40000] [JOBS=2] test/accuracy/accuracy.sh [PROGRAM...]
#
# Builds the simulators (cardinality, overlap, unequal and best for hll; bloom_rates
# and bloom_counts; cms and cms_bounds; topk and topk_streams), runs JOBS of them at
# a time (default: one per core), writes doc/accuracy-*.csv and doc/accuracy-*.svg,
# and compares the results with the limits (check.awk). Fails if a limit is broken.
# Seeds are fixed. Takes some twelve minutes on two cores, of which bloom, cms and
# topk take one each or less.
#
# RUNS is per point, and scales everything. With another number than that of
# doc/accuracy.md, or with some programs only, the results go to
# build/accuracy/out. Fewer runs may break a limit by chance.
set -e
cd "$(dirname "$0")/../.."
. test/lib.sh

runs=${RUNS:-40000}
processes=${JOBS:-$(getconf _NPROCESSORS_ONLN)}
all='cardinality overlap unequal best bloom_rates bloom_counts cms cms_bounds'
programs=${*:-$all topk topk_streams}
here=test/accuracy
work=build/accuracy
out=doc
[ "$runs" = 40000 ] && [ $# = 0 ] || out=$work/out
flags='-std=c11 -O2 -Wall -Wextra -Werror'

compile()
{
	# shellcheck disable=SC2086 # many flags
	${CC:-cc} $flags -Isrc -Itest/unit -o "$work/$1" "$here/$1.c" \
		src/core/*/*.c -lm
}

# Small sketches are cheap to run, and their errors are close to the limits.
runs_of()
{
	if [ "$1" -le 6 ]
	then
		echo $((runs * 8))
	elif [ "$1" -le 9 ]
	then
		echo $((runs * 2))
	else
		echo "$runs"
	fi
}

# Prints a line per process, a program and its arguments, the longest first.
jobs()
{
	for n in 100000 10000 1000000 100000000
	do
		echo overlap 13 $n $((runs / 20))
	done
	echo overlap 14 1000000 $((runs / 20))
	echo overlap 11 1000000 $((runs / 20))
	echo unequal 13 13 1000000000 $((runs / 20))
	echo unequal 14 10 100000000 $((runs / 20))
	echo unequal 14 13 1000000 $((runs / 20))
	echo unequal 13 8 1000000 $((runs / 20))
	for p in 13 18 17 4 5 6 16 11 15 14 10 12 9 8 7
	do
		echo cardinality $p "$(runs_of $p)"
	done
	for p in 4 5 6 7 8
	do
		echo best $p $((runs * 8))
	done
	for rate in 0.0001 0.001 0.01 0.1
	do
		for n in 10000000 1000000 100000 10000 1000 100
		do
			echo bloom_rates $n $rate $((runs / 4))
		done
		for n in 10000000 1000000 100000 10000 2000 1000 500 200 100
		do
			echo bloom_counts $n $rate "$runs"
		done
	done
	for exponent in 0 1.0 1.1 1.2
	do
		echo cms $exponent 0.001 $((runs / 2000 + 1))
		echo cms $exponent 0.0001 $((runs / 4000 + 1))
	done
	for epsilon in 0.3 0.1 0.01 0.001 0.0001
	do
		for delta in 0.5 0.01 0.0001
		do
			echo cms_bounds $epsilon $delta 0 $((runs * 100))
			echo cms_bounds $epsilon $delta 1.1 $((runs * 100))
		done
	done
	for tree in one chain pairs any
	do
		for order in random first last turns
		do
			echo topk 1.1 $order $tree $((runs / 4000 + 1))
		done
		echo topk 0 random $tree $((runs / 4000 + 1))
		echo topk 1.0 random $tree $((runs / 4000 + 1))
		echo topk 1.2 random $tree $((runs / 4000 + 1))
	done
	for stream in zipf0.8 zipf1.0 zipf1.2 uniform bursts drift overtake sorted \
		weights rising
	do
		for parts in 1 24 64 365
		do
			echo topk_streams $stream $parts $((runs / 8000 + 1))
		done
	done
}

run_all()
{
	# shellcheck disable=SC2016 # for the inner shell
	jobs | grep -E "^($(echo "$programs" | tr ' ' '|')) " | xargs -P "$processes" -L 1 \
		sh -c 'dir=$0; name=$(echo "$*" | tr " " -)
			"$dir/$1" $2 $3 $4 $5 >"$dir/${name%-*}.csv"' "$work"
}

# table PROGRAM HEADER: joins the output of its processes, if it was run.
table()
{
	case " $programs " in *" $1 "*) ;; *) return 0 ;; esac
	{
		echo "$2"
		cat "$work/$1"-*.csv | sort -t, -k1,1n -k2,2n -s
	} >"$out/accuracy-$1.csv"
}

[ "$runs" -ge 100 ] 2>/dev/null || fail "RUNS must be 100 or more, not $runs"
test/env/setup.sh accuracy
mkdir -p "$work" "$out"
rm -f "$work"/*.csv "$work/out"/*.csv
for program in $programs
do
	[ -f "$here/$program.c" ] || fail "no such program: $program"
	compile "$program"
done
say "$runs runs per point; takes about $((runs / 4000 + 1)) minutes for all"
run_all
table cardinality "precision,n,method,layout,runs,rmse_percent,theory_percent,\
rmse_over_theory,bias_over_theory,stated_over_theory,\
coverage68,coverage95,coverage99,bytes"
table overlap "precision,b,b_over_a,jaccard,both,a_layout,runs,rmse_percent,\
bias_percent,predicted_percent,coverage95,inclusion_exclusion_rmse_percent,\
inclusion_exclusion_bias_percent"
table unequal "precision,lower_precision,b,b_over_a,jaccard,pairs,\
rmse_percent,bias_percent,predicted_percent,coverage95,\
inclusion_exclusion_rmse_percent"
table best "precision,n,runs,theory_percent,rmse_over_theory,best_over_theory"
table bloom_rates "expected,rate,blocks,bits,bytes,probes,filters,\
measured_over_designed,standard_error,present_over_designed"
table bloom_counts "expected,rate,blocks,n,layout,runs,rmse_percent,\
bias_percent,theory_percent,rmse_over_theory"
table cms "exponent,epsilon,delta,least_frequency,sketches,queries,below,\
beyond,plain_error,debiased_error,debiased_over_plain,\
coverage50,coverage95,coverage99,bytes"
table cms_bounds "epsilon,delta,depth,exponent,queries,confidence,\
upper_over_nominal,lower_over_nominal"
table topk "exponent,order,tree,k,sketches,error_over_bound,offset_over_bound,\
outside,top20_found,top20_spread_percent,bytes"
table topk_streams "stream,parts,runs,mean_truth,lower_rmse,middle_rmse,cms_rmse,\
lower_over_better,cms_over_better,lower_found,middle_found,cms_found,certain,\
wrongly_certain"
plot=$PWD/$here/plot.gp
[ $# != 0 ] || (cd "$out" && gnuplot "$plot")
say "written: $(echo "$out"/accuracy-*)"
awk -f $here/summary.awk "$out"/accuracy-*.csv
[ "$runs" -ge 40000 ] ||
	say "with fewer than 40000 runs, some limits may be broken by chance"
awk -f $here/check.awk "$out"/accuracy-*.csv
