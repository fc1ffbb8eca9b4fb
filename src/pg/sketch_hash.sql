-- sketch_hash: a 64-bit hash, what every sketch takes. See doc/hashing.md.

CREATE TYPE sketch_hash;

CREATE FUNCTION sketch_hash_in(cstring) RETURNS sketch_hash
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION sketch_hash_in(cstring) IS 'I/O';

CREATE FUNCTION sketch_hash_out(sketch_hash) RETURNS cstring
	AS 'int8out' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION sketch_hash_out(sketch_hash) IS 'I/O';

CREATE FUNCTION sketch_hash_recv(internal) RETURNS sketch_hash
	AS 'int8recv' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION sketch_hash_recv(internal) IS 'I/O';

CREATE FUNCTION sketch_hash_send(sketch_hash) RETURNS bytea
	AS 'int8send' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION sketch_hash_send(sketch_hash) IS 'I/O';

CREATE TYPE sketch_hash (
	INPUT = sketch_hash_in,
	OUTPUT = sketch_hash_out,
	RECEIVE = sketch_hash_recv,
	SEND = sketch_hash_send,
	LIKE = bigint
);
COMMENT ON TYPE sketch_hash IS '64-bit hash of a value, the input of sketches';

-- Explicit only: an implicit one would let a number pass for a hash.
CREATE CAST (sketch_hash AS bigint) WITHOUT FUNCTION;
COMMENT ON CAST (sketch_hash AS bigint) IS 'the hash as a signed number';
CREATE CAST (bigint AS sketch_hash) WITHOUT FUNCTION;
COMMENT ON CAST (bigint AS sketch_hash) IS 'a number that is a hash already';

-- Making hashes

CREATE FUNCTION sketch_hash_any(value anyelement, seed bigint DEFAULT 0)
	RETURNS sketch_hash
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION sketch_hash_any(anyelement, bigint) IS
	'hash of a value: values equal in SQL hash equal';

CREATE FUNCTION hll_hash_any(value anyelement, seed bigint DEFAULT 0)
	RETURNS sketch_hash
	AS 'MODULE_PATHNAME', 'sketch_hash_any'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION hll_hash_any(anyelement, bigint) IS
	'same as sketch_hash_any';

CREATE FUNCTION hll_hash_boolean(value boolean, seed bigint DEFAULT 0)
	RETURNS sketch_hash
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION hll_hash_boolean(boolean, bigint) IS
	'same as sketch_hash_any of a boolean';

CREATE FUNCTION hll_hash_smallint(value smallint, seed bigint DEFAULT 0)
	RETURNS sketch_hash
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION hll_hash_smallint(smallint, bigint) IS
	'same as sketch_hash_any of a smallint';

CREATE FUNCTION hll_hash_integer(value integer, seed bigint DEFAULT 0)
	RETURNS sketch_hash
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION hll_hash_integer(integer, bigint) IS
	'same as sketch_hash_any of an integer';

CREATE FUNCTION hll_hash_bigint(value bigint, seed bigint DEFAULT 0)
	RETURNS sketch_hash
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION hll_hash_bigint(bigint, bigint) IS
	'same as sketch_hash_any of a bigint';

CREATE FUNCTION hll_hash_bytea(value bytea, seed bigint DEFAULT 0)
	RETURNS sketch_hash
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION hll_hash_bytea(bytea, bigint) IS
	'same as sketch_hash_any of a bytea';

CREATE FUNCTION hll_hash_text(value text, seed bigint DEFAULT 0)
	RETURNS sketch_hash
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION hll_hash_text(text, bigint) IS
	'same as sketch_hash_any of a text';

-- Comparing hashes: as signed numbers, the order has no meaning

CREATE FUNCTION sketch_hash_eq(sketch_hash, sketch_hash) RETURNS boolean
	AS 'int8eq' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION sketch_hash_eq(sketch_hash, sketch_hash) IS
	'implementation of = operator';

CREATE FUNCTION sketch_hash_ne(sketch_hash, sketch_hash) RETURNS boolean
	AS 'int8ne' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION sketch_hash_ne(sketch_hash, sketch_hash) IS
	'implementation of <> operator';

CREATE FUNCTION sketch_hash_lt(sketch_hash, sketch_hash) RETURNS boolean
	AS 'int8lt' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION sketch_hash_lt(sketch_hash, sketch_hash) IS
	'implementation of < operator';

