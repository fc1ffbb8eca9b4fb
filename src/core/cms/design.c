/*
 * cms/design.c: how wide and how deep a Count-Min sketch must be, and which ones
 * go together.
 *
 * Only the four basic operations are used, which IEEE 754 defines to the last
 * bit, since the same question should get the same answer on every platform.
 */
#include "core/cms/internal.h"

#define MAX_WIDTH (UINT32_C(127) << 20) /* at depth 1, just under 1 GB */

/* The least width of the form c * 2^j, 64 <= c < 128, or below 128, that is at
 * least e/epsilon; 0 if that is too wide. */
uint32_t
sk_cms_width_for(double epsilon)
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

/* The least depth at which e^-depth is at most delta; 0 if that is too deep. */
int
sk_cms_depth_for(double delta)
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
		sk_cms_width_for(epsilon), sk_cms_depth_for(delta), epsilon, delta
	};
	if (design->width == 0 || design->depth == 0 ||
		8 * (uint64_t) design->width * (uint64_t) design->depth >
		SK_CMS_MAX_BYTES - SK_CMS_HEADER)
		return SK_SIZE;
	return SK_OK;
}

/* Whether a union of a and b has the design of a rather than that of b. */
static bool
takes_precedence(const sk_cms_design *a, const sk_cms_design *b)
{
	if (a->width != b->width)
		return a->width < b->width;
	if (a->epsilon != b->epsilon)
		return a->epsilon > b->epsilon;
	return a->delta > b->delta;
}

sk_status
sk_cms_common(sk_cms_design *design, const sk_cms_design *a,
			  const sk_cms_design *b)
{
	const sk_cms_design *less = takes_precedence(a, b) ? a : b;
	const sk_cms_design *more = less == a ? b : a;
	uint32_t	group = more->width / less->width;

	*design = *less;
	if (a->depth != b->depth || more->width % less->width != 0 ||
		(group & (group - 1)) != 0)
		return SK_UNLIKE;
	return SK_OK;
}
