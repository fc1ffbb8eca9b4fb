/*
 * topk_item.c: arguments of any type as items of a topk value.
 *
 * An item is a text. A value of another type is added as its text, the one that
 * x::text gives, so that x::text finds it again. How to make it is looked up once
 * per call site.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "pg/element.h"
#include "pg/topk.h"

/* How the text of a value is made. */
typedef enum item_form
{
	ITEM_IS_TEXT,
	ITEM_BY_CAST,				/* by a function that returns a text */
	ITEM_BY_OUTPUT				/* by the output function of its type */
} item_form;

/* What a call site keeps in fn_extra. */
typedef struct item_source
{
	item_form	form;
	FmgrInfo	function;		/* if it is not a text */
} item_source;

static Oid
type_of_arg(FmgrInfo *flinfo, int argno)
{
	Oid			type = get_fn_expr_argtype(flinfo, argno);

	if (!OidIsValid(type))
		ereport(ERROR,
				(errcode(ERRCODE_INDETERMINATE_DATATYPE),
				 errmsg("could not determine the type of the item"),
				 errhint("Cast it to text.")));
	return type;
}

/* Argument 0 of each function that takes an item is a topk value or a state. */
static void
require_no_topk(FmgrInfo *flinfo, Oid type)
{
	if (type != get_fn_expr_argtype(flinfo, 0))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("a topk value cannot be an item of another one"),
			 errhint("Merge topk values with %s.", topk_type.mergers)));
}

static void
find_cast(item_source *source, Oid type, MemoryContext context)
{
	Oid			function;
	bool		is_varlena;
	CoercionPathType path = find_coercion_pathway(TEXTOID, getBaseType(type),
												  COERCION_EXPLICIT, &function);

	source->form = path == COERCION_PATH_RELABELTYPE ? ITEM_IS_TEXT :
		path == COERCION_PATH_FUNC && get_func_nargs(function) == 1 ?
		ITEM_BY_CAST : ITEM_BY_OUTPUT;
	if (source->form == ITEM_BY_OUTPUT)
		getTypeOutputInfo(type, &function, &is_varlena);
	if (source->form != ITEM_IS_TEXT)
		fmgr_info_cxt(function, &source->function, context);
}

static pg_noinline item_source *
look_up(FunctionCallInfo fcinfo, int argno)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	Oid			type = type_of_arg(flinfo, argno);
	item_source *source = MemoryContextAllocZero(flinfo->fn_mcxt,
												 sizeof(*source));

	require_no_topk(flinfo, type);
	sketch_require_deterministic(type, PG_GET_COLLATION());
	find_cast(source, type, flinfo->fn_mcxt);
	flinfo->fn_extra = source;
	return source;
}

text *
topk_item_arg(FunctionCallInfo fcinfo, int argno)
{
	item_source *source = fcinfo->flinfo->fn_extra;
	Datum		value = PG_GETARG_DATUM(argno);

	if (unlikely(source == NULL))
		source = look_up(fcinfo, argno);
	if (likely(source->form == ITEM_IS_TEXT))
		return DatumGetTextPP(value);
	if (source->form == ITEM_BY_CAST)
		return DatumGetTextPP(FunctionCall1Coll(&source->function,
												PG_GET_COLLATION(), value));
	return cstring_to_text(OutputFunctionCall(&source->function, value));
}
