/*
 * cms/design.c: how wide and how deep a Count-Min sketch must be, and which
 * ones can be merged.
 *
 * Only the four basic operations are used, which IEEE 754 defines to the last
 * bit, so that a design is the same on every platform.
 */
#include "core/cms/internal.h"

#define MAX_WIDTH (UINT32_C(127) << 20) /* at depth 1, just under 1 GB */

/*
 * The least width that is at least e/epsilon and either below 128 or of the
 * form c * 2^j, 64 <= c < 128; 0 if that is too wide.
 */
static uint32_t
width_for(double epsilon)
{
	double		least = SK_CMS_E / epsilon;
	uint32_t	width;
	unsigned	step;

	if (!(least <= MAX_WIDTH))
		return 0;
	width = (uint32_t) least;
	width += width < least;
	step = sk_bit_length(width) > 7 ? sk_bit_length(width) - 7 : 0;
	return (((width - 1) >> step) + 1) << step;
}

/* The least depth with e^-depth <= delta; 0 if that is too deep. */
static int
depth_for(double delta)
{
	double		power = 1;

	for (int depth = 0; depth <= SK_CMS_MAX_DEPTH; depth++, power /= SK_CMS_E)
		if (power <= delta)
			return depth;
	return 0;
}

sk_status
sk_cms_design_for(sk_cms_design *design, double epsilon, double delta)
{
	*design = (sk_cms_design) {
		width_for(epsilon), depth_for(delta), epsilon, delta
	};
	if (design->width == 0 || design->depth == 0 ||
		8 * (uint64_t) design->width * (uint64_t) design->depth >
		SK_CMS_MAX_BYTES - SK_CMS_HEADER)
		return SK_SIZE;
	return SK_OK;
}

static bool
is_coarser(const sk_cms_design *a, const sk_cms_design *b)
{
	if (a->width != b->width)
		return a->width < b->width;
	if (a->epsilon != b->epsilon)
		return a->epsilon > b->epsilon;
	return a->delta > b->delta;
}

const sk_cms_design *
sk_cms_coarser(const sk_cms_design *a, const sk_cms_design *b)
{
	return is_coarser(a, b) ? a : b;
}

sk_status
sk_cms_common(sk_cms_design *design, const sk_cms_design *a,
			  const sk_cms_design *b)
{
	const sk_cms_design *coarse = sk_cms_coarser(a, b);
	const sk_cms_design *fine = coarse == a ? b : a;
	uint32_t	group = fine->width / coarse->width;

	*design = *coarse;
	if (a->depth != b->depth || fine->width % coarse->width != 0 ||
		(group & (group - 1)) != 0)
		return SK_UNLIKE;
	return SK_OK;
}
