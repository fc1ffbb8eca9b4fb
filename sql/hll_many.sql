-- Values by operator, arrays of values and of sketches, sketches to a number.

\pset null '(null)'
SET client_min_messages = warning;

-- s || x adds, whatever x is; a text too.
SELECT hll_empty() || 5 = hll_add(hll_empty(), 5) AS "integer",
	hll_empty() || 'x'::text = hll_add(hll_empty(), 'x'::text) AS "text",
	hll_empty() || 'x'::varchar = hll_add(hll_empty(), 'x'::text) AS "varchar",
	hll_empty() || now()::date = hll_add(hll_empty(), now()::date) AS "date",
	hll_empty() || ARRAY[1, 2] = hll_add(hll_empty(), ARRAY[1, 2]) AS "array",
	hll_empty() || sketch_hash_any(5) = hll_add(hll_empty(), 5) AS "hash",
	sketch_hash_any(5) || hll_empty() = hll_add(hll_empty(), 5) AS hash_first,
	# (hll_empty() || 1 || 2 || 'x'::text || 2) AS "#", # (NULL::hll || 5) AS of_null,
	hll_empty() || NULL::text = hll_empty() AS null_text;
SELECT error_of($$SELECT hll_empty() || 'x'$$);
SELECT error_of($$SELECT hll_empty() || json '1'$$);

-- Many values at once.
SELECT hll_add_array(hll_empty(), ARRAY[1, 2, 2, NULL, 3])
		= (SELECT hll_add_agg(x) FROM unnest(ARRAY[1, 2, 3]) AS x) AS integers,
	hll_add_array(hll_empty(11), ARRAY[['a', 'b'], ['b', 'c']])
		= (SELECT hll_add_agg(x, 11) FROM unnest(ARRAY['a', 'b', 'c']) AS x) AS two_dimensions,
	hll_add_array(NULL, ARRAY[sketch_hash_any(1)]) = hll_add(hll_empty(), 1) AS hashes,
	hll_add_array(hll_empty(4), '{}'::uuid[]) = hll_empty(4) AS nothing,
	hll_add_array(hll_empty(4), NULL::uuid[]) = hll_empty(4) AS null_array,
	hll_add_array(hll_empty(4), '{NULL}'::uuid[]) = hll_empty(4) AS null_element,
	hll_add_array(NULL, '{}'::uuid[]) IS NULL AS null_and_nothing,
	hll_add_array(NULL, NULL::uuid[]) IS NULL AS two_nulls;
SELECT # hll_add_array(NULL, array_agg(g)) AS "#" FROM generate_series(1, 1000) AS g;
SELECT error_of($$SELECT hll_add_array(hll_empty(), ARRAY[json '1'])$$);
SELECT error_of($$SELECT hll_add_array(hll_empty(), 5)$$);

-- Many sketches at once.
CREATE TABLE daily (d int, s hll);
INSERT INTO daily SELECT d, hll_add_agg(x) FROM generate_series(1, 9) AS d,
	generate_series(100 * d, 100 * d + 149) AS x GROUP BY d;
INSERT INTO daily VALUES (10, NULL), (11, hll_empty(4));
SELECT hll_union(array_agg(s ORDER BY d)) = hll_union_agg(s) AS "union", # hll_union(array_agg(s)) AS "#",
	hll_union('{}'::hll[]) IS NULL AS nothing, hll_union(ARRAY[NULL]::hll[]) IS NULL AS null_element,
	hll_union(NULL::hll[]) IS NULL AS null_array,
	hll_union(ARRAY[ARRAY[hll_empty(4)], ARRAY[hll_empty(5)]]) = hll_empty(4) AS two_dimensions
FROM daily;

-- The number, as BI tools want it.
SELECT approx_count_distinct(s), approx_count_distinct(s) FILTER (WHERE d > 9) AS empty,
	approx_count_distinct(s) FILTER (WHERE d = 10) AS "null",
	approx_count_distinct(s) FILTER (WHERE d > 99) AS no_rows, pg_typeof(approx_count_distinct(s))
FROM daily;
SELECT d, approx_count_distinct(s) OVER (ORDER BY d ROWS 1 PRECEDING) FROM daily ORDER BY d;
SELECT d / 4 AS part, approx_count_distinct(s) FROM daily GROUP BY 1 ORDER BY 1;
DROP TABLE daily;
