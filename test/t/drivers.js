// The checks of drivers.sh with node's pg, which sends parameters without a type.
const { Client } = require('pg');

const checks = [
	['ints @> $1', 42, true],
	['ints @> $1', 4242, false],
	['ints @> $1', '42', true],
	['ints @> $1', 42n, true],
	['ints @> $1', 'forty-two', 'an error'],
	['$1 <@ ints', 42, true],
	['quarters @> $1', 0.25, true],
	['pages @> $1', 'page 7', true],
	['pages @> $1', 'page seven', false],
	['ids @> $1', 'c4ca4238a0b923820dcc509a6f75849b', true],
	['ids @> $1', '00000000a0b923820dcc509a6f75849b', false],
	['days @> $1', '2024-01-15', true],
	['moments @> $1', new Date('2024-01-01T01:05:00Z'), true],
	['moments @> $1', new Date('2024-01-01T01:05:01Z'), false],
	['cms_frequency(digits, $1) = 100', 7, true],
	['ints @> $1::bigint', 42, true],
];

async function main() {
	const client = new Client({
		host: process.env.PGHOST, port: +process.env.PGPORT,
		user: process.env.PGUSER, database: 'drivers'
	});
	let passed = 0, failed = 0;

	await client.connect();
	for (const [expression, value, expected] of checks) {
		let got;
		try {
			const result = await client.query(`SELECT ${expression} AS answer FROM seen`, [value]);
			got = result.rows[0].answer;
		} catch (error) {
			got = 'an error';
		}
		if (got === expected)
			passed++;
		else {
			failed++;
			console.log(`not ok: pg: ${expression} with ${value}: ${got}, not ${expected}`);
		}
	}
	await client.end();
	console.log(`tally: ${passed} ${failed}`);
}

main();
