-- The whole stream pipeline in SQL: one scan of each batch of events feeds hll, bloom,
-- cms and topk rollups, which are merged at query time; against the events themselves.

\pset null '(null)'
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;
SET jit = off;

-- Two days in eight batches of 5,000 page views, some of them out of order. Visitor and page
-- follow something like Zipf's law; address 10.0.0.66 attacks in hour 30, and in hour 40
-- there is a new page.
CREATE TABLE view (batch integer, hour integer, visitor integer, page text, address inet);
INSERT INTO view SELECT n / 5000, (n / 834 + (n % 20 = 0)::integer) % 48,
	4000000 / (n * 7919 % 40000 + 1000), CASE WHEN n / 834 = 40 AND n % 8 = 0 THEN '/page/new'
	ELSE '/page/' || 40000 / (n * 104729 % 40000 + 50) END,
	CASE WHEN n / 834 = 30 AND n % 3 = 0 THEN '10.0.0.66'::inet ELSE '10.0.1.0'::inet + n * 31 % 2000 END
FROM generate_series(0::bigint, 39999) AS n;
SELECT count(*) AS views, count(DISTINCT visitor) AS visitors, count(DISTINCT page) AS pages,
	count(DISTINCT hour) AS hours FROM view;

-- One row for an hour; a filter of all visitors that were ever seen.
CREATE TABLE rollup (hour integer PRIMARY KEY, views bigint, newcomers bigint, visitors hll, seen bloom,
	actions cms, hot topk, addresses topk);
CREATE TABLE known (seen bloom);
INSERT INTO known VALUES (bloom_empty(5000, 0.001));

-- A batch: whoever the filter does not know is new; one scan feeds it all.
CREATE PROCEDURE load(b integer) LANGUAGE sql AS $$
	INSERT INTO rollup AS r
	SELECT hour, count(*), count(*) FILTER (WHERE is_first AND NOT (SELECT seen FROM known) @> visitor),
		hll_add_agg(visitor),
		bloom_add_agg(visitor, 5000), cms_add_agg(page), topk_add_agg(page, 100),
			topk_add_agg(host(address), 100)
	FROM (SELECT *, row_number() OVER (PARTITION BY visitor ORDER BY hour) = 1 AS is_first FROM view
		WHERE batch = b) AS v GROUP BY hour
	ON CONFLICT (hour) DO UPDATE SET views = r.views + excluded.views,
		newcomers = r.newcomers + excluded.newcomers,
		visitors = r.visitors || excluded.visitors, seen = r.seen || excluded.seen,
			actions = r.actions || excluded.actions,
		hot = r.hot || excluded.hot, addresses = r.addresses || excluded.addresses;
	UPDATE known SET seen = seen || (SELECT bloom_add_agg(visitor, 5000, 0.001) FROM view WHERE batch = b);
$$;
DO $$
BEGIN
	FOR b IN 0 .. 7 LOOP
		CALL load(b);
	END LOOP;
END $$;

-- What the batches left is what one scan of all gives: to the byte, or within bounds.
SELECT count(*) AS hours, sum(r.views) AS views, count(*) FILTER (WHERE r.visitors = e.visitors AND r.seen
	= e.seen AND r.actions = e.actions) AS same,
	count(*) FILTER (WHERE topk_total(r.hot) = r.views AND topk_total(r.addresses) = r.views
		AND cms_total(r.actions) = r.views) AS totals
FROM rollup AS r JOIN (SELECT hour, hll_add_agg(visitor) AS visitors, bloom_add_agg(visitor,
	5000) AS seen, cms_add_agg(page) AS actions
	FROM view GROUP BY hour) AS e USING (hour);
SELECT (SELECT sum(newcomers) FROM rollup) BETWEEN 0.99 * count(DISTINCT visitor)
	AND count(DISTINCT visitor) AS newcomers, bool_and(seen @> visitor) AS all_known
	FROM view, known;

-- By day: unique visitors, how often a page was viewed, the hot pages.
SELECT hour / 24 AS day, abs(hll_cardinality(hll_union_agg(visitors)) / exact - 1) < 0.03 AS visitors,
	cms_frequency(cms_union_agg(actions), '/page/2'::text) - page_2 AS of_page_2,
	cms_error_bound(cms_union_agg(actions)) AS error_bound, (SELECT array_agg(item)
		FROM topk_items(topk_union_agg(hot), 5)) = top AS top_5
