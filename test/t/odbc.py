"""The checks of odbc.sh. Argument: an ODBC connection string."""

import sys

import pyodbc

passed = 0
failed = 0


def check(what, got, expected):
    global passed, failed
    if got == expected and type(got) is type(expected):
        passed += 1
    else:
        failed += 1
        print(f"not ok: {what}\n  got:      {got!r}\n  expected: {expected!r}")


def value(connection, statement, *parameters):
    return connection.execute(statement, *parameters).fetchone()[0]


def build_rollup(connection):
    """Cube's way: hash, aggregate, store; 7 days of 2,000 visits."""
    connection.execute("create table visit (day int, visitor text)")
    connection.execute(
        "insert into visit select n % 7, 'v' || n % 1234"
        " from generate_series(1, 14000) n"
    )
    connection.execute(
        "create table rollup as select day,"
        " hll_add_agg(hll_hash_any(visitor)) as visitors"
        " from visit group by day"
    )


def check_cube(connection):
    exact = value(connection, "select count(distinct visitor) from visit")
    check("visitors to count", exact, 1234)
    check(
        "Cube reads a rollup",
        value(
            connection,
            "select round(hll_cardinality(hll_union_agg(visitors))) from rollup",
        ),
        1234.0,
    )
    check(
        "Cube asks ad hoc",
        value(
            connection,
            "select round(hll_cardinality(hll_add_agg(hll_hash_any(visitor))))"
            " from visit",
        ),
        1234.0,
    )


def check_reading(connection):
    row = connection.execute(
        "select visitors, visitors::bytea, hll_cardinality(visitors)"
        " from rollup where day = 3"
    ).fetchone()
    check("hll is read as text", type(row[0]), str)
    check("bytea is read as bytes", type(row[1]), bytes)
    check("the text is the hexadecimal of the bytes", row[0], "\\x" + row[1].hex())
    check("a cardinality is a double", type(row[2]), float)
    return row


def check_writing(connection, text, binary):
    connection.execute("create table written (s hll)")
    connection.execute("insert into written values (?)", text)
    connection.execute("insert into written values (cast(? as bytea)::hll)", binary)
    check(
        "text and binary parameters store the sketch that was read",
        value(
            connection,
            "select count(*) from written join rollup on s = visitors"
            " where day = 3 and s::bytea = visitors::bytea",
        ),
        2,
    )
    try:
        connection.execute("insert into written values (?)", text[:-8])
        error = "none"
    except pyodbc.Error as caught:
        error = caught.args[0]
    check("a truncated text is refused as such", error, "22P02")


def main():
    connection = pyodbc.connect(sys.argv[1], autocommit=True)
    build_rollup(connection)
    check_cube(connection)
    row = check_reading(connection)
    check_writing(connection, row[0], row[1])
    connection.close()


main()
print(f"odbc: {passed} passed, {failed} failed")
sys.exit(failed != 0)
