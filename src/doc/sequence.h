/*
 * Two sequences that began as one, and what becomes of both together.
 *
 * What is in them are numbers; equal ones stand for what is the same.  The
 * longest common subsequence tells what stayed, by E. Myers, "An O(ND)
 * Difference Algorithm and Its Variations" (1986).  Beyond 2,000 differences
 * the middle that differs is taken for new as a whole, so time and memory
 * have a bound.
 *
 * Unlike in a merge of lines, changes that only touch are none of each
 * other's business: one side may remove an entry, and the other add one
 * behind it.  They clash where they overlap, where both add at the same
 * place or add the same beside each other, and where it cannot be told which
 * of some new entries replace old ones that the other side's addition stands
 * beside.
 */
#ifndef DOC_SEQUENCE_H
#define DOC_SEQUENCE_H

#include <stddef.h>

struct sequence {
	const size_t *v;
	size_t nr;
};

enum sequence_outcome {
	SEQUENCE_SAME,		/* in all three */
	SEQUENCE_OURS,		/* only ours differs from the base */
	SEQUENCE_THEIRS,
	SEQUENCE_BOTH,		/* both differ, in the same way */
	SEQUENCE_CLASH
};

/* In each of the three a run of neighbours; all runs together are all. */
struct sequence_run {
	enum sequence_outcome outcome;
	size_t base, base_nr, ours, ours_nr, theirs, theirs_nr;
};

struct sequence_merge {
	struct sequence_run *v;
	size_t nr, alloc;
};

#define SEQUENCE_MERGE_INIT { NULL, 0, 0 }
#define SEQUENCE_NOWHERE ((size_t)-1)

/* For each of `a` where it is in `b`, or SEQUENCE_NOWHERE; free(). */
size_t *sequence_match(struct sequence a, struct sequence b);
void sequence_merge(struct sequence_merge *m, struct sequence base,
		    struct sequence ours, struct sequence theirs);
void sequence_merge_release(struct sequence_merge *m);

#endif
