/*
 * status.h: what a sketch operation answers.
 *
 * The core words no message: it names the rule that was broken, and the caller
 * decides how to say it and whether it is an error at all.
 */
#ifndef SK_STATUS_H
#define SK_STATUS_H

typedef enum sk_status
{
	SK_OK,
	SK_FULL,					/* no room: rebuild in a larger buffer, then
								 * repeat the call */

	/* Bytes that are not a sketch; see doc/format.md for each rule. */
	SK_SHORT,					/* ends before its last field */
	SK_LONG,					/* bytes follow the last field */
	SK_TYPE,					/* not this type of sketch */
	SK_VERSION,					/* a format version this code does not know */
	SK_LAYOUT,					/* no such layout, or not one to exchange */
	SK_PRECISION,				/* precision out of range */
	SK_RESERVED,				/* a reserved or padding bit is set */
	SK_COUNT,					/* a count disagrees with what it counts */
	SK_ORDER,					/* values out of order or repeated */
	SK_VALUE,					/* a value that no input can produce */
	SK_DICTIONARY,				/* not the dictionary that the data asks for */
	SK_DESIGN,					/* not the design of any sketch */

	/* Right operands that lead nowhere. */
	SK_SIZE,					/* larger than a value can be */
	SK_OVERFLOW,				/* a sum larger than a number can be */
	SK_UNLIKE					/* two sketches that do not go together */
} sk_status;

#endif							/* SK_STATUS_H */
