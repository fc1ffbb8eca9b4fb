-- What test/t/streaming.sh runs on: a rollup of all four types that batches are
-- upserted into, the events of these batches, which are the truth, and what
-- readers saw meanwhile.

create extension pgext;

create table events (
	part integer, batch bigint, day date, dim bigint, user_id bigint, page text
);

create table rollup (
	day date,
	dim bigint,
	events bigint,
	users hll(11),
	seen bloom,
	actions cms,
	pages topk,
	hot_users topk,
	primary key (day, dim)
);

-- The sketches that all events give in one go. There are fewer different pages
-- than their topk holds, and more users.
create view truth as
select day, dim, count(*) as events, hll_add_agg(user_id, 11) as users,
	bloom_add_agg(user_id, 5000) as seen, cms_add_agg(user_id, 0.01) as actions,
	topk_add_agg(page, 50) as pages, topk_add_agg(user_id::text, 20) as hot_users
from events
group by day, dim;

-- The events of a batch follow from its number. In each day one row of the
-- rollup gets most of them and outgrows all lists; the others stay small.
create function batch_events(batch bigint, size integer)
returns table (day date, dim bigint, user_id bigint, page text)
begin atomic
	select date '2026-03-01' + (h & 1)::integer, least(h >> 1 & 511, 3),
		user_id, 'page ' || user_id % 30
	from generate_series(1, size) x, hashint8extended(x, batch) h,
		floor(power(4096, (h >> 8 & 65535) / 65536.0)) user_id;
end;

-- Rows are locked in the order of their keys, so that no two batches deadlock.
create function upsert(part integer, batch bigint, size integer)
returns void
begin atomic
	with e as (
		insert into events
		select part, batch, b.* from batch_events(batch, size) b
		returning *
	)
	insert into rollup as r
	select day, dim, count(*), hll_add_agg(user_id, 11),
		bloom_add_agg(user_id, 5000), cms_add_agg(user_id, 0.01),
		topk_add_agg(page, 50), topk_add_agg(user_id::text, 20)
	from e
	group by day, dim
	order by day, dim
	on conflict (day, dim) do update
	set events = r.events + excluded.events,
		users = r.users || excluded.users,
		seen = r.seen || excluded.seen,
		actions = r.actions || excluded.actions,
		pages = r.pages || excluded.pages,
		hot_users = r.hot_users || excluded.hot_users;
end;

create table reading (
	n bigint generated always as identity,
	reader integer,
	events bigint,
	truth bigint,
	totals bigint[],
	users hll,
	seen bloom
);

create function look(reader integer)
returns void
begin atomic
	insert into reading (reader, events, truth, totals, users, seen)
	select reader, sum(events), (select count(*) from events),
		array[cms_total(cms_union_agg(actions)), topk_total(topk_union_agg(pages)),
			topk_total(topk_union_agg(hot_users))],
		hll_union_agg(users), bloom_union_agg(seen)
	from rollup;
end;

-- The backend that is to write this state of the last row of its batch dies
-- before it does, killed by a child of its own.
create function die()
returns trigger
language plpgsql as $$
begin
	copy (select) to program 'kill -9 $PPID';
	return null;
end $$;

create trigger half_way before update on rollup for each row
	when (new.day = '2026-03-02' and new.dim = 3 and new.events >= 15000)
	execute function die();
