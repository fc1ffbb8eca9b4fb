# combined_log.awk: web server access log -> CSV for COPY
#
# Reads the combined format of Apache and nginx, the older common format (without
# referrer and agent), and Apache's vhost_combined (vhost:port first):
#
#   address ident user [day/Mon/year:h:m:s zone] "request" status bytes \
#       "referrer" "agent"
#
# Writes: address, time as the server's clock showed it, method, page (the path
# without its query), status, bytes, referrer, agent. A missing value ("-") is an
# empty CSV field, which COPY takes for NULL.
#
# A line without a plausible address, time, request and status is malformed: it is
# counted and left out. A truncated referrer or agent is kept.
#
# Usage: tr -d '\000\r' <LOG | LC_ALL=C cut -b -65537 |
#            LC_ALL=C awk -v summary=FILE -f combined_log.awk
# FILE receives three lines: lines read, lines malformed, the first malformed one.
# (cut, because awk takes quadratic time over a binary file's endless lines.)
#
# Bytes outside printable ASCII become \xHH, as nginx writes them, so that any
# encoding loads and no log can control a terminal. Works in mawk, gawk, busybox
# awk and the one true awk.

BEGIN {
	for (i = 1; i < 256; i++)
		if (i < 32 || i > 126)
			hex[sprintf("%c", i)] = sprintf("\\x%02X", i)
	split("31 28 31 30 31 30 31 31 30 31 30 31", ndays, " ")
	d = "[0-9]"
	date = d d "/[A-Z][a-z][a-z]/" d d d d
	clock = "\\[" date ":" d d ":" d d ":" d d " [-+]" d d d d "\\] \""
	# A quoted string ends at the first quote that no backslash escapes.
	quoted = "\"([^\"\\\\]|\\\\.)*\""
	request = "^" quoted " " d d d " (" d "+|-)"
	malformed = 0
}

/^[ \t]*$/ { next }

{
	lines++
	if (!parse($0) && malformed++ == 0)
		first = printable(substr($0, 1, 100))
}

END { printf "%d\n%d\n%s\n", lines, malformed, first > summary }

# Prints the CSV row of one line; 0 if the line is malformed.
function parse(line,    at, address, rest, n, tail, agent) {
	# Web servers limit what they log to less; longer lines come from other files.
	if (length(line) > 65536 || !match(line, clock))
		return 0
	at = timestamp(substr(line, RSTART + 1, 26))
	address = visitor(substr(line, 1, RSTART - 1))
	rest = substr(line, RSTART + RLENGTH - 1)
	if (at == "" || address == "" || !match(rest, request))
		return 0
	tail = substr(rest, RLENGTH + 2)
	rest = substr(rest, 1, RLENGTH)
	match(rest, "^" quoted)
	n = match(tail, "^" quoted) ? RLENGTH : length(tail)
	agent = substr(tail, n + 2)
	if (match(agent, "^" quoted))
		agent = substr(agent, 1, RLENGTH)
	match(rest, "^" quoted)
	print csv(address) "," at "," \
		method_and_page(substr(rest, 2, RLENGTH - 2)) "," \
		status_and_bytes(substr(rest, RLENGTH + 2)) "," \
		csv(unquoted(substr(tail, 1, n))) "," csv(unquoted(agent))
	return 1
}

# "17/May/2015:10:05:03 +0000" as "2015-05-17 10:05:03", or "" if there is no
# such time. The zone is dropped: days are the server's own.
function timestamp(s,    year, month, day, leap) {
	day = substr(s, 1, 2) + 0
	month = index("JanFebMarAprMayJunJulAugSepOctNovDec", substr(s, 4, 3))
	month = (month + 2) / 3
	year = substr(s, 8, 4) + 0
	leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
	# Web servers are younger than 1990, and a clock beyond 2100 is wrong.
	if (month < 1 || month != int(month) || year < 1990 || year > 2100 ||
		day < 1 || day > ndays[month] + (month == 2 && leap))
		return ""
	if (substr(s, 13, 2) > 23 || substr(s, 16, 2) > 59 || substr(s, 19, 2) > 60)
		return ""
	return sprintf("%04d-%02d-%02d %s", year, month, day, substr(s, 13, 8))
}

# The address in "address ident user ", or after "vhost:port ".
function visitor(s,    field, n, address) {
	n = split(s, field, " ")
	address = n == 4 && field[3] == "-" ? field[2] : field[1]
	return n >= 3 && address ~ /^[0-9A-Za-z._:%-]+$/ ? address : ""
}

# "GET /a?b HTTP/1.1" as two CSV fields; both are missing if it is not like that.
function method_and_page(s,    field) {
	if (split(s, field, " ") < 2 || field[1] !~ /^[A-Z]+$/)
		return ","
	sub(/[?#].*/, "", field[2])
	return field[1] "," csv(field[2])
}

# "200 1234" as two CSV fields. What exceeds a bigint is no size.
function status_and_bytes(s,    field) {
	split(s, field, " ")
	return field[1] "," (field[2] ~ /^[0-9]+$/ && length(field[2]) < 19 ? field[2] : "")
}

function unquoted(s) {
	sub(/^"/, "", s)
	sub(/"$/, "", s)
	return s
}

function csv(s) {
	if (s == "" || s == "-")
		return ""
	s = printable(s)
	gsub(/"/, "\"\"", s)
	return "\"" s "\""
}

function printable(s,    i, c, out) {
	if (s !~ /[^ -~]/)
		return s
	for (i = 1; i <= length(s); i++) {
		c = substr(s, i, 1)
		out = out (c in hex ? hex[c] : c)
	}
	return out
}
