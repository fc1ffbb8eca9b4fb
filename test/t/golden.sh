#!/bin/sh
#
# What was stored by any version is read, asked, merged and added to with the
# same answers, to the byte, as ever: test/golden. The core alone is tested on the
# same values by test/unit/test_golden_*.c.
. test/lib.sh
begin

create_database golden
ok 'the values are taken' sql golden -c 'create extension pgext' \
	-f test/golden/golden.sql
is 'all answers are as ever' "$(sql golden -c 'select golden_verdict()')" \
	"$(cat test/golden/*.txt | grep -vc '^#\|^$') right"
finish
