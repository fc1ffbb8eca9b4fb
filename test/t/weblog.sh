#!/bin/sh
#
# A real access log: distinct clients, pages and referrers by day and in all,
# against count(distinct). These sets are small enough to be kept sparse, so
# the counts must agree exactly. Skipped where the log is not at hand.
. test/lib.sh
begin

log=../shared/data/apache_logs.gz

load()
{
	gunzip -c "$log" >"$work/log"
	# Two characters that no line has turn csv into "one line, one value".
	sql weblog_test -f - <<-END
		create extension pgext;
		create table line (line text);
		\\copy line from '$work/log' (format csv, delimiter E'\\x01', quote E'\\x02')
		create table request as
		select m[1] as client, to_timestamp(m[2], 'DD/Mon/YYYY')::date as day,
			m[3] as page, m[4] as referrer
		from line, regexp_match(line,
			'^(\\S+) \\S+ \\S+ \\[([^:]+):[^]]*\\] "\\S+ (\\S+)[^"]*" \\d+ \\S+ "([^"]*)"') m;
		create table rollup as
		select day, hll_add_agg(client) clients, hll_add_agg(page) pages,
			hll_add_agg(referrer) referrers
		from request group by day;
	END
}

# The same question to the raw rows and to the rollup.
exact()
{
	sql weblog_test -c "
		select $1, count(distinct client), count(distinct page),
			count(distinct referrer)
		from request group by 1 order by 1"
}

from_rollup()
{
	sql weblog_test -c "
		select $1, round(#hll_union_agg(clients)), round(#hll_union_agg(pages)),
			round(#hll_union_agg(referrers))
		from rollup group by 1 order by 1"
}

if [ ! -r "$log" ]
then
	skip "no $log, which is not part of the repository"
	finish
fi
create_database weblog_test
load
is 'all lines are requests' \
	"$(sql weblog_test -c 'select count(*), count(client) from request')" \
	'10000|10000'
is 'clients in all' "$(sql weblog_test -c \
	'select approx_count_distinct(client) from request')" 1753
is 'by day' "$(from_rollup day)" "$(exact day)"
is 'in all' "$(from_rollup "'all'::text")" "$(exact "'all'::text")"
is 'days, to compare at all' "$(exact day | wc -l)" 4
finish
