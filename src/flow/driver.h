/*
 * Plain git's part of merging by structure: `git upgrade merge-file` as the
 * merge driver "upgrade" of this repository (git/driver.h).
 *
 *	merge.upgrade.name, .driver	in the repository's own configuration
 *	$GIT_COMMON_DIR/info/attributes	which paths it is for: a block between
 *					two lines of ours
 *
 * That file outranks every .gitattributes of the tree.  So the block comes
 * first in it, before what others wrote there; what the tree says of merging
 * is repeated in the block, to hold as before; and lock files are left to
 * whatever merged them without us.
 *
 * The command checks whether git-upgrade is there.  For a driver that cannot
 * be started git leaves our side in the file, without a marker, and whoever
 * adds it loses the other.
 */
#ifndef FLOW_DRIVER_H
#define FLOW_DRIVER_H

#include "base/buf.h"
#include "base/error.h"
#include "flow/hooks.h"
#include "git/repo.h"
#include "model/profile.h"

struct merge_driver {
	/*
	 * HOOK_ABSENT, _INSTALLED, _OUTDATED (ours, but not all of it is as
	 * it should be), _FOREIGN, or _REGISTERED: it runs us, but somebody
	 * else has set that up.
	 */
	enum hook_state state;
	char *path;		/* of the attributes */
	char *command;		/* what git runs now; NULL: nothing */
	struct buf text;	/* what the file holds */
	size_t at, len;		/* our block in it; 0, 0: none */
	struct buf block;	/* what it is to be */
};

#define MERGE_DRIVER_INIT { .text = BUF_INIT, .block = BUF_INIT }

/* `profile` says which files are lock files; NULL: not known. */
int merge_driver_read(struct merge_driver *d, struct repo *r,
		      const struct profile *profile, struct error *err);
/* Refuses where that name is somebody else's driver. */
int merge_driver_install(struct merge_driver *d, struct repo *r,
			 struct error *err);
/* Exactly what is ours; 1 when there was something, 0, -1. */
int merge_driver_remove(struct merge_driver *d, struct repo *r,
			struct error *err);
/* Would merge_driver_remove() find something? */
int merge_driver_is_there(const struct merge_driver *d);
void merge_driver_release(struct merge_driver *d);

/* flow/driver_block.c: the lines between which all is ours, included. */
int driver_block_make(struct buf *block, struct repo *r,
		      const struct profile *profile, struct error *err);
/* What the tree's own attributes say of merging, in the words of one file. */
struct driver_repeat {
	struct buf *out;		/* borrowed */
	const char *dir;		/* of the file; "": the top */
	struct strmap macros;		/* what those of the tree stand for */
};

/* One file of them after the other, from the top down. */
void driver_repeat(struct driver_repeat *p, const struct buf *text);
void driver_repeat_release(struct driver_repeat *p);
/* 1 and where it is, or 0. */
int driver_block_find(const struct buf *text, size_t *at, size_t *len);

#endif
