-- The whole benchmark, in one session: all ratios are between queries that ran
-- in turn in it.

\set QUIET on
\pset pager off
\pset footer off
\pset null ''
SET client_min_messages = warning;

CREATE EXTENSION pgext;
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'hll') AS peer
\gset
\if :peer
	CREATE SCHEMA peer;
	CREATE EXTENSION hll SCHEMA peer;
\endif
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'datasketches')
	AS datasketches \gset
\if :datasketches
	CREATE SCHEMA datasketches;
	CREATE EXTENSION datasketches SCHEMA datasketches;
\endif

\ir helpers.sql
\echo 'bench: adding, without groups'
\ir add.sql
\echo 'bench: adding what is frequent'
\ir frequent.sql
\echo 'bench: adding, in groups'
\ir groups.sql
\echo 'bench: uniting and counting stored sketches'
\ir merge.sql
\echo 'bench: comparing stored sketches'
\ir overlap.sql
\echo 'bench: sliding windows'
\ir window.sql
\echo 'bench: asking a filter'
\ir probe.sql
\echo 'bench: asking and merging stored filters'
\ir filters.sql
\ir plans.sql
\echo 'bench: uniting and asking stored counts'
\ir counts.sql
\echo 'bench: values that were made to be slow'
\ir hostile.sql
\ir hostile_cms.sql
\echo 'bench: bytes stored'
\ir size.sql
\ir figures.sql
\ir report.sql
