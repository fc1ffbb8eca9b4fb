/*
 * status.h: results of sketch operations.
 *
 * The core has no messages. It names the rule that was broken, and the caller
 * words the error.
 */
#ifndef SK_STATUS_H
#define SK_STATUS_H

typedef enum sk_status
{
	SK_OK,

	/* Bytes that are not a sketch. doc/format.md has each rule. */
	SK_SHORT,					/* ends before its last field */
	SK_LONG,					/* bytes follow the last field */
	SK_TYPE,					/* another type of sketch, or none */
	SK_VERSION,					/* a format version this code does not know */
	SK_LAYOUT,					/* unknown, or a working layout */
	SK_PRECISION,				/* precision out of range */
	SK_RESERVED,				/* a reserved or padding bit is set */
	SK_COUNT,					/* a count disagrees with what it counts */
	SK_ORDER,					/* values out of order or repeated */
	SK_VALUE,					/* a value that no input produces */
	SK_DICTIONARY,				/* not the dictionary for this data */
	SK_DESIGN,					/* inconsistent design parameters */

	/* Valid operands without a valid result. */
	SK_SIZE,					/* exceeds the maximum size of a value */
	SK_OVERFLOW,				/* a total out of range */
	SK_UNLIKE					/* incompatible designs */
} sk_status;

#endif							/* SK_STATUS_H */
