-- pg_input_is_valid and pg_input_error_info, which came with PostgreSQL 16, ask
-- the input functions whether a text is a value: no error is thrown then. Up to
-- 15 a stand-in catches the error, and the answers are the same.

SELECT current_setting('server_version_num')::integer < 160000 AS stand_in \gset
\if :stand_in
CREATE FUNCTION pg_input_error_info(value text, type_name text,
	OUT message text, OUT detail text, OUT hint text, OUT sql_error_code text)
	LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SELECT %L::%s', value, type_name);
EXCEPTION WHEN others THEN
	GET STACKED DIAGNOSTICS message = message_text, detail = pg_exception_detail,
		hint = pg_exception_hint, sql_error_code = returned_sqlstate;
	detail := nullif(detail, '');
	hint := nullif(hint, '');
END $$;
\endif

\pset format unaligned
\pset tuples_only on
\pset null '(null)'
WITH given (type_name, value) AS (
	SELECT t, v
	FROM unnest(ARRAY['sketch_hash', 'hll', 'hll(11)', 'bloom', 'cms', 'topk']) AS t,
		unnest(ARRAY['', '?', 'AAAA', '17']) AS v
	UNION ALL
	VALUES ('hll', hll_add(hll_empty(), 1)::text),
		('hll(13)', hll_add(hll_empty(), 1)::text),
		('hll(11)', hll_add(hll_empty(), 1)::text),
		('bloom', bloom_add(bloom_empty(9), 1)::text),
		('bloom', hll_empty()::text),
		('cms', cms_add(cms_empty(), 1)::text),
		('topk', topk_add(topk_empty(), 'an item')::text),
		-- The same bytes with an item that is no text.
		('topk', (SELECT set_byte(b, length(b) - 1, 255)::text
			FROM (SELECT topk_add(topk_empty(), 'an item')::bytea) AS k (b)))
)
SELECT type_name, left(value, 12), i.*
FROM given, pg_input_error_info(value, type_name) AS i
ORDER BY type_name, value COLLATE "C";

\if :stand_in
DROP FUNCTION pg_input_error_info(text, text);
\endif
