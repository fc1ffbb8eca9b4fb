#!/bin/sh
#
# What drivers send: a query with a parameter works whatever type the driver gives
# the parameter, or if it gives none. psycopg and node's pg send most values without
# a type or as another one than that of the column; JDBC sends numeric for
# BigDecimal. Each program prints its tally; those that are not installed are
# skipped.
. test/lib.sh
begin

create_database drivers
sql drivers -c "create extension pgext" -c "
	create table seen as select bloom_add_agg(n) as ints, bloom_add_agg(n::numeric / 4) as quarters,
		bloom_add_agg('page ' || n) as pages, bloom_add_agg(date '2024-01-01' + n) as days,
		bloom_add_agg(timestamptz '2024-01-01 00:00+00' + n * interval '1 minute') as moments,
		bloom_add_agg(md5(n::text)::uuid) as ids, cms_add_agg(n % 10) as digits
		from generate_series(1, 1000) as n"

# driver WHAT COMMAND...: adds the tally that the command prints.
driver()
{
	what=$1
	shift
	ok "$what runs" "$@"
	grep '^not ok' "$work/out"
	count "$(sed -n 's/^tally: \([0-9]*\) .*/\1/p' "$work/out")" \
		"$(sed -n 's/^tally: [0-9]* \([0-9]*\)$/\1/p' "$work/out")"
}

if /usr/bin/python3 -c 'import psycopg, psycopg2' 2>/dev/null
then
	driver psycopg /usr/bin/python3 test/t/drivers.py
else
	skip 'psycopg is not installed'
fi

if command -v npm >/dev/null && (cd "$work" && npm install --silent \
	--no-audit --no-fund pg@8 >npm.log 2>&1)
then
	driver "node's pg" env NODE_PATH="$work/node_modules" node test/t/drivers.js
else
	skip "node's pg cannot be installed"
fi

jar=/usr/share/java/postgresql.jar
if [ -f $jar ] && command -v javac >/dev/null && command -v socat >/dev/null
then
	# JDBC knows no unix sockets: a port of this machine leads to the server's.
	port=$((20000 + $$ % 20000))
	socat "TCP-LISTEN:$port,bind=127.0.0.1,fork,reuseaddr" \
		"UNIX-CONNECT:$PGHOST/.s.PGSQL.$PGPORT" &
	socat=$!
	on_exit "kill $socat"
	ok "the JDBC test compiles" javac -d "$work" test/t/Drivers.java
	driver JDBC java -cp "$work:$jar" Drivers \
		"jdbc:postgresql://127.0.0.1:$port/drivers?user=$PGUSER"
else
	skip 'JDBC, a compiler for it or socat is not installed'
fi
finish
