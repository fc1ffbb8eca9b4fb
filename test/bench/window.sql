-- Sliding windows: unions over the last 30 and 365 of daily sketches, which are
-- dense (100,000 values) or sparse (1,000), each sharing half of its values with
-- the next. Frames of 365 take another 365 days, so that most of them move.
--
-- To unite each frame anew, as PostgreSQL does of itself, it takes an aggregate
-- of the same functions that has no inverse transition.

CREATE AGGREGATE bench.reunite(s hll) (
	SFUNC = hll_union_agg_trans, STYPE = hll, FINALFUNC = hll_agg_final
);

CREATE PROCEDURE bench.make_days(name text, nvalues integer)
	LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE %s AS
		SELECT day, (SELECT hll_add_agg(day * (%s / 2) + i)
			FROM generate_series(1, %2$s) AS i) AS s
		FROM generate_series(1, 730) AS day', name, nvalues);
END $$;

CALL bench.make_days('dense_days', 100000);
CALL bench.make_days('sparse_days', 1000);
CREATE TABLE many_days AS
	SELECT row_number() OVER (ORDER BY i, day) AS day, s
	FROM generate_series(1, 14) AS i, dense_days LIMIT 10000;
VACUUM ANALYZE dense_days, sparse_days, many_days;
CHECKPOINT;

-- A query over the unions (or what `of` makes of s) of the days up to `days`.
CREATE FUNCTION bench.over_days(of text, days text, name text, frame integer)
	RETURNS text LANGUAGE sql RETURN format(
	'SELECT max(hll_precision(u)) FROM (SELECT %s AS u FROM %s WHERE day <= %s
		WINDOW w AS (ORDER BY day ROWS %s PRECEDING)) AS q',
	of, name, days, frame - 1);

SELECT bench.expect('union of 365 days', #u, 50000 * 366)
FROM (SELECT day, hll_union_agg(s) OVER (ORDER BY day ROWS 364 PRECEDING) AS u
	FROM dense_days) AS q WHERE day IN (365, 366, 730) \g /dev/null
DO $$
BEGIN
	ASSERT (SELECT bool_and(hll_union_agg = reunite) FROM (
		SELECT hll_union_agg(s) OVER w, bench.reunite(s) OVER w FROM sparse_days
		WINDOW w AS (ORDER BY day ROWS 29 PRECEDING)) AS q),
		'a frame has another union than its rows';
END $$;

INSERT INTO bench.query (class, name, sql, repeats)
SELECT format('%s frames of %s, %s', days, frame, kind), q.name,
	bench.over_days(q.of, days, kind || '_days', frame), repeats
FROM (VALUES ('365', 30, 5), ('730', 365, 1)) AS f (days, frame, repeats),
	unnest('{dense,sparse}'::text[]) AS kind,
	(VALUES ('detoasting', 's'),
		('hll_union_agg(s)', 'hll_union_agg(s) OVER w'),
		('each frame anew', 'bench.reunite(s) OVER w')) AS q (name, of);
INSERT INTO bench.query (class, name, sql)
SELECT '10,000 frames, dense', 'of ' || frame,
	bench.over_days('hll_union_agg(s) OVER w', '10000', 'many_days', frame)
FROM unnest('{30,365,5000}'::integer[]) AS frame;

INSERT INTO bench.ratio (class, name, over)
SELECT class, 'hll_union_agg(s)', name FROM bench.query
WHERE class LIKE '%frames of%' AND name <> 'hll_union_agg(s)'
ORDER BY class, name DESC;
INSERT INTO bench.ratio (class, name, over) VALUES
('10,000 frames, dense', 'of 365', 'of 30'),
('10,000 frames, dense', 'of 5000', 'of 30');

CALL bench.measure('365 frames of 30, dense', :runs);
CALL bench.measure('730 frames of 365, dense', :runs);
CALL bench.measure('365 frames of 30, sparse', :runs);
CALL bench.measure('730 frames of 365, sparse', :runs);
CALL bench.measure('10,000 frames, dense', :runs);
DROP TABLE dense_days, sparse_days, many_days;
