/*
 * analyze.c: what ANALYZE keeps of columns of sketches.
 *
 * Sketches are large and hardly ever equal or ordered by meaning, so the most
 * common values and histograms that ANALYZE keeps by default would fill
 * pg_statistic with sketches that no plan uses. The fraction of NULLs and the
 * average width are all that is kept.
 */
#include "postgres.h"

#include "commands/vacuum.h"
#include "fmgr.h"
#include "miscadmin.h"

#include "pg/compat.h"

#define SAMPLE_ROWS 3000

/* The standard layout of the row in pg_statistic, without any slot. */
static void
compute_widths(VacAttrStats *stats, AnalyzeAttrFetchFunc fetch, int nrows,
			   double total_rows pg_attribute_unused())
{
	int			nnulls = 0;
	double		width = 0;

	for (int i = 0; i < nrows; i++)
	{
		bool		isnull;
		Datum		value;

		CHECK_FOR_INTERRUPTS();
		value = fetch(stats, i, &isnull);
		if (isnull)
			nnulls++;
		else
			width += VARSIZE_ANY(DatumGetPointer(value));
	}
	if (nrows == 0)
		return;
	stats->stats_valid = true;
	stats->stanullfrac = (float4) nnulls / nrows;
	stats->stawidth = nnulls < nrows ? (int32) (width / (nrows - nnulls)) : 0;
	stats->stadistinct = 0;		/* unknown */
}

/*
 * sketch_typanalyze(internal) -> boolean, of all types
 *
 * Sets up ANALYZE of a column; always true.
 */
PG_FUNCTION_INFO_V1(sketch_typanalyze);
Datum
sketch_typanalyze(PG_FUNCTION_ARGS)
{
	VacAttrStats *stats = (VacAttrStats *) PG_GETARG_POINTER(0);

	stats->compute_stats = compute_widths;
	stats->minrows = SAMPLE_ROWS;
	PG_RETURN_BOOL(true);
}
