-- Sliding windows: unions over the last 30 and 365 of the daily sketches of
-- merge.sql, dense or sparse. Frames of 365 take another 365 days, so that most
-- of them move.
--
-- To merge each frame from scratch, as PostgreSQL does by itself, it takes an aggregate
-- of the same functions that has no inverse transition.

CREATE AGGREGATE bench.reunite(s hll) (
	SFUNC = hll_union_agg_trans, STYPE = hll, FINALFUNC = hll_agg_final
);

CREATE TABLE many AS
	SELECT row_number() OVER (ORDER BY i, day) AS day, s
	FROM generate_series(1, 5) AS i, dense;
VACUUM ANALYZE many;
CHECKPOINT;

-- A query over the unions (or what `of` makes of s) of the days up to `days`.
CREATE FUNCTION bench.over_days(of text, days text, name text, frame integer)
	RETURNS text LANGUAGE sql RETURN format(
	'SELECT max(hll_precision(u)) FROM (SELECT %s AS u FROM %s WHERE day <= %s
		WINDOW w AS (ORDER BY day ROWS %s PRECEDING)) AS q',
	of, name, days, frame - 1);

SELECT bench.expect('union of 365 days', #u, 50000 * 366)
FROM (SELECT day, hll_union_agg(s) OVER (ORDER BY day ROWS 364 PRECEDING) AS u
	FROM dense) AS q WHERE day IN (365, 366, 730) \g /dev/null
DO $$
BEGIN
	ASSERT (SELECT bool_and(hll_union_agg = reunite) FROM (
		SELECT hll_union_agg(s) OVER w, bench.reunite(s) OVER w FROM sparse
		WINDOW w AS (ORDER BY day ROWS 29 PRECEDING)) AS q),
		'a frame has another union than its rows';
END $$;

INSERT INTO bench.query (class, name, sql, repeats)
SELECT format('%s frames of %s, %s', days, frame, kind), q.name,
	bench.over_days(q.of, days, kind, frame), repeats
FROM (VALUES ('365', 30, 5), ('730', 365, 1)) AS f (days, frame, repeats),
	unnest('{dense,sparse}'::text[]) AS kind,
	(VALUES ('detoasting', 's'),
		('hll_union_agg(s)', 'hll_union_agg(s) OVER w'),
		('each frame anew', 'bench.reunite(s) OVER w')) AS q (name, of);
INSERT INTO bench.query (class, name, sql)
SELECT '10,000 frames, dense', 'of ' || frame,
	bench.over_days('hll_union_agg(s) OVER w', '10000', 'many', frame)
FROM unnest('{30,365,5000}'::integer[]) AS frame;

INSERT INTO bench.ratio (class, name, over)
SELECT class, 'hll_union_agg(s)', name FROM bench.query
WHERE class LIKE '%frames of%' AND name <> 'hll_union_agg(s)'
ORDER BY class, name DESC;
INSERT INTO bench.ratio (class, name, over) VALUES
('10,000 frames, dense', 'of 365', 'of 30'),
('10,000 frames, dense', 'of 5000', 'of 30');
CALL bench.measure(:runs);
DROP TABLE many, dense, varied, sparse;
\if :peer
	DROP TABLE peer.dense, peer.varied, peer.sparse;
\endif
