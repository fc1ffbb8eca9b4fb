# summary.awk: the tables of doc/accuracy.md, from doc/accuracy-*.csv.
BEGIN { FS = "," }

function widen(range, value)
{
	if (!(range in low) || value < low[range])
		low[range] = value
	if (!(range in high) || value > high[range])
		high[range] = value
}

function range_of(range, format)
{
	return sprintf(format " .. " format, low[range], high[range])
}

# Where the standard error is less than two values, a ratio means little, and
# below three, intervals hold too much.
function add_dense(values)
{
	values = $2 * $7 / 100
	if ($2 == 2 ^ $1)
		rmse[$1, "m"] = $6
	if ($2 >= 1000 * 2 ^ $1) {
		rmse[$1] += $6
		points[$1]++
	}
	if (values >= 2)
		widen($1 " ratio", $8 + 0)
	widen($1 " bias", $9 + 0)
	for (i = 1; values >= 3 && i <= 3; i++)
		widen($1 " coverage" i, $(10 + i) + 0)
}

function print_cardinality()
{
	print "| p | RMSE % at n = m | from 1000m | over theory | bias/theory" \
		" | 68 % bounds | 95 % | 99 % |"
	print "|--:|--:|--:|--:|--:|--:|--:|--:|"
	for (p = 4; p <= 18; p++)
		if (points[p] > 0)
			printf "| %d | %.3g | %.3g | %s | %s | %s | %s | %s |\n", p, rmse[p, "m"],
			rmse[p] / points[p], range_of(p " ratio", "%.3f"),
			range_of(p " bias", "%+.3f"), range_of(p " coverage1", "%.1f"),
			range_of(p " coverage2", "%.1f"), range_of(p " coverage3", "%.1f")
}

# The cases that the text is about: p = 13, and a sparse sketch with a dense one.
function add_overlap()
{
	if ($1 == 13 && ($2 == 1e6 || ($2 == 1e5 && $3 == 100)))
		overlap[++overlaps] = sprintf( \
			"| %d | %d | %s | %d | %.3g | %.3g | %.3g | %+.2g | %.1f |\n", \
			$2 / $3, $2, $4, $5, $12, $8, $10, $9, $11)
}

function print_overlaps()
{
	print "\n| #a | #b | J | both | inclusion-exclusion | joint likelihood |" \
		" predicted | bias | 95 % bounds |"
	print "|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
	for (i = 1; i <= overlaps; i++)
		printf "%s", overlap[i]
}

# What a filter with as many values as it was designed for is worth.
function add_bloom(what, text)
{
	if (!($1 in numbered)) {
		numbered[$1] = 1
		number[++numbers] = $1
	}
	bloom[$1, $2, what] = text
}

function print_bloom(what, i, j, n)
{
	print "\n| n | at 0.1 | 0.01 | 0.001 | 0.0001 |"
	print "|--:|--:|--:|--:|--:|"
	for (i = 1; i <= numbers; i++) {
		n = number[i]
		if (!((n, "0.1", what) in bloom))
			continue
		printf "| %d |", n
		for (j = 1; j <= 4; j++)
			printf " %s |", bloom[n, rates[j], what]
		print ""
	}
}

function add_cms()
{
	if ($4 == "all")
		cms = cms sprintf("| %s | %s | %.2g | %.3g | %.3g | %.3f | %.1f | %.1f |" \
			" %.1f | %d |\n", $1, $2, $8, $9, $10, $11, $12, $13, $14, $15)
	else if ($2 == 0.001 && $6 >= 10000)
		classes = classes sprintf("| %s | %s | %d | %.1f | %.1f | %.1f |\n", $1,
			$4, $6, $12, $13, $14)
}

function print_cms()
{
	print "\n| exponent | epsilon | beyond | plain error | debiased | ratio |" \
		" 50 % bounds | 95 % | 99 % | bytes |"
	printf "|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n%s", cms
	print "\n| exponent | frequency from | asked | 50 % bounds | 95 % | 99 % |"
	printf "|--:|--:|--:|--:|--:|--:|\n%s", classes
}

# The worst of all shapes and exponents at each confidence.
function add_cms_bounds()
{
	if (!($6 in upper))
		asked[++nasked] = $6
	if ($7 >= upper[$6] + 0)
		upper[$6] = $7
	if ($8 >= lower[$6] + 0)
		lower[$6] = $8
}

function print_cms_bounds(i)
{
	print "\n| confidence, % | upper below the truth, over nominal |" \
		" lower above it, over nominal |"
	print "|--:|--:|--:|"
	for (i = 1; i <= nasked; i++)
		printf "| %s | %.2f | %.2f |\n", asked[i], upper[asked[i]],
			lower[asked[i]]
}

function add_topk()
{
	topk = topk sprintf("| %s | %s | %s | %.2f | %.2f | %s | %s | %d |\n", $1,
		$2, $3, $6, $7, $1 > 0 ? $9 : "", $1 > 0 ? sprintf("%.2g", $10) : "", $11)
}

function print_topk()
{
	print "\n| exponent | order | tree | error over bound | offset over bound |" \
		" found of 20 | their bounds apart, % | bytes |"
	printf "|--:|---|---|--:|--:|--:|--:|--:|\n%s", topk
}

# Errors in percent of the mean truth.
function percent(error)
{
	return sprintf("%.2g", $4 > 0 ? 100 * error / $4 : 0)
}

function add_topk_stream()
{
	if (!($1 in rows_of))
		stream[++nstreams] = $1
	rows_of[$1] = rows_of[$1] sprintf("| %s | %d | %s | %s | %s | %.0f | %.0f | %.0f |\n",
		$1, $2, percent($5), percent($6), percent($7), $10, $12, $13)
}

function print_topk_streams()
{
	print "\n| stream | parts | `lower`, % | middle, % | with a cms, % |" \
		" found of 20 | with a cms | certain |"
	print "|---|--:|--:|--:|--:|--:|--:|--:|"
	for (i = 1; i <= nstreams; i++)
		printf "%s", rows_of[stream[i]]
}

BEGIN { split("0.1 0.01 0.001 0.0001", rates, " ") }

# The first line of each file tells which one it is.
FNR == 1 { file = $6; next }
file == "rmse_percent" && $4 == "dense" { add_dense() }
file == "a_layout" { add_overlap() }
file == "best_over_theory" { best = best sprintf("| %d | %s | %s |\n", $1, $5, $6) }
file == "probes" {
	add_bloom("rate", sprintf("%.3f \302\261 %.3f", $8, $9))
	add_bloom("bytes", $5)
}
file == "runs" && $1 == $4 { add_bloom("count", sprintf("%.2g", $7)) }
file == "queries" { add_cms() }
file == "confidence" { add_cms_bounds() }
file == "error_over_bound" { add_topk() }
file == "middle_rmse" { add_topk_stream() }
END {
	print_cardinality()
	print_overlaps()
	print "\n| p | RMSE over theory | of the best without bias |"
	printf "|--:|--:|--:|\n%s", best
	print_bloom("rate")
	print_bloom("bytes")
	print_bloom("count")
	print_cms()
	print_cms_bounds()
	print_topk()
	print_topk_streams()
}
