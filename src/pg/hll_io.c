/*
 * hll_io.c: input and type modifier of type hll. Output is that of all types: io.c.
 *
 * The text form is the base64 of the packed bytes, the binary form the bytes
 * themselves; doc/format.md describes them. Whatever comes in passes
 * sk_hll_check(), which accepts nothing but what sk_hll_pack() writes.
 */
#include "postgres.h"

#include "utils/array.h"
#include "utils/builtins.h"

#include "pg/hll.h"

bool
hll_check_typmod(const hll *value, int32 typmod, Node *escontext)
{
	int			precision = hll_open(value).precision;

	if (typmod < 0 || typmod == precision)
		return true;
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("expected an hll value of precision %d, not %d", typmod,
					precision),
			 errdetail("The column or cast has the type hll(%d).", typmod),
			 precision > typmod ?
			 errhint("Lower the precision with hll_downsample(..., %d).", typmod) :
			 errhint("A precision cannot be raised: build the sketch with precision %d, or lower that of the column to hll(%d) and its other values with hll_downsample().",
					 typmod, precision)));
}

/*
 * hll_in(cstring, oid, integer) -> hll
 *
 * ERROR 22P02 for a text that is not the form above, 22023 for a precision
 * other than the type modifier's. Soft errors where the server has them.
 */
PG_FUNCTION_INFO_V1(hll_in);
Datum
hll_in(PG_FUNCTION_ARGS)
{
	Datum		value = sketch_in(fcinfo, &hll_type);

	if (fcinfo->isnull ||
		!hll_check_typmod((hll *) DatumGetPointer(value), PG_GETARG_INT32(2),
						  fcinfo->context))
		PG_RETURN_NULL();
	return value;
}

/*
 * hll_recv(internal, oid, integer) -> hll
 *
 * ERROR 22P03 for bytes that are no packed sketch, 22023 as hll_in().
 */
PG_FUNCTION_INFO_V1(hll_recv);
Datum
hll_recv(PG_FUNCTION_ARGS)
{
	Datum		value = sketch_recv(fcinfo, &hll_type);

	hll_check_typmod((hll *) DatumGetPointer(value), PG_GETARG_INT32(2), NULL);
	return value;
}

/*
 * hll_from_bytea(bytea) -> hll, behind the cast
 *
 * NULL for NULL; ERROR 22P03 for bytes that are no packed sketch.
 */
PG_FUNCTION_INFO_V1(hll_from_bytea);
Datum
hll_from_bytea(PG_FUNCTION_ARGS)
{
	return sketch_from_bytea(fcinfo, &hll_type);
}

/*
 * hll_typmod_in(cstring[]) -> integer
 *
 * The precision of hll(p). ERROR 22023 unless it is one number from 4 to 20.
 */
PG_FUNCTION_INFO_V1(hll_typmod_in);
Datum
hll_typmod_in(PG_FUNCTION_ARGS)
{
	int			n;
	int32	   *modifiers = ArrayGetIntegerTypmods(PG_GETARG_ARRAYTYPE_P(0), &n);

	if (n != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("type hll takes one modifier, not %d", n),
				 errhint("Write hll(p) with the precision p, such as hll(%d).",
						 SK_HLL_DEFAULT_PRECISION)));
	PG_RETURN_INT32(hll_require_precision(modifiers[0]));
}

/* hll_typmod_out(integer) -> cstring */
PG_FUNCTION_INFO_V1(hll_typmod_out);
Datum
hll_typmod_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(psprintf("(%d)", PG_GETARG_INT32(0)));
}

/*
 * hll_enforce_typmod(s hll, typmod integer, explicit boolean) -> hll
 *
 * s, if its precision is that of the type modifier; ERROR 22023 if not, in an
 * explicit cast as well: a cast that loses accuracy would do so unseen.
 */
PG_FUNCTION_INFO_V1(hll_enforce_typmod);
Datum
hll_enforce_typmod(PG_FUNCTION_ARGS)
{
	hll_check_typmod(PG_GETARG_HLL(0), PG_GETARG_INT32(1), NULL);
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}
