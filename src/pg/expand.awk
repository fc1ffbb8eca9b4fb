# expand.awk: writes out the SQL declarations of a type.
#
#     awk -v template=type.sql.in -f expand.awk hll.sql bloom.sql ...
#
# These lines in the input are instructions; all others are copied.
#
#     --@ type NAME KEY=VALUE ...   the template, with @type@ and each @KEY@
#                                   replaced ("_" in a value is a space)
#     --@ each element ... --@ end  what is between, once for hashes and once
#                                   for values of any type: @element@ is the
#                                   argument's type, @values@ names them
#     --@ each item ... --@ end     the same, once for texts and once for values
#                                   of any type; @volatility@ is of their text
#     --@ transition NAME(TYPES)[ C_NAME]  a transition function
#     --@ aggregate NAME(ARGUMENTS): COMMENT  an aggregate over NAME_trans

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

# Prints a line, or keeps it for the block that is being read.
function put(line) {
	if (inside)
		block[++n] = line
	else
		print line
}

function transition(signature, c_name) {
	put("CREATE FUNCTION " signature " RETURNS " value["type"])
	put("\tAS 'MODULE_PATHNAME'" (c_name == "" ? "" : ", '" c_name "'"))
	put("\tLANGUAGE C " (what == "item" ? "@volatility@" : "IMMUTABLE") \
		" PARALLEL SAFE COST 1;")
	put("COMMENT ON FUNCTION " signature " IS")
	put("\t'aggregate transition function';")
}

function aggregate(signature, comment,    name, types) {
	name = substr(signature, 1, index(signature, "(") - 1)
	types = substr(signature, index(signature, "(") + 1)
	sub(/^[^ ]* /, "", types)
	gsub(/, [^ ]* /, ", ", types)
	put("CREATE AGGREGATE " signature " (")
	put("\tSFUNC = " name "_trans, STYPE = " value["type"] ", SSPACE = " \
		value["groupbytes"] ",")
	put("\tFINALFUNC = " value["type"] "_agg_final, COMBINEFUNC = " \
		value["type"] "_add_agg_combine,")
	put("\tPARALLEL = SAFE")
	put(");")
	put("COMMENT ON AGGREGATE " name "(" types " IS")
	put("\t'" comment "';")
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

$1 == "--@" && $2 == "transition" {
	at = index($0, ")")
	transition(substr($0, 16, at - 15), substr($0, at + 2))
	next
}

$1 == "--@" && $2 == "aggregate" {
	at = index($0, "): ")
	aggregate(substr($0, 15, at - 14), substr($0, at + 3))
	next
}

inside { block[++n] = $0; next }

{ print }
