#!/bin/sh
#
# Values stored by any version can be read, queried, merged and added to, and
# give the same answers, to the byte, as ever (test/golden). The unit tests
# test_golden_* try the same values on the core alone.
. test/lib.sh
begin

create_database golden
ok 'the values are accepted' sql golden -c 'create extension pgext' \
	-f test/golden/golden.sql
is 'all answers are as ever' "$(sql golden -c 'select golden_verdict()')" \
	"$(golden_right)"
finish
