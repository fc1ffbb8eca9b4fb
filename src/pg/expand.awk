# expand.awk: writes out the SQL declarations of a type.
#
#     awk -v template=type.sql.in -f expand.awk hll.sql bloom.sql ...
#
# Two kinds of lines in the input are instructions; all others are copied.
#
#     --@ type NAME KEY=VALUE ...   the template, with @type@ and each @KEY@
#                                   replaced ("_" in a value is a space)
#     --@ each element ... --@ end  what is between, once for hashes and once
#                                   for values of any type: @element@ is the
#                                   argument's type, @values@ names them
#     --@ each item ... --@ end     the same, once for texts and once for values
#                                   of any type; @volatility@ is of their text

function include(    line, key) {
	while ((getline line < template) > 0) {
		for (key in value)
			gsub("@" key "@", value[key], line)
		print line
	}
	close(template)
}

function repeat(element, values,    i, line) {
	for (i = 1; i <= n; i++) {
		line = block[i]
		gsub(/@element@/, element, line)
		gsub(/@values@/, values, line)
		gsub(/@volatility@/, element == "text" ? "IMMUTABLE" : "STABLE", line)
		print line
	}
}

$1 == "--@" && $2 == "type" {
	split("", value)
	value["storage"] = "external"
	value["type"] = $3
	for (i = 4; i <= NF; i++) {
		at = index($i, "=")
		value[substr($i, 1, at - 1)] = substr($i, at + 1)
		gsub(/_/, " ", value[substr($i, 1, at - 1)])
	}
	include()
	next
}

$1 == "--@" && $2 == "each" { what = $3; n = 0; inside = 1; next }

$1 == "--@" && $2 == "end" {
	if (what == "item")
		repeat("text", "items")
	else
		repeat("sketch_hash", "values with these hashes")
	repeat("anyelement", what == "item" ? "values, by their text" : "values")
	inside = 0
	next
}

inside { block[++n] = $0; next }

{ print }
