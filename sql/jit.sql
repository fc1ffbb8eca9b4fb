-- Just-in-time compilation, as far as the server has it, of every expression and
-- with all that it can inline: it must leave pgext's functions as they are.

SET jit = on;
SET jit_above_cost = 0;
SET jit_inline_above_cost = 0;
SET jit_optimize_above_cost = 0;

CREATE TEMPORARY TABLE s AS
SELECT d, hll_add_agg(x) AS h, bloom_add_agg(x, 100) AS b, cms_add_agg(x) AS c,
	topk_add_agg('item ' || x) AS k
FROM generate_series(1, 3) AS d, generate_series(1, d) AS x GROUP BY d;

SELECT #h, h = h, h <> h, h < h, h || h = h, (hll_info(h)).precision FROM s ORDER BY h;
SELECT b @> 2, 2 <@ b, b <> b, b || 2::bigint > b, bloom_cardinality(b) FROM s ORDER BY b;
SELECT cms_frequency(c, 2), c >= c, c <> c, cms_total(c || c) FROM s ORDER BY c;
SELECT topk_array(k, 1), k <> k, k <= k, topk_total(k || k) FROM s ORDER BY k;
SELECT sketch_hash_any(d) = sketch_hash_any(d::bigint), sketch_hash_any(d) <> 7::bigint::sketch_hash
FROM s;
SELECT count(DISTINCT h), count(DISTINCT b), count(DISTINCT c), count(DISTINCT k),
	#hll_union_agg(h), bloom_union_agg(b) @> 3, cms_total(cms_union_agg(c)),
	topk_total(topk_union_agg(k))
FROM s;
