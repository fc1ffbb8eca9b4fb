#!/bin/sh
#
# COPY out and in, as text, csv and binary, preserves every byte: sparse and
# dense, lists, bits and counters, complete and trimmed items, with and without
# a typmod. Damaged binary input is refused.
. test/lib.sh
begin

fill()
{
	sql copy_test -f - <<-'END'
		create extension pgext;
		create table original (id int, s hll, t hll(11), h sketch_hash,
			b bloom, c bloom, f cms, g cms, k topk);
		insert into original
			select n, hll_add_agg(x), hll_add_agg(x, 11), hll_hash_any(n),
				bloom_add_agg(x, 20000), bloom_add_agg(x),
				cms_add_agg(x), cms_add_weighted_agg(x % 40, x, 0.1, 0.1),
				topk_add_agg('item ' || x % 150 * (x % 7), 50)
			from unnest(array[1, 2, 40, 1000, 20000, 200000]) n,
				generate_series(1, n) x
			group by n;
		insert into original values
			(-1, hll_empty(), hll_empty(11), 0::bigint::sketch_hash,
				bloom_empty(20000), bloom_empty(1, 0.5), cms_empty(),
				cms_empty(0.5, 0.5), topk_empty()),
			(-2, hll_empty(20), null, (-1)::bigint::sketch_hash,
				bloom_empty(800000000), null,
				cms_add(cms_empty(0.00001), 1, 9223372036854775807), null,
				topk_add(topk_add(null, repeat('ü', 32768)), '')),
			(-3, null, null, null, null, null, null, null, null);
	END
}

