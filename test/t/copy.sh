#!/bin/sh
#
# COPY out and in, as text, csv and binary: equal to the byte, sparse and
# dense, with and without a typmod. Damaged binary input is refused.
. test/t/common.sh

fill()
{
	sql copy_test -f - <<-'END'
		create extension pgext;
		create table original (id int, s hll, t hll(11), h sketch_hash);
		insert into original
			select n, hll_add_agg(x), hll_add_agg(x, 11), hll_hash_any(n)
			from unnest(array[1, 2, 40, 1000, 20000, 200000]) n,
				generate_series(1, n) x
			group by n;
		insert into original values
			(-1, hll_empty(), hll_empty(11), 0::bigint::sketch_hash),
			(-2, hll_empty(20), null, (-1)::bigint::sketch_hash),
			(-3, null, null, null);
	END
}

bytes_of()
{
	sql copy_test -c "
		select id, s::bytea, t::bytea, h::bigint from $1 order by id" >"$2"
}

# round_trip NAME OPTIONS
round_trip()
{
	sql copy_test -c "create table from_$1 (like original)"
	ok "$1: out" sql copy_test -c "\\copy original to '$work/$1' ($2)"
	ok "$1: in" sql copy_test -c "\\copy from_$1 from '$work/$1' ($2)"
	bytes_of "from_$1" "$work/$1.bytes"
	ok "$1: equal to the byte" cmp "$work/original.bytes" "$work/$1.bytes"
	is "$1: all rows" "$(sql copy_test -c "select count(*) from from_$1")" 9
}

# Writes one row of binary COPY with one column, the bytes of file $1.
binary_copy()
{
	nbytes=$(wc -c <"$1")
	printf 'PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001'
	printf '%b' "$(printf '\\0%03o' 0 $((nbytes / 65536)) \
		$((nbytes / 256 % 256)) $((nbytes % 256)))"
	cat "$1"
	printf '\377\377'
}

# copy_in FILE: loads the file as the one sketch of table target.
copy_in()
{
	binary_copy "$1" >"$work/row"
	sql copy_test -c "\\copy target from '$work/row' (format binary)"
}

# damaged WHAT: the bytes of file "damaged" are refused, and nothing is stored.
damaged()
{
	binary_copy "$work/damaged" >"$work/row"
	refuses "damaged: $1" copy_test \
		"\\copy target from '$work/row' (format binary)" \
		'invalid binary representation of type hll'
	is "damaged: $1: nothing stored" \
		"$(sql copy_test -c 'select count(*) from target')" 0
}

# The packed bytes of one sketch: binary COPY has 19 bytes of file header, 6 of
# row and field lengths, and 2 at the end.
packed_bytes()
{
	one_row="select s from original where id = $1"
	sql copy_test -c "\\copy ($one_row) to '$work/row' (format binary)"
	tail -c +26 "$work/row" | head -c -2
}

create_database copy_test
fill
bytes_of original "$work/original.bytes"
is 'there is something to copy' "$(wc -l <"$work/original.bytes")" 9
round_trip text 'format text'
round_trip csv 'format csv'
round_trip binary 'format binary'

sql copy_test -c 'create table target (s hll)'
packed_bytes 40 >"$work/sparse"
packed_bytes 200000 >"$work/dense"
for good in sparse dense
do
	size=$(wc -c <"$work/$good")
	ok "$good: whole bytes are taken" copy_in "$work/$good"
	is "$good: and are a sketch" \
		"$(sql copy_test -c 'select hll_info(s) is not null from target')" t
	sql copy_test -c 'truncate target'
	head -c $((size - 1)) "$work/$good" >"$work/damaged"
	damaged "$good, last byte missing"
	head -c $((size / 2)) "$work/$good" >"$work/damaged"
	damaged "$good, second half missing"
	head -c 1 "$work/$good" >"$work/damaged"
	damaged "$good, one byte"
	{ cat "$work/$good"; printf x; } >"$work/damaged"
	damaged "$good, a byte added"
	{ printf '\377'; tail -c +2 "$work/$good"; } >"$work/damaged"
	damaged "$good, another first byte"
done
: >"$work/damaged"
damaged 'no byte at all'
finish
