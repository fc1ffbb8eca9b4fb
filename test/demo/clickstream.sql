-- clickstream.sql: a shop's raw events, the same ones in every run.
--
-- Chance comes from a hash of the visit's number, not from random(). A visit is
-- one to about ten page views, the first on a landing page; sometimes it ends with
-- something in the cart, and sometimes with a purchase. So only visitors who took
-- one step of the funnel reach the next. Each day has an offer, which is on its own
-- page from six in the evening.

CREATE TABLE events (
	at        timestamp NOT NULL,
	user_id   bigint    NOT NULL,
	device    text      NOT NULL,
	campaign  text      NOT NULL,
	event     text      NOT NULL,	/* view, add_to_cart or purchase */
	page      text      NOT NULL
);

/* A number in [0, 1) that depends on n and on which of n's chances is asked for. */
CREATE FUNCTION chance(n bigint, which bigint) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (hashint8extended(n, which) >> 11 & (1::bigint << 53) - 1) / 2::float8 ^ 53;

/* Visits of a day: growing, and fewer at weekends. */
CREATE FUNCTION visits(day date) RETURNS bigint
LANGUAGE sql IMMUTABLE
RETURN (40000 + 500 * (day - date '2026-06-01')) *
	   CASE WHEN extract(isodow FROM day) > 5 THEN 0.75 ELSE 1 END;

/*
 * The events of visits first..last of a day. Who comes is Zipf-like: the r-th
 * most active of 500,000 users comes with probability ~ r^(-2/3). Most users keep
 * to one device. Few come at four in the morning and most in the afternoon.
 */
CREATE FUNCTION clickstream(day date, first bigint, last bigint) RETURNS SETOF events
LANGUAGE sql STABLE
BEGIN ATOMIC
WITH visit AS (
	SELECT n,
		   1 + floor(500000 * chance(n, 1) ^ 3)::bigint AS user_id,
		   1 + floor(6 * chance(n, 2) ^ 2)::int AS c,
		   (4 + 12 * (chance(n, 3) + chance(n, 4))) / 24 AS clock,
		   1 + floor(-1.5 * ln(1 - chance(n, 5)))::int AS views,
		   chance(n, 6) AS wish
	FROM generate_series((day - date '2000-01-01') * 1000000::bigint + first,
						 (day - date '2000-01-01') * 1000000::bigint + last) AS n
), shopper AS (
	SELECT *,
		   chance(CASE WHEN chance(n, 7) < 0.85 THEN user_id ELSE n END, 8) AS d,
		   views > 1 AND wish < (ARRAY[0.30, 0.14, 0.36, 0.09, 0.20, 0.05])[c] AS carts,
		   views > 1 AND wish < (ARRAY[0.11, 0.03, 0.15, 0.02, 0.08, 0.01])[c] AS buys
	FROM visit
)
SELECT day + (floor(85000 * (clock - floor(clock))) + 40 * step) * interval '1 second',
	   user_id,
	   CASE WHEN d < 0.58 THEN 'mobile'
			WHEN d < 0.92 THEN 'desktop' ELSE 'tablet' END,
	   (ARRAY['search', 'social', 'newsletter', 'video', 'partner', 'banner'])[c],
	   CASE step - views WHEN 1 THEN 'add_to_cart'
						 WHEN 2 THEN 'purchase' ELSE 'view' END,
	   CASE WHEN step = 1 THEN '/welcome'
			WHEN step - views = 1 THEN '/cart'
			WHEN step - views = 2 THEN '/checkout'
			WHEN clock - floor(clock) > 0.75 AND chance(n, 50 + step) < 0.05
			THEN '/product/offer-of-' || day
			ELSE '/product/' || 1 + floor(5000 * chance(n, 8 + step) ^ 3) END
FROM shopper, generate_series(1, views + carts::int + buys::int) AS step;
END;
