# check.awk: reads doc/accuracy-*.csv, prints for every limit the worst of what
# was measured, and fails where a limit is broken.
#
# Limits are of the measured figures, without any allowance for chance: with the
# default number of runs they are four standard errors away from a sketch that
# is exactly right. Where an estimate is off by fewer than three values
# (standard error), intervals cannot hold it as often as they should and no
# more, since it is a whole number; there, as for sparse sketches, "at least" is
# checked. Sparse sketches of high precision have few runs: four standard errors.
#
# Precision 4 has a limit of its own: with 16 registers no estimator without bias
# comes within 2 % of the first-order theory (doc/accuracy.md).

BEGIN { FS = "," }

# Keeps the lowest and highest figure of a check, and whether it is in order.
function see(check, value, least, most, chance)
{
	if (!(check in count)) {
		order[++checks] = check
		low[check] = high[check] = value
	}
	count[check]++
	limits[check] = least " .. " most (chance ? ", four standard errors" : "")
	if (value <= low[check]) {
		low[check] = value
		low_at[check] = where
	}
	if (value >= high[check]) {
		high[check] = value
		high_at[check] = where
	}
	if (value < least - chance || value > most + chance)
		broken[check]++
}

function see_coverage(kind, i, least, most, chance)
{
	see(kind ", coverage of " level[i] " % bounds", $(10 + i) + 0, least, most,
		chance)
}

function see_sparse()
{
	see("sparse, RMSE in %", $6 + 0, 0, 0.1, 0)
	for (i = 1; i <= 3; i++)
		see_coverage("sparse", i, level[i], 100,
			4 * sqrt(level[i] * (100 - level[i]) / $5))
}

function see_dense(values)
{
	values = $2 * $7 / 100
	see($1 == 4 ? "dense, p = 4, RMSE over theory" : "dense, RMSE over theory",
		$8 + 0, values < 2 ? 0 : 0.98, $1 == 4 ? 1.04 : 1.02, 0)
	see("dense, bias over theory", $9 + 0, -0.03, 0.03, 0)
	see("dense, stated error over theory", $10 + 0, 0.98, 1.01, 0)
	for (i = 1; i <= 3; i++)
		if (values < 3)
			see_coverage("dense, few values", i, level[i] - 1, 100, 0)
		else
			see_coverage("dense", i, level[i] - 1, level[i] + 1, 0)
}

# Joint likelihood has no bias and the error it predicts, where it can tell the
# overlap at all, and where that is not all of the smaller set.
function see_overlap(all)
{
	all = $5 >= $2 / $3
	if (!all && $10 < 50) {
		see("overlap, RMSE over prediction", $8 / $10, 0.97, 1.03, 4 / sqrt(2 * $7))
		see("overlap, bias over prediction", $9 / $10, 0, 0, 4 / sqrt($7))
	}
	see("overlap, RMSE over that of inclusion and exclusion", $8 / ($12 + 1e-9),
		0, 1.01, 0)
	see("overlap, coverage of 95 % bounds", $11 + 0, 94, 100,
		4 * sqrt(95 * 5 / $7))
}

# Two sketches of unequal precision, or disjoint sets of very unequal sizes, of
# which the sketches say next to nothing.
function see_unequal()
{
	if ($4 == 1e5)
		see("overlap, disjoint sets of 1 to 10^5, mean in % of the smaller one",
			$8 + 0, 0, 5, 0)
	if ($1 > $2)
		see("overlap of unequal precision, RMSE over that of inclusion and exclusion",
			$7 / ($11 + 1e-9), 0, 1.02, 0)
	see("overlap of unequal precision, coverage of 95 % bounds", $10 + 0, 94, 100,
		4 * sqrt(95 * 5 / $6))
}

# Registers drawn must be as good as values added, where both were done.
function see_methods()
{
	if ($3 == "added")
		added[$1, $2] = $6
	else if (($1, $2) in added)
		see("dense, RMSE of drawn registers over that of added values",
			$6 / added[$1, $2], 1, 1, 4 / sqrt($5))
}

# Bytes of a block of a filter of that rate (SK_BLOOM_SMALL_BITS).
function block_bytes(rate)
{
	return rate < 0.005 ? 512 : 64
}

# Probes are as many as let the measured rate be known to 1 %; three standard
# errors above it are still to be below the limit (99.9 % confidence). What is
# shorter than its blocks is a list.
function see_bloom_rate()
{
	if ($5 < 32 + block_bytes($2) * $3) {
		see("bloom, lists, false positives", $8 + 0, 0, 0, 0)
		return
	}
	see("bloom, false positives over designed, plus three standard errors",
		$8 + 3 * $9, 0, 1.1, 0)
	if ($3 >= 64)
		see("bloom, from 64 blocks, false positives over designed", $8 + 0, 0.9,
			1.1, 0)
	see("bloom, false positives over those that the bits tell", $8 / $10, 1, 1,
		4 * $9 / $10)
	if ($1 == 1e6 && $2 == 0.01)
		see("bloom, bytes of a million values at 1 %", $5 + 0, 0, 1250000, 0)
}

function see_bloom_count()
{
	if ($5 == "list") {
		see("bloom, lists, RMSE in %", $7 + 0, 0, 0, 0)
		return
	}
	see("bloom, bits, RMSE over theory", $10 + 0, 0, 1.01, 4 / sqrt(2 * $6))
	see("bloom, bits, bias over RMSE", $8 / $7, 0, 0, 4 / sqrt($6))
	see("bloom, bits, RMSE in %", $7 + 0, 0, 1, 0)
	see("bloom, bits, RMSE in % times root of 64 bytes of blocks",
		$7 * sqrt($3 * block_bytes($2) / 64), 0, 4, 16 / sqrt(2 * $6))
}

