/*
 * check.h: the few lines a unit test needs.
 *
 * Each test/unit/test_*.c is a program of its own: it calls check() for every
 * property and ends with `return check_done("name")`, which prints the tally
 * that test/check.sh adds up.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static int	checks_passed;
static int	checks_failed;

/* Counts one check; says what it was when it does not hold. */
__attribute__((format(printf, 2, 3)))
static inline bool
check(bool ok, const char *what, ...)
{
	va_list		args;

	if (ok)
	{
		checks_passed++;
		return true;
	}
	checks_failed++;
	printf("not ok: ");
	va_start(args, what);
	vprintf(what, args);
	va_end(args);
	printf("\n");
	return false;
}

/* Prints the tally; the result is the exit status. */
static inline int
check_done(const char *name)
{
	printf("%s: %d passed, %d failed\n", name, checks_passed, checks_failed);
	return checks_failed != 0;
}

#endif							/* CHECK_H */
