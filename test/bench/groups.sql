-- Adding in groups: 100 of them, ROWS / 100 of 100 rows each, and 100,000 of 3
-- rows each. What groups of 100 rows cost depends on the order of the rows, since
-- the states are more than caches hold: at random, each group in turn, or sorted
-- by group. The outer count(s) takes the place of a client; being of a column
-- that it reads, it keeps the planner from dropping the sketches. Filters are made
-- for the n rows of a group, or size themselves. No value comes twice in a group,
-- which is what takes counts of values the most memory.
--
-- postgresql-hll is not measured with small groups: they take 128 kB each there,
-- so that the planner sorts, which would be most of the benchmark's time.

-- A table of values x in groups `many`, and in groups `few` of which there are 100.
CREATE FUNCTION bench.create_events(name text, nrows bigint, many text, x text,
		how text DEFAULT '') RETURNS text LANGUAGE sql RETURN format(
	'CREATE UNLOGGED TABLE %s AS
		SELECT (i %% 100)::int AS few, (%s)::int AS many, %s AS x
		FROM generate_series(0, %s - 1::bigint) AS i %s',
	name, many, x, nrows, how);

CREATE PROCEDURE bench.add_groups(class text, table_name text,
		column_name text, peer_hash text DEFAULT NULL, n bigint DEFAULT NULL,
		others text[] DEFAULT '{}')
	LANGUAGE sql
BEGIN ATOMIC
	INSERT INTO bench.query (class, name, sql, node)
	SELECT class, name,
		format('SELECT count(s) FROM (SELECT %s AS s FROM %s GROUP BY %s) q',
			aggregate, table_name, column_name),
		'@."Strategy" == "Hashed"'
	FROM (VALUES ('count(x)', 'count(x)'),
			('hll_add_agg(x)', 'hll_add_agg(x)'),
			('postgresql-hll, p = 14',
				format('peer.hll_add_agg(peer.%s(x), 14)', peer_hash)),
			('bloom_add_agg(x, n)', format('bloom_add_agg(x, %s)', n)),
			('bloom_add_agg(x)', 'bloom_add_agg(x)')
			UNION ALL SELECT other, other FROM unnest(others) AS other)
			AS a (name, aggregate)
	WHERE (peer_hash IS NOT NULL OR name NOT LIKE 'postgresql-hll%')
		AND (n IS NOT NULL OR name NOT LIKE 'bloom%');

	INSERT INTO bench.ratio (class, name, over) VALUES
	(class, 'hll_add_agg(x)', 'count(x)');
	INSERT INTO bench.ratio (class, name, over)
	SELECT class, 'hll_add_agg(x)', 'postgresql-hll, p = 14'
	WHERE peer_hash IS NOT NULL;
	INSERT INTO bench.ratio (class, name, over)
	SELECT class, name, 'count(x)'
	FROM unnest('{"bloom_add_agg(x, n)",bloom_add_agg(x)}'::text[]) AS name
	WHERE n IS NOT NULL;
	INSERT INTO bench.ratio (class, name, over)
	SELECT class, other, 'count(x)' FROM unnest(others) AS other;
END;

-- The memory of a class of add_groups(), by group.
CREATE PROCEDURE bench.add_memory(of_class text) LANGUAGE sql
BEGIN ATOMIC
	INSERT INTO bench.ratio (class, name, over)
	SELECT class || ', memory', name, over FROM bench.ratio
	WHERE class = of_class AND over = 'count(x)' ORDER BY id;
END;

SELECT setseed(0.5) \g /dev/null
SELECT :rows / 100 AS groups \gset
SELECT bench.create_events('at_random', :rows, 'i / 100', 'i', 'ORDER BY random()'),
	bench.create_events('in_turn', :rows, 'i % ' || :groups, 'i'),
	bench.create_events('sorted', :rows, 'i / 100', 'i'),
	bench.create_events('small', 300000, 'i / 3', 'i', 'ORDER BY random()')
\gexec
VACUUM ANALYZE at_random, in_turn, sorted, small;
CHECKPOINT;

SELECT bench.expect('each of 100 groups', #hll_add_agg(x), count(x))
FROM at_random GROUP BY few \g /dev/null
SELECT bench.expect('each of many groups', #hll_add_agg(x), count(x))
FROM at_random GROUP BY many \g /dev/null
DO $$
BEGIN
	ASSERT (SELECT sum(abs(of_design - rows) + abs(of_itself - rows)) <
			0.05 * sum(rows)
		FROM (SELECT bloom_cardinality(bloom_add_agg(x, 100)) AS of_design,
				bloom_cardinality(bloom_add_agg(x)) AS of_itself,
				count(x) AS rows FROM at_random GROUP BY many) AS q),
		'filters of groups do not have what the groups have';
END $$;

CALL bench.add_groups('100 groups, bigint', 'at_random', 'few',
	'hll_hash_bigint', :groups, '{cms_add_agg(x)}');
CALL bench.add_groups('groups of 100, bigint at random', 'at_random', 'many',
	NULL, 100, '{cms_add_agg(x)}');
CALL bench.add_memory('groups of 100, bigint at random');
CALL bench.add_groups('groups of 100, bigint in turn', 'in_turn', 'many');
CALL bench.add_groups('groups of 100, bigint sorted', 'sorted', 'many');
CALL bench.add_groups('groups of 3, bigint at random', 'small', 'many', NULL, 3,
	'{cms_add_agg(x)}');
CALL bench.add_memory('groups of 3, bigint at random');
CALL bench.measure(:runs);
DROP TABLE at_random, in_turn, sorted, small;

SELECT bench.create_events('texts', :rows, 'i % ' || :groups, '''user-'' || i'),
	bench.create_events('uuids', :rows, 'i % ' || :groups, 'md5(i::text)::uuid')
\gexec
VACUUM ANALYZE texts, uuids;
CHECKPOINT;

SELECT bench.expect('each group of texts', #hll_add_agg(x), count(x))
FROM texts GROUP BY many \g /dev/null
DO $$
BEGIN
	ASSERT (SELECT bool_and(cms_total(c) = n AND topk_total(t) = n
			AND (cms_info(c)).distinct_values = n
			AND (n > 100 OR (topk_info(t)).items = n))
		FROM (SELECT cms_add_agg(x) AS c, topk_add_agg(x, 100) AS t, count(x) AS n
			FROM texts GROUP BY many) AS q),
		'counts of groups are not of what the groups have';
END $$;
SELECT bench.expect('each group of uuids', #hll_add_agg(x), count(x))
FROM uuids GROUP BY many \g /dev/null

CALL bench.add_groups('100 groups, text', 'texts', 'few', 'hll_hash_text', NULL,
	'{"topk_add_agg(x, 100)"}');
CALL bench.add_groups('groups of 100, text in turn', 'texts', 'many', NULL, NULL,
	'{"topk_add_agg(x, 100)"}');
CALL bench.add_memory('groups of 100, text in turn');
CALL bench.add_groups('100 groups, uuid', 'uuids', 'few', 'hll_hash_any');
CALL bench.add_groups('groups of 100, uuid in turn', 'uuids', 'many');
CALL bench.measure(:runs);
DROP TABLE texts, uuids;
