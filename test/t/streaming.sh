#!/bin/sh
#
# Streaming into a rollup: eight clients upsert small batches of events into few
# rows, so that they wait for each other all the time; some roll back, and
# readers merge the rollup meanwhile. One backend is killed in the middle of an
# upsert, another at a random moment; the server recovers, and clients return. In
# the end, the rollup is, to the byte, what the committed events give.
. test/lib.sh
begin
. test/env/nodes.sh

query() { node busy sql postgres -c "$1"; }
log_count() { grep -c "$1" "$(node_log busy)"; }

write_scripts()
{
	cat >"$work/upsert" <<-'END'
		\set batch random(1, 1000000000000)
		\set size random(1, 60)
		select upsert(:part, :batch, :size);
	END
	cat >"$work/rollback" <<-'END'
		\set batch random(1, 1000000000000)
		begin;
		select upsert(-1, :batch, 200);
		rollback;
	END
	echo 'select look(:client_id);' >"$work/look"
}

# stream PART OPTION...: runs writers and readers until the writers are done or
# dead. Of the readers, only what they wrote matters.
stream()
(
	PGHOST=$(node_socket busy)
	part=$1
	shift
	pgbench -n -c 2 -R 30 -T 600 -f "$work/look" >"$work/readers.$part" 2>&1 &
	pgbench -n -c 8 -D part="$part" --random-seed="$part" \
		-f "$work/upsert@9" -f "$work/rollback@1" "$@" >"$work/part.$part" 2>&1
	status=$?
	kill $! 2>/dev/null
	wait $! 2>/dev/null
	return $status
)

# pgbench's counts of a part: upserts, rollbacks, and transactions tried again.
reported()
{
	sed -n '/^SQL script 1/,/^SQL script 2/s/^ - \([0-9]*\) transactions .*/\1/p' \
		"$work/part.$1"
}
rolled_back()
{
	sed -n '/^SQL script 2/,$s/^ - \([0-9]*\) transactions .*/\1/p' \
		"$work/part.$1"
}
retried()
{
	sed -n 's/^number of transactions retried: \([0-9]*\) .*/\1/p' "$work/part.$1"
}
committed() { query "select count(distinct batch) from events where part = $1"; }

# Kills a backend that is in an upsert, once part 2 is half done.
kill_one()
{
	[ "$(committed 2)" -ge 700 ] && kill -9 "$(query "
		select pid from pg_stat_activity
		where state = 'active' and query like 'select upsert%' limit 1")"
}

# expect_crash NUMBER
expect_crash()
{
	ok "crash $1: the server comes back" wait_for node busy pg_isready -q
	is "crash $1: it was killed, and recovered" "$(log_count \
		'terminated by signal 9') $(log_count 'redo done')" "$1 $1"
}

# expect_no_loss PART MOST: each upsert that was reported is there, and at most
# MOST others, whose clients died before they received the reply.
expect_no_loss()
{
	upserts=$(committed "$1")
	known=$(reported "$1")
	more=$((${upserts:-0} - ${known:-0}))
	is "part $1: $upserts upserts, $more more than reported" \
		$((more >= 0 && more <= $2)) 1
	ok "part $1: some were rolled back" test "$(rolled_back "$1")" -gt 0
}

# The rows of the rollup, and whether they equal sketches of all events at once.
compare()
{
	query "
		select count(*), bool_and(r.events = t.events),
			bool_and(r.users::bytea = t.users::bytea),
			bool_and(r.seen::bytea = t.seen::bytea),
			bool_and(r.actions::bytea = t.actions::bytea),
			bool_and(r.pages::bytea = t.pages::bytea)
		from rollup r full join truth t using (day, dim)"
}

# The rollup has small and large representations.
representations()
{
	query "
		select count(distinct (hll_info(users)).representation),
			count(distinct (bloom_info(seen)).representation),
			count(distinct (cms_info(actions)).representation),
			sum(topk_error_bound(pages)), min(topk_error_bound(hot_users)) > 0
		from rollup"
}

# The bounds of the rollup hold for each user in each row.
bounds_of_hot_users()
{
	query "
		select bool_and(n between lower and upper), count(*) > 2000,
			count(*) filter (where lower > 0) > 20
		from (select day, dim, user_id, count(*) as n
				from events group by 1, 2, 3) e
			join rollup using (day, dim),
			topk_frequency(hot_users, user_id::text)"
	query "
		select bool_and(topk_total(hot_users) = events),
			bool_and(topk_error_bound(hot_users) <= events / 21)
		from rollup"
}

# In one snapshot, all sums agree; what a reader saw once, it always sees.
readings()
{
	query "
		select count(*) > 10, bool_and(events = truth),
			bool_and(truth = all (totals)), bool_and(truth >= truth_before),
			bool_and(users_before || users = users),
			bool_and(seen_before || seen = seen), max(truth) > min(truth)
		from (select *, lag(truth) over w as truth_before,
				lag(users) over w as users_before,
				lag(seen) over w as seen_before
			from reading where truth > 0
			window w as (partition by reader order by n)) r"
}

ok 'a server that may crash' node_start busy 'synchronous_commit = on' \
	'full_page_writes = on' 'restart_after_crash = on'
ok 'tables' node busy sql postgres -f test/t/streaming.sql
write_scripts

stream 1 -T 120
expect_crash 1
is 'the one that was killed was in an upsert' \
	"$(log_count 'Failed process was running: select upsert')" 1
expect_no_loss 1 8
query 'drop trigger half_way on rollup'

wait_for kill_one 2>"$work/kill" &
stream 2 -T 120
expect_crash 2
expect_no_loss 2 8

ok 'no crash, and no failure' stream 3 -t 200
expect_no_loss 3 0

query "alter database postgres
	set default_transaction_isolation = 'repeatable read'"
ok 'repeatable read: failures are tried again' stream 4 -t 50 --max-tries=1000
expect_no_loss 4 0
ok 'there were some' test "$(retried 4)" -gt 0

is 'the rollup is what the events give, to the byte' "$(compare)" '8|t|t|t|t|t'
is 'small and large sketches, topk exact and not' "$(representations)" '2|2|2|0|t'
is 'topk of many is within its bounds' "$(bounds_of_hot_users)" "t|t|t
t|t"
is 'events are of all parts, and of no rollback' "$(query '
	select array_agg(distinct part) from events')" '{1,2,3,4}'
is 'readers saw whole batches, and never less' "$(readings)" 't|t|t|t|t|t|t'
is 'no error but those that were retried' "$(grep -E 'ERROR|PANIC' \
	"$(node_log busy)" | grep -cv 'could not serialize access')" 0
finish
