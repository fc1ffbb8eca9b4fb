#!/bin/sh
#
# The rules of the tree that a compiler does not check: the core stands alone and
# exports only sk_; includes have no circles; header fields are read and written by
# name; no function is longer than a screen. Needs no server, but built objects.
. test/lib.sh
begin

# Each pair of modules, a .c file and its header being one, of which the first
# includes the second.
includes()
{
	find src -name '*.[ch]' -exec grep -Ho '^#include "[^"]*"' {} + |
		sed 's|^src/\([^:]*\):#include "\(.*\)"|\1 \2|' |
		sed 's/\.[ch]\>//g' | awk '$1 != $2 && $2 ~ /^(core|pg)\// '
}

# Names that the core exports without its prefix.
unprefixed()
{
	nm -g --defined-only src/core/*/*.o |
		awk 'NF == 3 && $3 !~ /^sk_/ { print $3 }'
}

# Macros in the headers of the core without its prefix, apart from those that are
# undefined at the end of the file.
unprefixed_macros()
{
	cat src/core/*.h src/core/*/*.h |
		awk '$1 == "#undef" { delete found[$2] }
			$1 == "#define" && $2 !~ /^(SK_|XXH_INLINE_ALL$)/ {
				sub(/\(.*/, "", $2); found[$2] = 1 }
			END { for (macro in found) print macro }'
}

# Notes to oneself.
placeholders()
{
	grep -rnIE '\<(TODO|FIXME|XXX|GAIN_[A-Z]+)\>' src sql doc README.md
}

literal_offsets()
{
	find src -name '*.[ch]' -exec \
		grep -HnE 'bytes\[[0-9]+\]|(load|store)(32|64)\([a-z>.-]*bytes \+ [0-9]' {} +
}

# Functions of more than 60 lines, with their lengths.
long_functions()
{
	find src -name '*.[ch]' -exec \
		awk '/^{/ { start = FNR } /^}/ && FNR - start > 60 {
			print FILENAME ":" start, FNR - start }' {} +
}

is "the core includes nothing of PostgreSQL" "$(grep -lE \
	'^#include [<"](postgres|pg/|utils/|fmgr)' src/core/*.h src/core/*/*.[ch])." .
is "the core exports only sk_" "$(unprefixed)." .
is "the core's macros start with SK_" "$(unprefixed_macros)." .
includes >"$work/includes"
ok "includes have no circles" sh -c 'tsort "$1" >/dev/null' sh "$work/includes"
is "nothing is left to be filled in" "$(placeholders)." .
is "header fields have names" "$(literal_offsets)." .
is "no function is longer than 60 lines" "$(long_functions)." .
is "something was checked" "$(includes | awk 'END { print (NR > 50) }')" 1

# Each check can fail.
mkdir -p "$work/src/core/x"
cat >"$work/src/core/x/x.c" <<END
uint8_t version(const uint8_t *bytes)
{
	return bytes[0];
$(yes '	bytes++;' | head -n 61)
}
END
is "a literal offset is found" "$(cd "$work" && literal_offsets | wc -l)" 1
is "a long function is found" "$(cd "$work" && long_functions | wc -l)" 1
finish
