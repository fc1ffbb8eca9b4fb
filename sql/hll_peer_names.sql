-- What Cube generates, and what users of postgresql-hll type, as they type it.

\pset null '(null)'
SET client_min_messages = warning;

CREATE TABLE visits (day integer, visitor integer);
INSERT INTO visits SELECT n % 7, n % 400 FROM generate_series(1, 5000) AS n;

-- Cube: build, read, ad hoc. 400 visitors in all.
CREATE TABLE visits_rollup AS
SELECT day, hll_add_agg(hll_hash_any(visitor)) AS visitors FROM visits GROUP BY 1;
SELECT round(hll_cardinality(hll_union_agg(visitors))) AS cube_read FROM visits_rollup;
SELECT round(hll_cardinality(hll_add_agg(hll_hash_any(visitor)))) AS cube_ad_hoc,
	count(DISTINCT visitor) AS exact FROM visits;
SELECT day, round(hll_cardinality(hll_union_agg(visitors))) AS visitors,
	(SELECT count(DISTINCT visitor) FROM visits AS v WHERE v.day = r.day) AS exact
FROM visits_rollup AS r WHERE day < 2 GROUP BY 1 ORDER BY 1;

-- postgresql-hll: its first example.
CREATE TABLE helloworld (id integer, set hll);
INSERT INTO helloworld(id, set) VALUES (1, hll_empty());
UPDATE helloworld SET set = hll_add(set, hll_hash_integer(12345)) WHERE id = 1;
UPDATE helloworld SET set = hll_add(set, hll_hash_text('hello world')) WHERE id = 1;
SELECT hll_cardinality(set) FROM helloworld WHERE id = 1;

-- Its daily uniques.
CREATE TABLE facts (date date, user_id integer);
INSERT INTO facts SELECT '2024-02-01'::date + n % 10, n % 900
	FROM generate_series(1, 3000) AS n;
CREATE TABLE daily_uniques (date date UNIQUE, users hll NOT NULL DEFAULT hll_empty());
INSERT INTO daily_uniques(date, users)
	SELECT date, hll_add_agg(hll_hash_integer(user_id)) FROM facts GROUP BY 1;
INSERT INTO daily_uniques(date) VALUES ('2024-03-01');
SELECT date, hll_cardinality(users) FROM daily_uniques WHERE date > '2024-02-08' ORDER BY date;
SELECT #hll_union_agg(users) AS estimate, (SELECT count(DISTINCT user_id)
	FROM facts) AS exact FROM daily_uniques;
SELECT EXTRACT(MONTH FROM date) AS month, hll_cardinality(hll_union_agg(users))
	FROM daily_uniques GROUP BY 1 ORDER BY 1;
SELECT date, #hll_union_agg(users) OVER three_days AS estimate,
	(SELECT count(DISTINCT user_id) FROM facts AS f
		WHERE f.date BETWEEN d.date - 2 AND d.date) AS exact
FROM daily_uniques AS d WINDOW three_days AS (ORDER BY date ASC ROWS 2 PRECEDING)
	ORDER BY date LIMIT 4;
SELECT date, (#hll_union_agg(users) OVER two_days) - #users AS lost_uniques
FROM daily_uniques WINDOW two_days AS (ORDER BY date ASC ROWS 1 PRECEDING)
	ORDER BY date LIMIT 3;

-- Operators and functions, hashing with every type, with and without a seed.
SELECT #(hll_empty() || hll_hash_integer(1)) AS one,
	#(hll_hash_integer(1) || hll_empty()) AS one,
	#(hll_empty() || hll_hash_bigint(7) || hll_hash_bigint(8)) AS two,
	#hll_union(hll_empty() || hll_hash_integer(1), hll_empty() || hll_hash_integer(2)) AS two,
	#hll_add_rev(hll_hash_integer(1), hll_empty()) AS one, # (SELECT users
		FROM daily_uniques WHERE date = '2024-03-01') AS none;
SELECT hll_add(hll_empty(), hll_hash_integer(1))
	= hll_add_rev(hll_hash_integer(1), hll_empty()) AS equal,
	hll_empty() || hll_hash_integer(1) <> hll_empty() || hll_hash_integer(2) AS different,
	hll_empty() <> hll_empty() AS different;
SELECT #hll_add_agg(hash) AS all_different, count(*) FROM unnest(ARRAY[
	hll_hash_boolean(true), hll_hash_boolean(false), hll_hash_smallint(4::smallint),
		hll_hash_integer(21474836),
	hll_hash_bigint(223372036854775808), hll_hash_bytea(E'\\xDEADBEEF'),
		hll_hash_text('foobar'),
	hll_hash_any(ARRAY[1, 2]), hll_hash_boolean(true, 123), hll_hash_smallint(4::smallint, 123),
	hll_hash_integer(21474836, 123), hll_hash_bigint(223372036854775808, 123),
		hll_hash_bytea(E'\\xDEADBEEF', 123),
	hll_hash_text('foobar', 123), hll_hash_any(ARRAY[1, 2], 123)]) AS hash;
SELECT hll_hash_any(4::smallint) = hll_hash_smallint(4::smallint) AS smallint,
	hll_hash_any(4) = hll_hash_integer(4) AS integer,
	hll_hash_any(4::bigint) = hll_hash_bigint(4) AS bigint,
		hll_hash_any('x'::text) = hll_hash_text('x') AS text,
	hll_hash_any('x'::bytea) = hll_hash_bytea('x') AS bytea,
		hll_hash_any(true) = hll_hash_boolean(true) AS boolean,
	hll_hash_any('x'::text, 123) = hll_hash_text('x', 123) AS seed;

-- With a precision, and the names that other systems have.
SELECT hll_precision(hll_add_agg(hll_hash_integer(user_id), 11)) AS log2m,
	hll_precision(hll_empty(11)) AS log2m,
	approx_count_distinct(user_id) AS estimate, count(DISTINCT user_id) AS exact FROM facts;

DROP TABLE visits, visits_rollup, helloworld, facts, daily_uniques;
