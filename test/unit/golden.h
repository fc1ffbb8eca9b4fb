/*
 * golden.h: the stored values of test/golden, and the questions about them.
 *
 * Each file holds the values of one type as some version wrote them, and what
 * every later one must answer, a line each:
 *
 *     NAME bytes = HEX, as bytea prints it
 *     NAME QUESTION [ARGUMENT...] = ANSWER
 *
 * A type's test program answers in the same words. For whole sketches the answer
 * is the hash of their packed bytes, as sketch_hash_any(s::bytea) gives it; for
 * numbers that are estimated it has ten digits, on which all mathematical
 * libraries agree. test/t/golden.sh puts the same questions to a server.
 */
#ifndef GOLDEN_H
#define GOLDEN_H

#include <math.h>

#include "check.h"
#include "hll_help.h"
#include "core/hash.h"
#include "env.h"

#define GOLDEN_LINE 65536
#define GOLDEN_SKETCHES 100
#define GOLDEN_ARGUMENTS 8

typedef struct golden_fact
{
	const char *name;
	const char *question;
	const char *argument[GOLDEN_ARGUMENTS]; /* "" where there is none */
	const char *answer;
	buffer		sketch;			/* that the question is about */
} golden_fact;

/* What a type has to know. repack() merges into an empty working sketch. */
typedef struct golden_type
{
	const char *name;
	sk_status	(*check) (const void *bytes, size_t nbytes, const sk_env *env);
	buffer		(*repack) (buffer b);
	void		(*answer) (char *out, const golden_fact *f);
} golden_type;

static struct
{
	char		name[40];
	buffer		bytes;
}			golden_sketches[GOLDEN_SKETCHES];
static int	golden_nsketches;

/* The sketch of a name; without bytes, which no function takes, if none has it. */
static inline buffer
golden_sketch(const char *name)
{
	for (int i = 0; i < golden_nsketches; i++)
		if (strcmp(golden_sketches[i].name, name) == 0)
			return golden_sketches[i].bytes;
	return (buffer) {NULL, 0};
}

/* --- what the types' answers are made of ---------------------------------- */

static inline bool
asks(const golden_fact *f, const char *question)
{
	return strcmp(f->question, question) == 0;
}

static inline uint64_t
number(const golden_fact *f, int i)
{
	return strtoull(f->argument[i], NULL, 10);
}

static inline double
fraction(const golden_fact *f, int i)
{
	return strtod(f->argument[i], NULL);
}

/* The hash of x, which is one already where argument i says so. */
static inline uint64_t
hash_of(const golden_fact *f, int i, uint64_t x)
{
	return strcmp(f->argument[i], "hash") == 0 ? x : sk_hash_u64(x, 0);
}

__attribute__((format(printf, 2, 3)))
static inline void
say(char *out, const char *format, ...)
{
	size_t		said = strlen(out);
	va_list		args;

	va_start(args, format);
	vsnprintf(out + said, GOLDEN_LINE - said, format, args);
	va_end(args);
}

static inline void
say_estimate(char *out, double x)
{
	if (isinf(x))
		say(out, "Infinity");
	else
		say(out, "%.10g", x);
}

/* Says which bytes they are, and frees them. */
static inline void
say_packed(char *out, buffer packed)
{
	uint64_t	hash = sk_hash_bytes(packed.bytes, packed.nbytes, 0);

	say(out, "%lld", (long long) (int64_t) hash);
	free_buffer(&packed);
}

/* --- reading -------------------------------------------------------------- */

/* The file of a type, in the directory that the test was given. */
static inline FILE *
golden_open(const char *type, const char *directory)
{
	char		path[1000];
	FILE	   *file;

	snprintf(path, sizeof(path), "%s/%s.txt", directory, type);
	file = fopen(path, "r");
	if (file == NULL)
		give_up("there are no golden values where the test looks", 0);
	return file;
}

/* Takes a line apart, in place. False for a comment or an empty line. */
static inline bool
golden_parse(golden_fact *f, char *line)
{
	char	   *answer = strstr(line, " = ");
	int			nwords = 0;

	*f = (golden_fact) {0};
	line[strcspn(line, "\n")] = '\0';
	if (line[0] == '#' || line[0] == '\0')
		return false;
	if (answer == NULL)
		give_up("a golden line has no answer", 0);
	*answer = '\0';
	f->answer = answer + 3;
	for (int i = 0; i < GOLDEN_ARGUMENTS; i++)
		f->argument[i] = "";
	for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
		if (nwords++ == 0)
			f->name = word;
		else if (nwords == 2)
			f->question = word;
		else if (nwords - 3 < GOLDEN_ARGUMENTS)
			f->argument[nwords - 3] = word;
	return true;
}

/* Decodes \x and two hexadecimal digits a byte. */
static inline bool
golden_decode(const char *text, buffer *b)
{
	if (strncmp(text, "\\x", 2) != 0)
		return false;
	b->nbytes = 0;
	for (text += 2; text[0] != '\0' && text[1] != '\0'; text += 2)
	{
		char		digits[3] = {text[0], text[1], '\0'};

		b->bytes[b->nbytes++] = (uint8_t) strtoul(digits, NULL, 16);
	}
	return text[0] == '\0';
}

/* Keeps a sketch; it must be one, and be packed to the same bytes again. */
static inline void
golden_keep(const golden_type *type, const golden_fact *f)
{
	buffer		b = new_buffer(strlen(f->answer)),
				again;

	if (!check(golden_decode(f->answer, &b) &&
			   type->check(b.bytes, b.nbytes, &test_env) == SK_OK,
			   "%s %s: refused", type->name, f->name))
		return;
	again = type->repack(b);
	check(same_bytes(b, again), "%s %s: other bytes when packed again",
		  type->name, f->name);
	free_buffer(&again);
	if (golden_nsketches == GOLDEN_SKETCHES)
		give_up("too many golden sketches", golden_nsketches);
	snprintf(golden_sketches[golden_nsketches].name, 40, "%s", f->name);
	golden_sketches[golden_nsketches++].bytes = b;
}

static inline void
golden_ask(const golden_type *type, golden_fact *f)
{
	static char out[GOLDEN_LINE];

	out[0] = '\0';
	f->sketch = golden_sketch(f->name);
	type->answer(out, f);
	check(strcmp(out, f->answer) == 0, "%s %s %s %s %s %s: %s, not %s",
		  type->name, f->name, f->question, f->argument[0], f->argument[1],
		  f->argument[2], out, f->answer);
}

/* The whole test of a type; the result is the exit status. */
static inline int
golden_test(const golden_type *type, int argc, char **argv)
{
	static char line[GOLDEN_LINE];
	FILE	   *file = golden_open(type->name,
								   argc > 1 ? argv[1] : "test/golden");
	golden_fact f;
	char		name[60];

	while (fgets(line, sizeof(line), file))
		if (!golden_parse(&f, line))
			continue;
		else if (asks(&f, "bytes"))
			golden_keep(type, &f);
		else
			golden_ask(type, &f);
	fclose(file);
	check(golden_nsketches > 0, "%s: no golden values", type->name);
	for (int i = 0; i < golden_nsketches; i++)
		free_buffer(&golden_sketches[i].bytes);
	snprintf(name, sizeof(name), "golden_%s", type->name);
	return check_done(name);
}

#endif							/* GOLDEN_H */
