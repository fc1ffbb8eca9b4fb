# access_log.awk: makes a web server's access log in combined format, for where
# no real one is at hand:
#
#     awk [-v days=4] [-v requests=2500] -f access_log.awk >access.log
#
# The same arguments give the same bytes in any awk: random numbers come from a
# generator of our own (Park and Miller's), and nothing depends on how an awk
# rounds or prints fractions. The log has what real ones have: a few pages and
# visitors with most of the requests, a night and an evening peak, crawlers, one
# monitor that asks every few minutes, IPv6 addresses, agents and referrers with
# escaped quotes, agents and referrers that are missing, query strings, errors,
# and requests in the seconds around midnight.

BEGIN {
	days = days ? days : 4
	requests = requests ? requests : 2500
	state = 20260301
	split("31 28 31 30 31 30 31 31 30 31 30 31", month_days, " ")
	split("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec", months, " ")
	make_agents()
	make_referrers()
	for (day = 0; day < days; day++)
		log_day()
}

# An integer from 0 to n - 1.
function random(n) {
	state = state * 16807 % 2147483647
	return state % n
}

# Likewise, but the low ones far more often: some 37% are in the first 5%.
function skewed(n,    i) {
	i = random(1000000) / 1000000
	return int(n * i * i * i)
}

function make_agents() {
	nagents = split("Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101" \
		"|Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36" \
		"|Mozilla/5.0 (Macintosh; Intel Mac OS X 13_4) Version/16.5 Safari" \
		"|Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) Mobile/15E148" \
		"|Mozilla/5.0 (compatible; MSIE 6.0; \\\"quoted\\\" build)" \
		"|-", agents, "|")
}

function make_referrers() {
	nreferrers = split("-" \
		"|https://www.example.com/" \
		"|https://search.example/?q=sketches" \
		"|https://search.example/?q=%22count+distinct%22&page=2" \
		"|https://news.example/item?id=\\\"42\\\"" \
		"|https://forum.example/t/", referrers, "|")
}

# Requests are in order of time, as a server writes them.
function log_day(    n, second) {
	for (n = 0; n < requests; n++) {
		second = second_of(n)
		if (n % 50 == 0)
			log_request(second, "2001:db8:2::5", "/health", "Monitor/1.0", "-")
		else if (n % 9 == 0)
			log_crawler(second)
		else
			log_visitor(second)
	}
}

# Request n of a day, in seconds from midnight: 20% in the first 8 hours, 50% in
# the next 10, 30% in the last 6; the first and the last second always occur.
function second_of(n,    part) {
	if (n == 0)
		return 0
	if (n == requests - 1)
		return 86399
	part = n / requests
	if (part < 0.2)
		return int(part * 144000)
	if (part < 0.7)
		return int(28800 + (part - 0.2) * 72000)
	return int(64800 + (part - 0.7) * 72000)
}

function log_crawler(second,    i) {
	i = random(6)
	log_request(second, "192.0.2." (10 + i), page_of(random(400)),
		"Mozilla/5.0 (compatible; Crawler" i "/2.1; +http://crawler" i ".example/)",
		"-")
}

# Every day has visitors of the days before, and new ones.
function log_visitor(second,    i, referrer) {
	i = skewed(700) + 150 * day
	referrer = referrers[1 + skewed(nreferrers)]
	if (referrer ~ /\/t\/$/)
		referrer = referrer random(90)
	log_request(second, address_of(i), page_of(skewed(400)), agents[1 + i % nagents],
		referrer)
}

# Every fourth visitor has an IPv6 address.
function address_of(i) {
	if (i % 4 == 3)
		return sprintf("2001:db8:%x:%x::%x", i % 7, int(i / 16), i)
	return sprintf("198.51.%d.%d", 100 + int(i / 250), i % 250 + 1)
}

function page_of(i) {
	if (i == 0)
		return "/"
	if (i < 5)
		return "/images/logo-" i ".png"
	if (i % 10 == 7)
		return "/search?q=%22term+" i "%22&page=" i % 3
	return "/articles/" i "/"
}

function log_request(second, address, page, agent, referrer,    status, bytes) {
	status = random(100)
	status = status < 88 ? 200 : status < 94 ? 304 : status < 99 ? 404 : 500
	bytes = status == 304 ? "-" : 200 + random(40000)
	printf "%s - - [%s] \"%s %s HTTP/1.1\" %d %s \"%s\" \"%s\"\n", address,
		time_of(second), random(40) ? "GET" : "POST", page, status, bytes,
		referrer, agent
}

# The first day is 27 February 2026, so that a month ends in the log.
function time_of(second,    d, m) {
	d = 27 + day
	for (m = 2; d > month_days[m]; m = m % 12 + 1)
		d -= month_days[m]
	return sprintf("%02d/%s/2026:%02d:%02d:%02d +0000", d, months[m],
		int(second / 3600), int(second / 60) % 60, second % 60)
}