bytes_of()
{
	sql copy_test -c "
		select id, s::bytea, t::bytea, h::bigint, b::bytea, c::bytea,
			f::bytea, g::bytea, k::bytea
		from $1 order by id" >"$2"
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

# binary_copy FILE: writes a row of binary COPY whose only column is the file.
binary_copy()
{
	nbytes=$(wc -c <"$1")
	printf 'PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001'
	printf '%b' "$(printf '\\0%03o' 0 $((nbytes / 65536)) \
		$((nbytes / 256 % 256)) $((nbytes % 256)))"
	cat "$1"
	printf '\377\377'
}

# The functions below work on values of the type $type.

# copy_in FILE: loads the file as the only sketch of table target_$type.
copy_in()
{
	binary_copy "$1" >"$work/row"
	sql copy_test -c "\\copy target_$type from '$work/row' (format binary)"
}

# damaged WHAT: the file "damaged" is refused, and nothing is stored.
damaged()
{
	binary_copy "$work/damaged" >"$work/row"
	refuses "damaged: $1" copy_test \
		"\\copy target_$type from '$work/row' (format binary)" \
		"invalid binary representation of type $type"
	is "damaged: $1: nothing stored" \
		"$(sql copy_test -c "select count(*) from target_$type")" 0
}

# packed_bytes COLUMN ID: the bytes of one sketch. Binary COPY has 19 bytes of
# file header, 6 of row and field lengths, and 2 at the end.
packed_bytes()
{
	one_row="select $1 from original where id = $2"
	sql copy_test -c "\\copy ($one_row) to '$work/row' (format binary)"
	tail -c +26 "$work/row" | head -c -2
}

# replace_byte FILE OFFSET OCTAL...: prints the file with these bytes replaced.
replace_byte()
{
	file=$1
	at=$2
	shift 2
	head -c "$at" "$file"
	printf "$(printf '\\%s' "$@")"
	tail -c +$((at + 1 + $#)) "$file"
}

# damage_all FILE: damage that any sketch can suffer.
damage_all()
{
	size=$(wc -c <"$work/$1")
	ok "$1: whole bytes are accepted" copy_in "$work/$1"
	is "$1: and are a sketch" "$(sql copy_test -c \
		"select (${type}_info(s)).bytes > 0 from target_$type")" t
	sql copy_test -c "truncate target_$type"
	head -c $((size - 1)) "$work/$1" >"$work/damaged"
	damaged "$1, last byte missing"
	head -c $((size / 2)) "$work/$1" >"$work/damaged"
	damaged "$1, second half missing"
	head -c 1 "$work/$1" >"$work/damaged"
	damaged "$1, one byte"
	{ cat "$work/$1"; printf x; } >"$work/damaged"
	damaged "$1, a byte added"
	replace_byte "$work/$1" 0 377 >"$work/damaged"
	damaged "$1, another first byte"
}

# damage_fields FILE: reads lines of offset, octal bytes, and what is wrong.
damage_fields()
{
	while read -r at bytes what
	do
		# shellcheck disable=SC2086 # one word each
		replace_byte "$work/$1" "$at" $bytes >"$work/damaged"
		damaged "$1, $what"
	done
}

# Each field of a filter's header (doc/format.md).
damage_filter()
{
	damage_fields "$1" <<-END
		0 222 version
		1 4 layout
		1 2 working-list
		1 3 working-bits
		2 1 hashes
		3 0 values-of-no-kind
		3 21 kind
		4 201 blocks
		15 377 items
		23 277 rate
		24 377 count
		28 1 reserved
	END
}

# Each field of the header of counters, or of a list of them.
damage_counts()
{
	damage_fields "$1" <<-END
		0 242 version
		1 4 layout
		1 2 working-list
		1 3 working-cells
		2 1 rows
		3 0 values-of-no-kind
		3 21 kind
		4 201 width
		15 277 epsilon
		23 277 delta
		24 377 total
		31 200 total-over-the-limit
		32 377 count
	END
}

create_database copy_test
fill
bytes_of original "$work/original.bytes"
is 'there is something to copy' "$(wc -l <"$work/original.bytes")" 9
round_trip text 'format text'
round_trip csv 'format csv'
round_trip binary 'format binary'

sql copy_test -c 'create table target_hll (s hll)' \
	-c 'create table target_bloom (s bloom)' \
	-c 'create table target_cms (s cms)' -c 'create table target_topk (s topk)'
packed_bytes s 40 >"$work/sparse"
packed_bytes s 200000 >"$work/dense"
packed_bytes b 40 >"$work/list"
packed_bytes b 20000 >"$work/bits"
packed_bytes f 40 >"$work/counts"
packed_bytes f 20000 >"$work/cells"
packed_bytes k 40 >"$work/items"
packed_bytes k 20000 >"$work/cut-items"
type=hll
damage_all sparse
damage_all dense
: >"$work/damaged"
damaged 'no byte at all'
type=bloom
damage_all list
damage_all bits
damage_filter list
damage_filter bits
packed_bytes b -1 >"$work/empty"
damage_fields empty <<-END
	3 1 no-values-of-a-kind
END
{ head -c 32 "$work/bits"; tail -c +33 "$work/bits" | tr '\000-\377' '\000'; } \
	>"$work/damaged"
damaged 'bits, none set'
{ head -c 32 "$work/list"; tail -c +41 "$work/list"; tail -c 8 "$work/list"; } \
	>"$work/damaged"
damaged 'list, a value twice'
: >"$work/damaged"
damaged 'no byte at all'
type=cms
damage_all counts
damage_all cells
damage_counts counts
damage_fields counts <<-END
	1 0 no-bytes-of-a-count
	1 40 two-bytes-of-a-count
	1 220 nine-bytes-of-a-count
END
damage_counts cells
damage_fields cells <<-END
	1 21 bytes-of-a-count
END
packed_bytes f -1 >"$work/empty"
damage_fields empty <<-END
	1 20 bytes-of-a-count
	3 1 no-values-of-a-kind
END
: >"$work/damaged"
damaged 'no byte at all'
type=topk
damage_all items
damage_all cut-items
damage_fields items <<-END
	0 262 version
	1 1 working
	1 2 layout
	2 0 no-k
	2 1 k
	3 1 total
	4 1 offset
	5 1 items
	6 0 no-weight
	7 1 slack
	8 1 length
END
# An item that is not valid text has an error of its own.
{ head -c -1 "$work/items"; printf '\377'; } >"$work/damaged"
binary_copy "$work/damaged" >"$work/row"
refuses 'an item that is no text' copy_test \
	"\\copy target_topk from '$work/row' (format binary)" \
	'topk value has an item that is no text in encoding "UTF8"'
: >"$work/damaged"
damaged 'no byte at all'
finish