FROM rollup, LATERAL (SELECT count(DISTINCT visitor)::float8 AS exact,
	count(*) FILTER (WHERE page = '/page/2') AS page_2 FROM view
	WHERE view.hour / 24 = rollup.hour / 24) AS e,
	LATERAL (SELECT array_agg(page) AS top FROM (SELECT page FROM view
		WHERE view.hour / 24 = rollup.hour / 24 GROUP BY page
		ORDER BY count(*) DESC, page COLLATE "C" LIMIT 5) AS t) AS t
GROUP BY 1, exact, page_2, top ORDER BY 1;
SELECT topk_array(topk_union_agg(hot), 3) FROM rollup;

-- Trending: this hour against the same hour of the days before, by frequencies.
SELECT item, now, before FROM (SELECT item, cms_frequency(n.actions, item) AS now,
	cms_frequency(b.actions, item) AS before
	FROM rollup AS n JOIN rollup AS b ON b.hour = n.hour - 24, topk_items(n.hot, 20) WHERE n.hour = 40) AS v
ORDER BY now::float8 / (before + 10) DESC, item COLLATE "C" LIMIT 3;
SELECT count(*) AS asked, count(*) FILTER (WHERE cms_frequency(actions, page) <> c) AS wrong
	FROM rollup JOIN (SELECT hour, page, count(*) AS c FROM view GROUP BY 1, 2) AS e USING (hour);

-- Attack detection: who surely made a tenth of all requests of an hour; who may have.
SELECT hour, item, lower, upper, exact FROM rollup, LATERAL topk_certain(addresses, views / 10),
	LATERAL (SELECT count(*) AS exact FROM view
		WHERE view.hour = rollup.hour AND host(address) = item) AS e ORDER BY hour;
SELECT count(*) AS hours, count(p.item) AS possible FROM rollup LEFT
	JOIN LATERAL topk_possible(addresses, greatest(views / 10, topk_error_bound(addresses) + 1))
	AS p ON true;

-- The last three hours at each hour; visitors who came in both days.
SELECT count(*) AS hours, count(*) FILTER (WHERE abs(v / exact - 1) > 0.03) AS off_visitors,
	count(*) FILTER (WHERE f <> of_1) AS off_actions,
	count(*) FILTER (WHERE NOT of_1 BETWEEN (t).lower AND (t).upper) AS off_hot
FROM (SELECT hour, hll_cardinality(hll_union_agg(visitors) OVER w) AS v,
	cms_frequency(cms_union_agg(actions) OVER w, '/page/1'::text) AS f,
	topk_frequency(topk_union_agg(hot) OVER w, '/page/1') AS t FROM rollup
		WINDOW w AS (ORDER BY hour ROWS 2 PRECEDING)) AS r,
	LATERAL (SELECT count(DISTINCT visitor)::float8 AS exact,
		count(*) FILTER (WHERE page = '/page/1') AS of_1 FROM view
		WHERE view.hour BETWEEN r.hour - 2 AND r.hour) AS e;
SELECT bool_and(a @> visitor AND b @> visitor) AS all_found, count(*) > 100 AS some,
	abs(hll_intersection_cardinality(va, vb) / count(*) - 1) < 0.1 AS both_days
FROM (SELECT bloom_union_agg(seen) FILTER (WHERE hour < 24) AS a,
	bloom_union_agg(seen) FILTER (WHERE hour >= 24) AS b,
	hll_union_agg(visitors) FILTER (WHERE hour < 24) AS va,
		hll_union_agg(visitors) FILTER (WHERE hour >= 24) AS vb FROM rollup) AS d,
	(SELECT visitor FROM view WHERE hour < 24 INTERSECT SELECT visitor FROM view WHERE hour >= 24) AS i
		GROUP BY va, vb;

-- The hash of a value once, for all that take hashes. It has no kind, as that of
-- the value has; else the sketches are the same.
SELECT hll_add_agg(h) = hll_add_agg(visitor) AS hll,
	bloom_add_agg(h) = bloom_add_agg(h) || bloom_add_agg(visitor) AS bloom,
	bloom_add_agg(h) = bloom_add_agg(visitor) AS same_kind,
	cms_add_agg(h) = cms_empty() || cms_add_agg(h) AND cms_total(cms_add_agg(h)) = cms_total(cms_add_agg(visitor)) AS cms
	FROM (SELECT visitor, sketch_hash_any(visitor) AS h FROM view OFFSET 0) AS v;

DROP PROCEDURE load;
DROP TABLE view, rollup, known;
