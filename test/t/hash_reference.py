"""A second reading of doc/hashing.md, to hold the extension's against.

Computes every golden hash of sql/hashing.sql in plain Python, from values that
are written down here once more, and compares them with expected/hashing.out.
XXH3_64bits follows doc/xxhash_spec.md of https://github.com/Cyan4973/xxHash;
it is slow, and right on every length.
"""

import datetime
import decimal
import ipaddress
import math
import pathlib
import re
import struct
import sys

MASK = 2**64 - 1

# ---- XXH3_64bits ----

P32_1, P32_2, P32_3 = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D
P64_1, P64_2, P64_3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
P64_4, P64_5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
MX1, MX2 = 0x165667919E3779F9, 0x9FB21C651E98DF25

SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f"
    "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
    "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
    "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e"
    "2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e")


def u32(data, at):
    return int.from_bytes(data[at:at + 4], "little")


def u64(data, at):
    return int.from_bytes(data[at:at + 8], "little")


def rotl(x, n):
    return (x << n | x >> (64 - n)) & MASK


def swapped(x, nbytes):
    return int.from_bytes(x.to_bytes(nbytes, "little"), "big")


def fold(a, b):
    product = a * b
    return (product ^ product >> 64) & MASK


def avalanche(x):
    x = (x ^ x >> 37) * MX1 & MASK
    return x ^ x >> 32


def avalanche_64(x):
    x = (x ^ x >> 33) * P64_2 & MASK
    x = (x ^ x >> 29) * P64_3 & MASK
    return x ^ x >> 32


def short_1_to_3(data, seed):
    n = len(data)
    word = data[-1] | n << 8 | data[0] << 16 | data[n >> 1] << 24
    return avalanche_64(((u32(SECRET, 0) ^ u32(SECRET, 4)) + seed & MASK) ^ word)


def short_4_to_8(data, seed):
    n = len(data)
    seed ^= swapped(seed & 0xFFFFFFFF, 4) << 32
    word = u32(data, n - 4) | u32(data, 0) << 32
    x = ((u64(SECRET, 8) ^ u64(SECRET, 16)) - seed & MASK) ^ word
    x ^= rotl(x, 49) ^ rotl(x, 24)
    x = x * MX2 & MASK
    x = (x ^ (x >> 35) + n) * MX2 & MASK
    return x ^ x >> 28


def short_9_to_16(data, seed):
    n = len(data)
    low = ((u64(SECRET, 24) ^ u64(SECRET, 32)) + seed & MASK) ^ u64(data, 0)
    high = ((u64(SECRET, 40) ^ u64(SECRET, 48)) - seed & MASK) ^ u64(data, n - 8)
    return avalanche(n + swapped(low, 8) + high + fold(low, high) & MASK)


def mix(data, at, secret_at, seed):
    return fold(u64(data, at) ^ (u64(SECRET, secret_at) + seed & MASK),
                u64(data, at + 8) ^ (u64(SECRET, secret_at + 8) - seed & MASK))


