-- The ratios to reach, of 10 million rows. Each must be one that was asked for.

CREATE TABLE bench.figure (
	class text,
	name text,
	over text,
	at_most numeric NOT NULL,
	PRIMARY KEY (class, name, over),
	FOREIGN KEY (class, name, over) REFERENCES bench.ratio
);
INSERT INTO bench.figure VALUES
('add bigint', 'hll_add_agg(x)', 'count(x)', 1.05),
('add text', 'hll_add_agg(x)', 'count(x)', 1.15),
('groups of 100, bigint at random', 'hll_add_agg(x)', 'count(x)', 1.30),
('groups of 100, bigint in turn', 'hll_add_agg(x)', 'count(x)', 1.30),
('groups of 100, bigint sorted', 'hll_add_agg(x)', 'count(x)', 1.30),
('groups of 100, text in turn', 'hll_add_agg(x)', 'count(x)', 1.30),
('groups of 100, uuid in turn', 'hll_add_agg(x)', 'count(x)', 1.30),
('union of 2,000 dense', 'hll_union_agg(s)', 'detoasting', 1.6),
('union of 2,000 dense', 'hll_union_agg(s)', 'postgresql-hll, p = 14', 0.35),
('union of 2,000 sparse', 'hll_union_agg(s)', 'postgresql-hll, p = 14', 0.5),
('cardinality of 2,000 dense', 'hll_cardinality(s)', 'detoasting', 2.0),
('overlap of 1,000 dense pairs', 'hll_overlap(a, b)', '1 us each', 60),
('bytes at n = 100000', 'pgext', '1 kB', 4.6),
('bytes at n = 1000000', 'pgext', '1 kB', 4.6),
('parallel', '2 workers', 'serial', 0.6),
('add bigint', 'bloom_add_agg(x, 1000000)', 'count(x)', 1.25),
('add bigint', 'bloom_add_agg(x, 10000000)', 'count(x)', 1.25),
('one filter, all new', 'join, b @> user_id', 'user_id <> 0', 1.3),
('one value, 200 filters of 1.2 MB', 'b @> 42', 'detoasting', 0.05),
('100 filters of 1.2 MB', 'bloom_union_agg(b)', 'detoasting', 1.5),
('bytes of a filter, n = 1000000', 'bloom_add_agg(x, 1000000)',
	'1 byte a value', 1.25),
('add bigint', 'cms_add_agg(x)', 'count(x)', 1.35),
('add Zipf text', 'topk_add_agg(x, 100)', 'count(x)', 2.0),
('add Zipf text', 'topk_add_agg(x, 100)', 'datasketches, 2^9', 1.0),
('bytes of counts, n = 10', 'cms_add_agg(x)', '1 kB', 0.25),
('bytes of counts, n = 1000', 'cms_add_agg(x)', '1 kB', 12),
('bytes of counts, n = 1000000', 'cms_add_agg(x)', '1 kB', 40);
