# plot.gp: the plots of doc/accuracy.md, from accuracy-*.csv; run in their directory.
set datafile separator comma
set terminal svg size 860,520 background "white" font "sans-serif,13"
set border 3
set tics nomirror
set grid linecolor rgb "#dddddd"
set key outside right reverse Left samplen 2
set pointsize 0.5
set logscale x
set format x "10^{%T}"
set palette defined (4 "#440154", 8 "#3b528b", 11 "#21918c", 14 "#5ec962", \
	18 "#e3c21a")
set cbrange [4:18]
unset colorbox

cardinality = "accuracy-cardinality.csv"
overlap = "accuracy-overlap.csv"
dense(low, high, x) = strcol("layout") eq "dense" && \
	column("precision") >= low && column("precision") <= high ? x : NaN
sparse(x) = strcol("layout") eq "sparse" && x > 0 ? x : NaN
per_register(n) = n / 2 ** column("precision")

# Error over n: the theory as a line, the measured figures as points.
set output "accuracy-error.svg"
set title "Relative error of a count (points: measured, lines: theory)"
set xlabel "distinct values"
set ylabel "RMSE, %"
set logscale y
set format y "%g"
set xrange [1:1.5e12]
set yrange [0.001:40]
plot for [p = 4:18] cardinality using 2:(dense(p, p, column("theory_percent"))) \
		with lines linewidth 0.7 linecolor rgb "black" notitle, \
	for [p = 4:18] cardinality using 2:(dense(p, p, column("rmse_percent"))) \
		with points pointtype 7 linecolor palette cb p title sprintf("p = %d", p), \
	cardinality using 2:(sparse(column("rmse_percent"))) \
		with points pointtype 6 linecolor rgb "#777777" title "sparse"

# The same with theory divided out, over n/m. Grey: the limits.
set output "accuracy-ratio.svg"
set title "Measured RMSE over theory, dense (grey: 0.98 .. 1.02)"
set xlabel "distinct values / 2^p"
set ylabel "ratio"
unset logscale y
set xrange [0.2:1e11]
set yrange [0.86:1.06]
set object 1 rectangle from graph 0, first 0.98 to graph 1, first 1.02 \
	fillcolor rgb "#e8e8e8" fillstyle solid noborder behind
array low[4] = [7, 6, 5, 4]
array high[4] = [18, 6, 5, 4]
array colour[4] = ["#9ecae1", "#21918c", "#e08214", "#b2182b"]
array name[4] = ["p = 7 .. 18", "p = 6", "p = 5", "p = 4"]
plot for [i = 1:4] cardinality using (per_register($2)): \
		(dense(low[i], high[i], column("rmse_over_theory"))) \
		with points pointtype 7 linecolor rgb colour[i] title name[i]

# Coverage, one panel for each confidence.
set output "accuracy-coverage.svg"
set terminal svg size 860,700
set multiplot layout 3,1 margins 0.11,0.8,0.09,0.97 spacing 0,0.06
set key maxrows 5
set ylabel "% of runs"
unset title
array level[3] = [68, 95, 99]
do for [j = 1:3] {
	c = level[j]
	set key title sprintf("%d %% bounds", c) left
	set yrange [c - 1.6:(c == 68 ? 80 : 100.1)]
	set object 1 rectangle from graph 0, first c - 1 to \
		graph 1, first (c == 99 ? 100 : c + 1)
	if (c == 99) { set xlabel "distinct values / 2^p" } else { unset xlabel }
	plot for [i = 1:4] cardinality using (per_register($2)): \
			(dense(low[i], high[i], column(sprintf("coverage%d", level[j])))) \
			with points pointtype 7 linecolor rgb colour[i] title name[i]
}
unset multiplot
unset object 1

# Overlaps, one panel for each size of A.
set output "accuracy-overlap.svg"
set terminal svg size 940,420
set multiplot layout 1,3 margins 0.11,0.98,0.16,0.88 spacing 0.07,0
unset key
set xlabel "Jaccard coefficient"
set logscale y
set xrange [0.0007:0.7]
set yrange [0.4:1000]
set format x "%g"
of(ratio, x) = column("precision") == 13 && column("b") == 1e6 && \
	column("b_over_a") == ratio ? x : NaN
do for [j = 0:2] {
	ratio = 10 ** j
	set title sprintf("|B| = 10^6, |A| = 10^%d", 6 - j)
	set ylabel (j == 0 ? "RMSE of the number in both, %" : "")
	if (j == 2) { set key top right inside notitle noreverse Right samplen 1 }
	plot overlap using "jaccard": \
			(of(ratio, column("inclusion_exclusion_rmse_percent"))) \
			with linespoints pointtype 4 linecolor rgb "#e08214" \
			title "inclusion, exclusion", \
		overlap using "jaccard":(of(ratio, column("rmse_percent"))) \
			with linespoints pointtype 7 linecolor rgb "#3b528b" \
			title "joint likelihood", \
		overlap using "jaccard":(of(ratio, column("predicted_percent"))) \
			with points pointtype 2 pointsize 1 linecolor rgb "black" \
			title "as it predicts"
}
unset multiplot

# Bloom filters with as many values as they were designed for.
set output "accuracy-bloom.svg"
set multiplot layout 1,2 margins 0.08,0.98,0.16,0.88 spacing 0.1,0
unset key
unset logscale y
set xlabel "values, as designed"
set xrange [60:2e7]
set format x "10^{%T}"
array rate[4] = [0.1, 0.01, 0.001, 0.0001]
array shade[4] = ["#440154", "#3b528b", "#21918c", "#e08214"]
set datafile missing NaN
of(r, x) = column("rate") == r ? x : NaN
aside(i) = column("expected") * 1.15 ** (i - 2.5)
set title "False positives over designed (bars: 3 standard errors)"
set yrange [0:1.2]
set ylabel "ratio"
plot 1.1 with lines linecolor rgb "#999999" notitle, \
	for [i = 1:4] "accuracy-bloom_rates.csv" \
		using (aside(i)):(of(rate[i], column("measured_over_designed"))): \
		(3 * column("standard_error")) with yerrorbars pointtype 7 \
		linecolor rgb shade[i] title sprintf("%g", rate[i])
set title "RMSE of the number of values (lines: theory)"
set key top right inside notitle noreverse Right samplen 1
set logscale y
set yrange [0.004:5]
set ylabel "%"
full(r, x) = column("n") == column("expected") ? of(r, x) : NaN
plot 1 with lines linecolor rgb "#999999" notitle, \
	for [i = 1:4] "accuracy-bloom_counts.csv" \
		using "expected":(full(rate[i], column("theory_percent"))) \
		with lines linewidth 0.7 linecolor rgb shade[i] notitle, \
	for [i = 1:4] "accuracy-bloom_counts.csv" \
		using "expected":(full(rate[i], column("rmse_percent"))) \
		with points pointtype 7 linecolor rgb shade[i] \
		title sprintf("at %g", rate[i])
unset multiplot