CREATE FUNCTION sketch_hash_le(sketch_hash, sketch_hash) RETURNS boolean
	AS 'int8le' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION sketch_hash_le(sketch_hash, sketch_hash) IS
	'implementation of <= operator';

CREATE FUNCTION sketch_hash_gt(sketch_hash, sketch_hash) RETURNS boolean
	AS 'int8gt' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION sketch_hash_gt(sketch_hash, sketch_hash) IS
	'implementation of > operator';

CREATE FUNCTION sketch_hash_ge(sketch_hash, sketch_hash) RETURNS boolean
	AS 'int8ge' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION sketch_hash_ge(sketch_hash, sketch_hash) IS
	'implementation of >= operator';

CREATE FUNCTION sketch_hash_cmp(sketch_hash, sketch_hash) RETURNS integer
	AS 'btint8cmp' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION sketch_hash_cmp(sketch_hash, sketch_hash) IS
	'less-equal-greater';

CREATE FUNCTION sketch_hash_hash(sketch_hash) RETURNS integer
	AS 'hashint8' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION sketch_hash_hash(sketch_hash) IS 'hash';

CREATE FUNCTION sketch_hash_hash_extended(sketch_hash, bigint) RETURNS bigint
	AS 'hashint8extended'
	LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION sketch_hash_hash_extended(sketch_hash, bigint) IS 'hash';

CREATE OPERATOR = (
	LEFTARG = sketch_hash, RIGHTARG = sketch_hash, FUNCTION = sketch_hash_eq,
	COMMUTATOR = =, NEGATOR = <>,
	RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR = (sketch_hash, sketch_hash) IS 'equal';

CREATE OPERATOR <> (
	LEFTARG = sketch_hash, RIGHTARG = sketch_hash, FUNCTION = sketch_hash_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (sketch_hash, sketch_hash) IS 'not equal';

CREATE OPERATOR < (
	LEFTARG = sketch_hash, RIGHTARG = sketch_hash, FUNCTION = sketch_hash_lt,
	COMMUTATOR = >, NEGATOR = >=,
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (sketch_hash, sketch_hash) IS 'less than';

CREATE OPERATOR <= (
	LEFTARG = sketch_hash, RIGHTARG = sketch_hash, FUNCTION = sketch_hash_le,
	COMMUTATOR = >=, NEGATOR = >,
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (sketch_hash, sketch_hash) IS 'less than or equal';

CREATE OPERATOR > (
	LEFTARG = sketch_hash, RIGHTARG = sketch_hash, FUNCTION = sketch_hash_gt,
	COMMUTATOR = <, NEGATOR = <=,
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (sketch_hash, sketch_hash) IS 'greater than';

CREATE OPERATOR >= (
	LEFTARG = sketch_hash, RIGHTARG = sketch_hash, FUNCTION = sketch_hash_ge,
	COMMUTATOR = <=, NEGATOR = <,
	RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (sketch_hash, sketch_hash) IS 'greater than or equal';

CREATE OPERATOR CLASS sketch_hash_ops
	DEFAULT FOR TYPE sketch_hash USING btree AS
	OPERATOR 1 <,
	OPERATOR 2 <=,
	OPERATOR 3 =,
	OPERATOR 4 >=,
	OPERATOR 5 >,
	FUNCTION 1 sketch_hash_cmp(sketch_hash, sketch_hash),
	FUNCTION 2 (sketch_hash, sketch_hash) pg_catalog.btint8sortsupport(internal),
	FUNCTION 4 (sketch_hash, sketch_hash) pg_catalog.btequalimage(oid);
COMMENT ON OPERATOR CLASS sketch_hash_ops USING btree IS
	'order of hashes, as signed numbers';

CREATE OPERATOR CLASS sketch_hash_ops
	DEFAULT FOR TYPE sketch_hash USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 sketch_hash_hash(sketch_hash),
	FUNCTION 2 sketch_hash_hash_extended(sketch_hash, bigint);
COMMENT ON OPERATOR CLASS sketch_hash_ops USING hash IS 'equality of hashes';

-- For all sketch types

CREATE FUNCTION sketch_typanalyze(internal) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STRICT COST 1;
COMMENT ON FUNCTION sketch_typanalyze(internal) IS
	'ANALYZE of sketches: NULLs and widths, but no values';
