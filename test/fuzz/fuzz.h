/*
 * fuzz.h: what the libFuzzer targets share: properties that must hold, choices
 * that follow from the input alone, and mutators that get past the headers.
 *
 * Each C file of this directory is a target of its own, for one entrance; see
 * fuzz.sh, which builds and runs them. Values that come in are in heap blocks of
 * their exact size, so that the address sanitizer sees the first byte that is
 * read past an end. What is done with them is what src/pg does, by way of the
 * helpers in test/unit.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "hll_help.h"
#include "core/hash.h"

/* Working sketches of more bytes are not made: a run is to take microseconds. */
#define MOST_WORK 32768

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes);
extern size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t nbytes, size_t room,
									  unsigned int seed);
extern size_t LLVMFuzzerMutate(uint8_t *data, size_t nbytes, size_t room);

/* Ends the program, which libFuzzer reports with its input. */
static inline void
require(bool holds, const char *what)
{
	if (!holds)
		give_up(what, 0);
}

/* Whatever a run chooses by itself follows from its input. */
static inline uint64_t
seed_of(const uint8_t *data, size_t nbytes)
{
	return sk_hash_bytes(data, nbytes, 6);
}

/* A probability between 0 and 1, both excluded, often next to one of them. */
static inline double
choose_confidence(uint64_t *seed)
{
	static const double often[] = {0.95, 0.5, 5e-324, 1e-9, 1 - 0x1p-53};
	uint32_t	choice = random_below(seed, 10);

	return choice < 5 ? often[choice] : (1 + random_below(seed, 999)) / 1000.0;
}

/* --- a script of operations ----------------------------------------------- */

typedef struct script
{
	const uint8_t *at;
	size_t		left;
} script;

/* The next byte; 0 at the end. */
static inline uint8_t
take(script *s)
{
	if (s->left == 0)
		return 0;
	s->left--;
	return *s->at++;
}

static inline uint64_t
take64(script *s)
{
	uint64_t	x = 0;

	for (int i = 0; i < 8; i++)
		x = x << 8 | take(s);
	return x;
}

/* A hash: any, or one that has most of its bits in common with others. */
static inline uint64_t
take_hash(script *s)
{
	uint8_t		kind = take(s);

	if (kind < 64)
		return take64(s);
	if (kind < 192)
		return sk_hash_u64(kind, 0);
	return (uint64_t) take(s) << 56 | (uint64_t) take(s) << kind % 64;
}

/* A weight: mostly a small one. */
static inline uint64_t
take_weight(script *s)
{
	uint8_t		kind = take(s);

	return kind < 240 ? kind : take64(s) >> (kind % 16);
}

/* --- two values in one input ---------------------------------------------- */

/* Two bytes tell how many bytes the first one has; the rest is the second. */
typedef struct halves
{
	const uint8_t *a;
	const uint8_t *b;
	size_t		na,
				nb;
} halves;

static inline halves
split(const uint8_t *data, size_t nbytes)
{
	size_t		rest = nbytes < 2 ? 0 : nbytes - 2;
	size_t		na = nbytes < 2 ? 0 : data[0] + ((size_t) data[1] << 8);

	if (na > rest)
		na = rest;
	return (halves) {data + nbytes - rest, data + nbytes - rest + na, na,
	rest - na};
}

static inline void
join(uint8_t *data, buffer a, buffer b)
{
	data[0] = (uint8_t) a.nbytes;
	data[1] = (uint8_t) (a.nbytes >> 8);
	memcpy(data + 2, a.bytes, a.nbytes);
	memcpy(data + 2 + a.nbytes, b.bytes, b.nbytes);
}

/* --- values to start from ------------------------------------------------- */

/*
 * The targets that run scripts leave what they make in two directories of the one
 * that FUZZ_KEEP names, if any: values for the targets that take one, and pairs
 * for those that take two.
 */
static inline void
keep(const char *kind, buffer b)
{
	const char *directory = getenv("FUZZ_KEEP");
	char		name[1024];
	FILE	   *file;

	if (directory == NULL)
		return;
	snprintf(name, sizeof(name), "%s/%s/%016llx", directory, kind,
			 (unsigned long long) seed_of(b.bytes, b.nbytes));
	file = fopen(name, "wb");
	require(file != NULL && fwrite(b.bytes, 1, b.nbytes, file) == b.nbytes &&
			fclose(file) == 0, name);
}

static inline void
keep_pair(buffer a, buffer b)
{
	buffer		both = new_buffer(2 + a.nbytes + b.nbytes);

	join(both.bytes, a, b);
	keep("pair", both);
	free_buffer(&both);
}

/* --- mutations ------------------------------------------------------------ */

/* Makes bytes that open the value that they would be, packed, where there is room
 * for it; returns their new number. */
typedef size_t (*repairer) (uint8_t *bytes, size_t nbytes, size_t room);

static inline size_t
put_back(uint8_t *bytes, size_t nbytes, size_t room, buffer *repaired)
{
	if (repaired->nbytes > 0 && repaired->nbytes <= room)
	{
		nbytes = repaired->nbytes;
		memcpy(bytes, repaired->bytes, nbytes);
	}
	free_buffer(repaired);
	return nbytes;
}

/*
 * libFuzzer's own mutation, after which in a quarter of all cases the front, with
 * the header, is as before, and in another the value is right again.
 */
static inline size_t
mutate_value(uint8_t *bytes, size_t nbytes, size_t room, unsigned seed,
			 repairer repair)
{
	uint8_t		front[40];
	size_t		kept = 1 + seed / 4 % sizeof(front);

	kept = kept < nbytes ? kept : nbytes;
	memcpy(front, bytes, kept);
	nbytes = LLVMFuzzerMutate(bytes, nbytes, room);
	if (seed % 4 == 0)
		memcpy(bytes, front, kept < nbytes ? kept : nbytes);
	return seed % 4 == 1 ? repair(bytes, nbytes, room) : nbytes;
}

/* Mutates one of two values, in the room that the other one leaves. */
static inline size_t
mutate_half(uint8_t *data, size_t nbytes, size_t room, unsigned seed,
			repairer repair)
{
	halves		h = split(data, nbytes);
	bool		is_a = seed % 2 == 0;
	size_t		others = is_a ? h.nb : h.na;
	buffer		mine = new_buffer(room);
	buffer		other = copy_bytes(is_a ? h.b : h.a, others);

	mine.nbytes = is_a ? h.na : h.nb;
	memcpy(mine.bytes, is_a ? h.a : h.b, mine.nbytes);
	mine.nbytes = mutate_value(mine.bytes, mine.nbytes, room - 2 - others,
							   seed / 2, repair);
	join(data, is_a ? mine : other, is_a ? other : mine);
	nbytes = 2 + mine.nbytes + others;
	free_buffer(&mine);
	free_buffer(&other);
	return nbytes;
}

static inline size_t
mutate_pair(uint8_t *data, size_t nbytes, size_t room, unsigned seed,
			repairer repair)
{
	halves		h = split(data, nbytes);

	if (room < h.na + h.nb + 3)
		return LLVMFuzzerMutate(data, nbytes, room);
	return mutate_half(data, nbytes, room, seed, repair);
}

#endif							/* FUZZ_H */