# Where few values have a frequency, few different counters tell of its
# coverage: so from 10,000 queries on. Intervals are of whole numbers, both ends
# included: where errors are of few values, and for a frequency of 0, which no
# interval lies below, they hold it more often than asked.
function see_cms(i, asked)
{
	see("cms, estimates below the truth", $7 + 0, 0, 0, 0)
	if ($4 != "all" && $6 < 10000)
		return
	if ($4 == "all") {
		see("cms, share beyond epsilon times the total, over delta", $8 / $3, 0,
			1, 0)
		if ($1 == 1.1)
			see("cms, Zipf 1.1, debiased error over plain", $11 + 0, 0, 0.7, 0)
		if ($2 == 0.001)
			see("cms, bytes of a million values", $15 + 0, 0, 40000, 0)
		return
	}
	for (i = 1; i <= 3; i++) {
		asked = cms_level[i]
		see("cms, coverage of " asked " % bounds", $(11 + i) + 0, asked - 1,
			$4 == 0 || $10 < 40 ? 100 : asked + 1, 4 * sqrt(asked * (100 - asked) / $6))
	}
}

# Upper bounds of values that share a sketch fail together, so that the chance of
# some more is larger than that of single ones: twice.
function see_cms_bounds(nominal)
{
	nominal = (100 - $6) / 200 * $5
	see("cms, upper bounds below the truth over nominal", $7 + 0, 0, 1.1,
		8 / sqrt(nominal))
	see("cms, lower bounds above the truth over nominal", $8 + 0, 0, 1.1,
		8 / sqrt(nominal))
}

function see_topk()
{
	see("topk, error over the guaranteed bound", $6 + 0, 0, 1, 0)
	see("topk, offset over the guaranteed bound", $7 + 0, $6 + 0, 1, 0)
	see("topk, items outside of their bounds", $8 + 0, 0, 0, 0)
	if ($1 >= 1)
		see("topk, found of the 20 most frequent", $9 + 0, 20, 20, 0)
}

# Over all Zipf streams, geometric means: where an estimate is exact, a ratio of 0
# is taken as 0.01.
function see_topk_stream()
{
	if ($1 == "bursts" || $1 == "drift")
		see("topk, bursts and drift, RMSE of the estimate over the better of lower and middle",
			$8 + 0, 0, 1.05, 0)
	see("topk, certain items not among the first 20", $14 + 0, 0, 0, 0)
	if ($1 !~ /^zipf/)
		return
	zipfs++
	log_of_lower += log($8)
	log_of_cms += log($9 < 0.01 ? 0.01 : $9)
}

function see_zipfs()
{
	where = "all Zipf streams"
	see("topk, Zipf, RMSE of the estimate over the better of lower and middle, mean",
		exp(log_of_lower / zipfs), 0, 3, 0)
	see("topk, Zipf with a cms, RMSE of the estimate over the better of lower and middle, mean",
		exp(log_of_cms / zipfs), 0, 0.6, 0)
}

BEGIN {
	split("68 95 99", level, " ")
	split("50 95 99", cms_level, " ")
}

# The first line of each file tells which one it is.
FNR == 1 { file = $6; next }
file == "best_over_theory" {
	where = "p=" $1 " n=" $2
	see("dense, RMSE over that of the best estimator without bias", $5 / $6,
		0.99, 1.01, 0)
}
file == "rmse_percent" {
	where = "p=" $1 " n=" $2 " (" $3 ")"
	if ($4 == "sparse")
		see_sparse()
	else {
		see_dense()
		see_methods()
	}
}
file == "a_layout" {
	where = "p=" $1 " |A|=" $2 / $3 " |B|=" $2 " J=" $4
	see_overlap()
}
file == "pairs" {
	where = "p=" $1 " and " $2 " |A|=" $3 / $4 " |B|=" $3 " J=" $5
	see_unequal()
}
file == "probes" {
	where = "n=" $1 " at " $2
	see_bloom_rate()
}
file == "runs" {
	where = "n=" $4 " of " $1 " at " $2
	see_bloom_count()
}
file == "queries" {
	where = "exponent=" $1 " epsilon=" $2 " from " $4
	see_cms()
}
file == "confidence" {
	where = "epsilon=" $1 " delta=" $2 " exponent=" $4 " at " $6 " %"
	see_cms_bounds()
}
file == "error_over_bound" {
	where = "exponent=" $1 ", " $2 ", " $3
	see_topk()
}

file == "middle_rmse" {
	where = $1 " in " $2
	see_topk_stream()
}

END {
	if (zipfs > 0)
		see_zipfs()
	for (i = 1; i <= checks; i++) {
		c = order[i]
		failed += broken[c] > 0
		printf "%-6s %s: %s .. %s at %s and %s; limits %s; %d points%s\n",
			broken[c] ? "not ok" : "ok", c, low[c], high[c], low_at[c],
			high_at[c], limits[c], count[c],
			broken[c] ? ", " broken[c] " beyond" : ""
	}
	printf "accuracy: %d passed, %d failed\n", checks - failed, failed
	exit failed > 0 || checks == 0
}
