"""The checks of drivers.sh with psycopg 3 and 2, which read PGHOST and so on."""

import datetime
import decimal
import uuid

import psycopg
import psycopg2
import psycopg2.extras

UTC = datetime.timezone.utc
FOUND = [
    ("ints @> %s", 42),
    ("ints @> %s", decimal.Decimal("42")),
    ("ints @> %s", decimal.Decimal("42.00")),
    ("ints @> %s", 42.0),
    ("ints @> %s", "42"),
    ("quarters @> %s", decimal.Decimal("0.25")),
    ("quarters @> %s", 0.25),
    ("quarters @> %s", 7),
    ("pages @> %s", "page 7"),
    ("days @> %s", datetime.date(2024, 1, 15)),
    ("days @> %s", datetime.datetime(2024, 1, 15)),
    ("days @> %s", "2024-01-15"),
    ("moments @> %s", datetime.datetime(2024, 1, 1, 1, 5, tzinfo=UTC)),
    ("ids @> %s", uuid.UUID("c4ca4238a0b923820dcc509a6f75849b")),
    ("ids @> %s", "c4ca4238a0b923820dcc509a6f75849b"),
    ("%s <@ ints", 42),
    ("cms_frequency(digits, %s) = 100", 7),
    ("cms_frequency(digits, %s) = 100", "7"),
    ("cms_frequency(digits, %s) = 100", decimal.Decimal("7.0")),
]
ABSENT = [
    ("ints @> %s", 4242),
    ("ints @> %s", "4242"),
    ("ints @> %s", decimal.Decimal("42.5")),
    ("pages @> %s", "page seven"),
    ("days @> %s", datetime.date(2023, 1, 15)),
    ("cms_frequency(digits, %s) = 100", 11),
]
REFUSED = [
    ("ints @> %s", "forty-two"),
    ("ints @> %s", datetime.date(2024, 1, 15)),
    ("ids @> %s", 42),
]

passed = failed = 0


def check(what, got, expected):
    global passed, failed
    if got == expected:
        passed += 1
    else:
        failed += 1
        print(f"not ok: {what}: {got!r}, not {expected!r}")


def answer(connection, expression, value):
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {expression} FROM seen", (value,))
            return cursor.fetchone()[0]
    except (psycopg.Error, psycopg2.Error):
        return "an error"


def run(name, connection):
    connection.autocommit = True
    for values, expected in ((FOUND, True), (ABSENT, False), (REFUSED, "an error")):
        for expression, value in values:
            check(f"{name}: {expression} with {value!r}",
                  answer(connection, expression, value), expected)
    connection.close()


psycopg2.extras.register_uuid()
run("psycopg", psycopg.connect("dbname=drivers"))
run("psycopg2", psycopg2.connect("dbname=drivers"))
print(f"tally: {passed} {failed}")