def medium_17_to_128(data, seed):
    n = len(data)
    x = n * P64_1
    for i in range((n - 1) // 32 + 1):
        x += mix(data, 16 * i, 32 * i, seed)
        x += mix(data, n - 16 * i - 16, 32 * i + 16, seed)
    return avalanche(x & MASK)


def medium_129_to_240(data, seed):
    n = len(data)
    x = n * P64_1 + sum(mix(data, 16 * i, 16 * i, seed) for i in range(8))
    x = avalanche(x & MASK)
    for i in range(8, n // 16):
        x += mix(data, 16 * i, 16 * (i - 8) + 3, seed)
    return avalanche(x + mix(data, n - 16, 119, seed) & MASK)


def seeded_secret(seed):
    words = struct.unpack("<24Q", SECRET)
    return struct.pack("<24Q", *((word + (-seed if i % 2 else seed)) & MASK
                                 for i, word in enumerate(words)))


def accumulate(acc, data, at, secret, secret_at):
    for i in range(8):
        word = u64(data, at + 8 * i)
        keyed = word ^ u64(secret, secret_at + 8 * i)
        acc[i ^ 1] = acc[i ^ 1] + word & MASK
        acc[i] = acc[i] + (keyed & 0xFFFFFFFF) * (keyed >> 32) & MASK


def scramble(acc, secret):
    for i in range(8):
        acc[i] = (acc[i] ^ acc[i] >> 47 ^ u64(secret, 128 + 8 * i)) * P32_1 & MASK


def long_over_240(data, seed):
    n, secret = len(data), seeded_secret(seed)
    acc = [P32_3, P64_1, P64_2, P64_3, P64_4, P32_2, P64_5, P32_1]
    for stripe in range((n - 1) // 64):
        accumulate(acc, data, 64 * stripe, secret, 8 * (stripe % 16))
        if stripe % 16 == 15:
            scramble(acc, secret)
    accumulate(acc, data, n - 64, secret, 121)
    x = n * P64_1
    for i in range(0, 8, 2):
        x += fold(acc[i] ^ u64(secret, 11 + 8 * i),
                  acc[i + 1] ^ u64(secret, 19 + 8 * i))
    return avalanche(x & MASK)


def xxh3(data, seed=0):
    n = len(data)
    if n == 0:
        return avalanche_64(seed ^ u64(SECRET, 56) ^ u64(SECRET, 64))
    for longest, function in ((3, short_1_to_3), (8, short_4_to_8),
                              (16, short_9_to_16), (128, medium_17_to_128),
                              (240, medium_129_to_240)):
        if n <= longest:
            return function(data, seed)
    return long_over_240(data, seed)


# ---- doc/hashing.md: what stands for a value ----
#
# A value is a function from the seed to its hash.


def le(number, nbytes=8):
    return (number % 256**nbytes).to_bytes(nbytes, "little")


def plain(data):
    return lambda seed: xxh3(data, seed)


def integer(number):
    return plain(le(number))


def text(string):
    return plain(string.encode())


def double(number):
    """repr() gives the fewest digits that lead back to the number"""
    return numeric({math.inf: "Infinity", -math.inf: "-Infinity"}.get(
        number, repr(number)))


def real(number):
    return double(struct.unpack("<f", struct.pack("<f", number))[0])


def digits(string):
    number = decimal.Decimal(string)
    if not number.is_finite():
        return "NaN" if number.is_nan() else str(number)
    return format(number.normalize(), "f") if number else "0"


def numeric(string):
    string = digits(string)
    whole = "." not in string and string.lstrip("-").isdigit()
    if whole and -2**63 <= int(string) < 2**63:
        return integer(int(string))
    return text(string)


def days(year, month, day):
    return (datetime.date(year, month, day) - datetime.date(2000, 1, 1)).days


def microseconds(hour, minute, second):
    return round((hour * 60 + minute) * 60 * 10**6 + second * 10**6)


def interval(months=0, days=0, us=0):
    return plain(le((months * 30 + days) * 86400 * 10**6 + us, 16))


def inet(string):
    address = ipaddress.ip_interface(string)
    return plain(bytes([address.version, address.network.prefixlen])
                 + address.packed)


def varbit(string):
    padded = string + "0" * (-len(string) % 8)
    octets = (padded[i:i + 8] for i in range(0, len(padded), 8))
    return plain(le(len(string), 4) + bytes(int(o, 2) for o in octets))


def ready(number):
    return lambda seed: xxh3(le(number), seed) if seed else number


def part(value, seed):
    return b"\0" if value is None else b"\1" + le(value(seed))


def array(dimensions, *items):
    """dimensions: a list of (length, lower bound)"""
    head = b"a" + le(len(dimensions), 4)
    head += b"".join(le(n, 4) + le(low, 4) for n, low in dimensions)
    return lambda seed: xxh3(head + b"".join(part(i, seed) for i in items), seed)


def vector(*items):
    return array([(len(items), 1)], *items)


def record(*columns):
    head = b"c" + le(len(columns), 4)
    return lambda seed: xxh3(head + b"".join(part(c, seed) for c in columns), seed)


def bounds(lower, upper, kinds, seed):
    """kinds: as SQL writes them, '[)' and so on; None is an infinite bound"""
    flags = 8 if lower is None else 2 * (kinds[0] == "[")
    flags |= 16 if upper is None else 4 * (kinds[1] == "]")
    return bytes([flags]) + b"".join(le(b(seed)) for b in (lower, upper) if b)


def range_(lower, upper, kinds):
    return lambda seed: xxh3(b"r" + bounds(lower, upper, kinds, seed), seed)


def multirange(*ranges):
    head = b"m" + le(len(ranges), 4)
    return lambda seed: xxh3(head + b"".join(bounds(*r, seed) for r in ranges), seed)


def counted(tag, data):
    return tag + le(len(data), 4) + data


def json_bytes(value):
    """numbers are given as decimal.Decimal"""
    if value is None or isinstance(value, bool):
        return {None: b"n", True: b"t", False: b"f"}[value]
    if isinstance(value, decimal.Decimal):
        return counted(b"#", digits(value).encode())
    if isinstance(value, str):
        return counted(b'"', value.encode())
    if isinstance(value, list):
        return b"[" + le(len(value), 4) + b"".join(map(json_bytes, value))
    keys = sorted(value, key=lambda k: (len(k.encode()), k.encode()))
    return b"{" + le(len(value), 4) + b"".join(
        json_bytes(k) + json_bytes(value[k]) for k in keys)


def jsonb(value):
    return plain(json_bytes(value))


# ---- the values of sql/hashing.sql ----

ONE, TWO, THREE, FOUR, FIVE = map(integer, (1, 2, 3, 4, 5))
DEC = decimal.Decimal
PAIR = record(ONE, text("a"))
MOMENT = microseconds(12, 34, 56.789)
LEAP_DAY = days(2024, 2, 29) * 86400 * 10**6
UUID = plain(bytes.fromhex("00112233445566778899aabbccddeeff"))
YEARS = 178000000 * 12
# 400 years have 146097 days; 294000 - 2000 and 276 years follow 2000-01-01.
LAST_DAY = (146097 * 730 + days(2277, 1, 1) - 1) * 86400 * 10**6

GOLDEN = {
    "smallint 42": integer(42),
    "integer 42": integer(42),
    "bigint 42": integer(42),
    "smallint -1": integer(-1),
    "integer -1": integer(-1),
    "bigint -1": integer(-1),
    "bigint 0": integer(0),
    "bigint least": integer(-2**63),
    "bigint greatest": integer(2**63 - 1),
    "boolean false": plain(b"\0"),
    "boolean true": plain(b"\1"),
    '"char" a': plain(b"a"),
    "real 1.5": real(1.5),
    "real 0.1": real(0.1),
    "double 1.5": double(1.5),
    "double 0.1": double(0.1),
    "double 0": double(0.0),
    "double -0": double(-0.0),
    "double NaN": double(float("nan")),
    "double Infinity": double(float("inf")),
    "numeric 0": numeric("0.00"),
    "numeric 1.50": numeric("1.50"),
    "numeric -0.001": numeric("-0.001"),
    "numeric 1e20": numeric("1e20"),
    "numeric NaN": numeric("NaN"),
    "numeric -Infinity": numeric("-Infinity"),
    "numeric 2^63": text("9223372036854775808"),
    "double -1e-7": text("-0.0000001"),
    "double 1.5e300": text("15" + "0" * 299),
    "double 5e-324": text("0." + "0" * 323 + "5"),
    "double 123456789012345.67": text("123456789012345.67"),
    "oid 42": integer(42),
    "oid 4294967295": integer(2**32 - 1),
    "xid8 42": integer(42),
    "pg_lsn 1/0": integer(2**32),
    "money 1.50": integer(150),
    "text empty": text(""),
    "text a": text("a"),
    "text abc": text("abc"),
    "text e acute": text("\u00e9"),
    "varchar abc": text("abc"),
    "varchar blanks": text("abc  "),
    "name abc": text("abc"),
    "char(5) abc": text("abc"),
    "char(5) blank": text(""),
    "bytea 00ff": plain(b"\x00\xff"),
    "enum happy": text("happy"),
    "uuid": UUID,
    "date 2000-01-01": integer(0),
    "date 1999-12-31": integer(-86400 * 10**6),
    "date 294276-12-31": integer(LAST_DAY),
    "date 294277-01-01": plain(le(LAST_DAY + 86400 * 10**6, 16)),
    "date infinity": integer(2**63 - 1),
    "date -infinity": integer(-2**63),
    "timestamp": integer(LEAP_DAY + MOMENT),
    "timestamp infinity": integer(2**63 - 1),
    "timestamptz": integer(LEAP_DAY + MOMENT - microseconds(2, 0, 0)),
    "timestamptz -infinity": integer(-2**63),
    "time": integer(MOMENT),
    "timetz": plain(le(MOMENT) + le(-2 * 3600, 4)),
    "interval 0": interval(),
    "interval 1 month": interval(months=1),
    "interval -1 us": interval(us=-1),
    "interval mixed": interval(1, -2, 3500000),
    "interval -mixed": interval(-1, 2, -3500000),
    "interval carry": interval(0, -1, microseconds(24, 0, 1)),
    "interval long": interval(YEARS, 1, -10**6),
    "interval -long": interval(-YEARS, -1, 10**6),
    "inet v4": inet("192.168.1.5/24"),
    "inet v6": inet("2001:db8::1"),
    "cidr v4": inet("192.168.1.0/24"),
    "macaddr": plain(bytes.fromhex("08002b010203")),
    "macaddr8": plain(bytes.fromhex("08002b0102030405")),
    "bit 101": varbit("101"),
    "varbit 101": varbit("101"),
    "varbit 0000000011": varbit("0000000011"),
    "varbit empty": varbit(""),
    "sketch_hash": ready(12345),
    "array empty": array([]),
    "array {1,2,3}": vector(ONE, TWO, THREE),
    "array {1,NULL}": vector(ONE, None),
    "array [0:1]={1,2}": array([(2, 0)], ONE, TWO),
    "array {{1,2},{3,4}}": array([(2, 1), (2, 1)], ONE, TWO, THREE, FOUR),
    "array {a,bc}": vector(text("a"), text("bc")),
    "range empty": lambda seed: xxh3(b"r\1", seed),
    "range [1,5)": range_(ONE, FIVE, "[)"),
    "range (,5)": range_(None, FIVE, "()"),
    "range (,)": range_(None, None, "()"),
    "range (1.5,2.5]": range_(numeric("1.5"), numeric("2.5"), "(]"),
    "range of text": range_(text("a"), text("b"), "[]"),
    "multirange empty": multirange(),
    "multirange": multirange((ONE, THREE, "[)"), (FIVE, None, "[)")),
    "record (1,a,)": record(ONE, text("a"), None),
    "composite (1,a)": PAIR,
    "composite nested": record(text("happy"), PAIR),
    "array of composite": vector(PAIR, None),
    "domain 42": integer(42),
    "domain {1,2,3}": vector(ONE, TWO, THREE),
    "jsonb null": jsonb(None),
    "jsonb true": jsonb(True),
    "jsonb false": jsonb(False),
    "jsonb 1.50": jsonb(DEC("1.50")),
    'jsonb "abc"': jsonb("abc"),
    "jsonb []": jsonb([]),
    "jsonb {}": jsonb({}),
    "jsonb [1]": jsonb([DEC(1)]),
    "jsonb nested": jsonb({"bb": [DEC(1), "x", {}], "c": None,
                           "a": {"k": DEC("-2.0")}}),
}
for tens in (1, 2, 10, 13, 15, 24, 25, 102, 103, 200, 300):
    GOLDEN[f"text of {tens}"] = text("0123456789" * tens)


def golden_rows(path):
    """The rows of all results with the columns label and hash."""
    reading = False
    for line in path.read_text().splitlines():
        if re.fullmatch(r" +label +\| +hash +", line):
            reading = True
        elif line.startswith("("):
            reading = False
        elif reading and (row := re.fullmatch(r" (.+?) +\| +(-?\d+)", line)):
            yield row[1], int(row[2])


def expected_hash(label):
    name, _, seed = label.partition(", seed ")
    if name not in GOLDEN:
        return None
    unsigned = GOLDEN[name](int(seed or 0) & MASK)
    return unsigned - 2**64 if unsigned >= 2**63 else unsigned


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    passed, failed, seen = 0, 0, set()
    for label, found in golden_rows(root / "expected" / "hashing.out"):
        seen.add(label.partition(", seed ")[0])
        if found == expected_hash(label):
            passed += 1
        else:
            failed += 1
            print(f"not ok: {label}: {found}, not {expected_hash(label)}")
    for label in sorted(GOLDEN.keys() - seen):
        failed += 1
        print(f"not ok: {label}: no such row")
    print(f"hash_reference: {passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
