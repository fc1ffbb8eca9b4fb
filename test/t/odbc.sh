#!/bin/sh
#
# What a BI tool does: odbc.py reads and writes sketches through psqlODBC, and runs
# the queries that Cube generates.
. test/lib.sh
begin

driver=$(find /usr/lib* -name psqlodbcw.so 2>/dev/null | head -n 1)
if [ -z "$driver" ] || ! /usr/bin/python3 -c 'import pyodbc' 2>/dev/null
then
	skip 'psqlODBC or pyodbc is not installed'
	finish
fi
create_database odbc_test
sql odbc_test -c 'create extension pgext'
# With the system's odbcinst.ini, the driver would write a log to /tmp.
: >"$work/odbcinst.ini"
export ODBCSYSINI="$work"
exec /usr/bin/python3 test/t/odbc.py \
	"Driver=$driver;Servername=$PGHOST;Port=$PGPORT;Database=odbc_test;Uid=$PGUSER"
