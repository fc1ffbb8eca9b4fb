#!/bin/sh
#
# A web server's access log, from lines to a rollup by day to answers, against
# exact ones from all requests. Sets of this size are kept sparse, so that counts
# must agree exactly. One log is made by a formula; a real one of 10,000 lines is
# tested as well where it lies beside the tree.
. test/lib.sh
begin

real=../shared/data/apache_logs.gz

# load DATABASE LOG. Two characters that are in no line turn csv into "one line,
# one value".
load()
{
	create_database "$1" && sql "$1" -f - <<-END
		create extension pgext;
		create table line (line text);
		\\copy line from '$2' (format csv, delimiter E'\\x01', quote E'\\x02')
		create table request as
		select m[1] as client, to_timestamp(m[2], 'DD/Mon/YYYY')::date as day,
			m[3] as page, m[4] as referrer, m[5] as agent
		from line, regexp_match(line,
			'^(\\S+) \\S+ \\S+ \\[([^:]+):[^]]*\\] "\\S+ (\\S+)[^"]*" \\d+ \\S+ ' ||
			'"((?:[^"\\\\]|\\\\.)*)" "((?:[^"\\\\]|\\\\.)*)"?') m;
		create table rollup as
		select day, hll_add_agg(client) clients, hll_add_agg(page) pages,
			hll_add_agg(referrer) referrers, hll_add_agg(agent) agents,
			bloom_add_agg(client, 1000000) seen, cms_add_agg(page) views,
			topk_add_agg(page) top_pages
		from request group by day;
	END
}

# The same counts from the requests and from the rollup.
exact()
{
	sql "$1" -c "
		select $2, count(distinct client), count(distinct page),
			count(distinct referrer), count(distinct agent)
		from request group by 1 order by 1"
}

from_rollup()
{
	sql "$1" -c "
		select $2, round(#hll_union_agg(clients)), round(#hll_union_agg(pages)),
			round(#hll_union_agg(referrers)), round(#hll_union_agg(agents))
		from rollup group by 1 order by 1"
}

# Clients of each day who came on no earlier day.
exact_new()
{
	sql "$1" -c "
		select day, count(*)
		from (select min(day) as day from request group by client) c
		group by day order by day"
}

new_from_rollup()
{
	sql "$1" -c "
		select day, count(distinct client) from request join (
			select day, coalesce(bloom_union_agg(seen) over (order by day
				rows between unbounded preceding and 1 preceding),
				bloom_empty(1000000)) as before
			from rollup) r using (day)
		where not before @> client group by day order by day"
}

# Whether the bounds for all pages hold, and whether the most frequent page is
# known.
pages_from_rollup()
{
	sql "$1" -c "
		with truth as (select page, count(*) as n from request group by page)
		select bool_and(n between (cms_frequency_bounds(views, page)).lower
				and (cms_frequency_bounds(views, page)).upper),
			bool_and(n between (topk_frequency(top_pages, page)).lower
				and (topk_frequency(top_pages, page)).upper),
			(array_agg(page order by n desc, page))[1] = min(top)
		from truth, (select cms_union_agg(views) as views,
				topk_union_agg(top_pages) as top_pages,
				topk_array(topk_union_agg(top_pages), 1) #>> '{0,item}' as top
			from rollup) r"
}

# read_by_demo LOG: lines and malformed lines, as the demo's parser counts them.
read_by_demo()
{
	awk -v summary="$work/summary" -f test/demo/combined_log.awk "$1" \
		>"$work/csv"
	head -n 2 "$work/summary" | xargs
}

# check_log WHAT DATABASE LOG NLINES NCLIENTS NDAYS
check_log()
{
	ok "$1: load" load "$2" "$3"
	is "$1: all lines are requests" \
		"$(sql "$2" -c 'select count(*), count(client) from request')" "$4|$4"
	is "$1: for the demo, too" "$(read_by_demo "$3")" "$4 0"
	is "$1: clients" "$(sql "$2" -c \
		'select approx_count_distinct(client) from request')" "$5"
	is "$1: by day" "$(from_rollup "$2" day)" "$(exact "$2" day)"
	is "$1: in all" "$(from_rollup "$2" "'all'::text")" \
		"$(exact "$2" "'all'::text")"
	is "$1: days, to compare at all" "$(exact "$2" day | wc -l)" "$6"
	is "$1: new clients by day" "$(new_from_rollup "$2")" "$(exact_new "$2")"
	is "$1: pages" "$(pages_from_rollup "$2")" 't|t|t'
}

awk -f test/demo/access_log.awk >"$work/made"
is 'the log is the same everywhere' "$(cksum <"$work/made")" '4210808295 1582419'
check_log 'made log' weblog_made "$work/made" 10000 1092 4
is 'it has IPv6 addresses, quotes, and no referrers' "$(sql weblog_made -c "
	select count(distinct client) filter (where client ~ ':'),
		count(*) filter (where agent like '%\\\\\"quoted\\\\\"%') > 100,
		count(*) filter (where referrer like '%\\\\\"42\\\\\"') > 100,
		count(*) filter (where referrer = '-') > 1000
	from request")" '275|t|t|t'
if [ -r "$real" ]
then
	gunzip -c "$real" >"$work/real"
	check_log 'real log' weblog_real "$work/real" 10000 1753 4
fi
finish
