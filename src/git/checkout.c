#include "git/checkout.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "git/object.h"
#include "git/ref.h"
#include "git/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Keeps the tree of the operation from `git gc`; per work tree. */
#define KEEP_REF "refs/worktree/upgrade/tree"

/* How long a lock may be slow rather than left behind, in milliseconds. */
#define LOCK_PATIENCE 1000

/* What an apply works with in `dir`, beside its journal. */
static const char *const apply_files[] = {
	"index", "index.old", "mylock", NULL
};

static void remove_files(const char *dir, const char *const *names)
{
	for (; *names; names++) {
		char *path = path_join(dir, *names);

		unlink(path);
		free(path);
	}
}

/* With the lock in our hands, nobody alive holds or needs these. */
static void sweep(struct repo *r, const char *dir)
{
	static const char *const locks[] = {
		"journal.lock", "state.lock", "record.lock", "index.lock",
		NULL
	};
	struct error ignored = ERROR_INIT;
	char *lock = repo_path(r, KEEP_REF ".lock");
	char *scratch = path_join(dir, "scratch");

	remove_files(dir, locks);
	unlink(lock);
	remove_tree(scratch, &ignored);
	repo_sweep_temp(r);
	if (!checkout_interrupted(dir))
		remove_files(dir, apply_files);
	error_release(&ignored);
	free(lock);
	free(scratch);
}

/*
 * The lock file goes when the lock does.  So whoever locked a file must see
 * that it is still the one with the name.
 */
static int is_named(int fd, const char *path)
{
	struct stat ours, named;

	return !fstat(fd, &ours) && !stat(path, &named) &&
	       ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

int checkout_lock(int *fd, struct repo *r, const char *dir, struct error *err)
{
	char *path = path_join(dir, "lock");
	int ret = -1;

	do {
		if (*fd >= 0)
			close(*fd);
		*fd = -1;
		if (make_dirs(dir, err) < 0)
			goto out;
		/* git children that outlive us are to hold it too. */
		*fd = open(path, O_RDWR | O_CREAT, 0666);
		if (*fd < 0 && errno != ENOENT) {
			error_errno(err, "cannot open '%s'", path);
			goto out;
		}
		if (*fd >= 0 && flock(*fd, LOCK_EX | LOCK_NB) < 0) {
			close(*fd);
			*fd = -1;
			error_set(err, ERROR_REFUSED, "another git upgrade "
				  "is at work in this work tree");
			error_hint(err, "wait until it is done and try again");
			goto out;
		}
	} while (*fd < 0 || !is_named(*fd, path));
	sweep(r, dir);
	ret = 0;
out:
	free(path);
	return ret;
}

void checkout_unlock(int *fd, const char *dir)
{
	char *path = path_join(dir, "lock");

	unlink(path);
	rmdir(dir);
	close(*fd);
	*fd = -1;
	free(path);
}

/*
 * A folder that holds nothing but tracked files is no loss where a file or
 * a link replaces it: git takes those away itself.
 */
static int holds_untracked(const struct repo *r, const char *path)
{
	struct error ignored = ERROR_INIT;
	struct buf out = BUF_INIT;
	char *spec = xstrfmt(":(top,literal)%s/", path);
	int code = git_try(r, &out, &ignored, "ls-files", "--others", "-z",
			   "--", spec, NULL);
	int yes = code || out.len;

	error_release(&ignored);
	buf_release(&out);
	free(spec);
	return yes;
}

/* Something is there that a new entry would replace. */
static int is_in_the_way(const struct repo *r, const char *path,
			 unsigned mode)
{
	char *full = path_join(r->work_tree, path);
	struct stat st;
	int yes = !lstat(full, &st);

	/* A folder serves a submodule. */
	if (yes && S_ISDIR(st.st_mode))
		yes = mode != 0160000 && !dir_is_empty(full) &&
		      holds_untracked(r, path);
	free(full);
	return yes;
}

static int is_no_folder(const struct repo *r, const char *path)
{
	char *full = path_join(r->work_tree, path);
	struct stat st;
	int yes = !lstat(full, &st) && !S_ISDIR(st.st_mode);

	free(full);
	return yes;
}

/*
 * read-tree -n finds untracked files and local changes, but passes ignored
 * files, which the real move would overwrite without a word.
 */
static void find_ignored(struct strvec *paths, const struct repo *r,
			 const struct tree_diff *d)
{
	for (size_t i = 0; i < d->nr; i++) {
		const char *path = d->v[i].path;
		char *parent;

		if (d->v[i].old_mode)
			continue;
		if (is_in_the_way(r, path, d->v[i].new_mode)) {
			strvec_push(paths, path);
			continue;
		}
		/* A file where a folder is to be, unless it is going too. */
		for (const char *p = strchr(path, '/'); p;
		     p = strchr(p + 1, '/')) {
			const struct tree_change *c;

			parent = xmemdupz(path, (size_t)(p - path));
			c = tree_diff_find(d, parent);
			if (!(c && c->old_mode) && is_no_folder(r, parent))
				strvec_push(paths, parent);
			free(parent);
		}
	}
}

/* "error: Entry 'PATH' not uptodate. Cannot merge." and the like. */
static void parse_obstacles(struct strvec *paths, const char *said)
{
	struct strvec lines = STRVEC_INIT;

	strvec_split(&lines, said, '\n');
	for (size_t i = 0; i < lines.nr; i++) {
		const char *rest = skip_prefix(lines.v[i], "error: ");
		const char *name = rest ? strchr(rest, '\'') : NULL;
		const char *end = NULL;

		/* The name may hold quotes: the last one ends it. */
		for (const char *p = name ? name + 1 : NULL;
		     p && (p = strstr(p, "' ")); p++)
			end = p;
		if (end)
			strvec_push_nodup(paths,
					  xmemdupz(name + 1,
						   (size_t)(end - name - 1)));
	}
	strvec_release(&lines);
}

/*
 * A copy of an index keeps its time: what is not older than its index git
 * compares by content, because a change within the same second may not show.
 */
static int copy_index(const char *from, const char *to, struct error *err)
{
	struct buf b = BUF_INIT;
	struct stat st;
	int ret = -1;

	/* An absent index is an empty one. */
	if (stat(from, &st) < 0 && errno == ENOENT) {
		ret = 0;
	} else if (!file_read(from, &b, err)) {
		struct timespec times[2] = { st.st_atim, st.st_mtim };

		unlink(to);
		ret = file_create(to, b.s, b.len, 0666, err);
		if (!ret && utimensat(AT_FDCWD, to, times, 0) < 0)
			ret = error_errno(err, "cannot write '%s'", to);
	}
	buf_release(&b);
	return ret;
}

/* The same repository, on another index file; strvec_release(&own.env). */
static struct repo on_index(const struct repo *r, const char *index)
{
	struct repo own = *r;

	own.objects = (struct conversation)CONVERSATION_INIT;
	strvec_init(&own.env);
	strvec_pushv(&own.env, r->env.v);
	strvec_pushf(&own.env, "GIT_INDEX_FILE=%s", index);
	return own;
}

/* Else files that were merely touched look changed to read-tree. */
static void refresh(struct repo *r, struct error *err)
{
	git_try(r, NULL, err, "update-index", "-q", "--refresh", NULL);
}

/* On a copy of the index, so that git's own need not be locked yet. */
static int try_move(struct strvec *paths, struct repo *r, const char *dir,
		    const struct checkout_move *m, struct error *err)
{
	char *real = repo_git_path(r, "index", err);
	char *index = path_join(dir, "index");
	struct repo own = on_index(r, index);
	struct proc p = PROC_INIT;
	struct buf said = BUF_INIT;
	int ret = -1;

	git_proc(&p, &own, "read-tree", "-m", "-u", "-n",
		 "--no-recurse-submodules", m->head, m->tree, NULL);
	/* Its words are read. */
	strvec_pushl(&p.env, "LC_ALL=C", "LANGUAGE", NULL);
	p.err = &said;
	p.quiet_out = 1;
	if (!real || copy_index(real, index, err) < 0)
		goto out;
	refresh(&own, err);
	if (proc_run(&p, err) < 0)
		goto out;
	ret = 0;
	if (p.status) {
		size_t before = paths->nr;

		parse_obstacles(paths, said.s);
		buf_rtrim(&said);
		if (paths->nr == before)
			ret = error_set(err, ERROR_FATAL, "%s", said.s);
	}
out:
	strvec_release(&own.env);
	proc_release(&p);
	buf_release(&said);
	free(real);
	free(index);
	return ret;
}

int checkout_obstacles(struct strvec *paths, struct repo *r,
		       const struct checkout_move *m, struct error *err)
{
	struct tree_diff d = TREE_DIFF_INIT;
	struct error ignored = ERROR_INIT;
	char *dir = NULL;
	int ret = -1;

	if (tree_diff_read(&d, r, m->head, m->tree, 0, err) < 0)
		goto out;
	find_ignored(paths, r, &d);
	dir = repo_temp_dir(r, err);
	if (!dir || try_move(paths, r, dir, m, err) < 0)
		goto out;
	strvec_sort(paths, 1);
	ret = 0;
out:
	if (dir)
		remove_tree(dir, &ignored);
	error_release(&ignored);
	tree_diff_release(&d);
	free(dir);
	return ret;
}

/* What an apply works with; all names are its own. */
struct apply {
	struct repo *r;
	struct repo with_index;		/* the same, on our index */
	const struct checkout_move *m;
	char *journal, *index, *index_lock, *old, *mylock;
	char *real, *real_lock;		/* git's index and its lock */
};

static int apply_init(struct apply *a, struct repo *r, const char *dir,
		      const struct checkout_move *m, struct error *err)
{
	memset(a, 0, sizeof(*a));
	a->r = r;
	a->m = m;
	a->journal = path_join(dir, "journal");
	a->index = path_join(dir, "index");
	a->index_lock = path_join(dir, "index.lock");
	a->old = path_join(dir, "index.old");
	a->mylock = path_join(dir, "mylock");
	a->real = repo_git_path(r, "index", err);
	if (!a->real)
		return -1;
	a->real_lock = xstrfmt("%s.lock", a->real);
	a->with_index = on_index(r, a->index);
	return 0;
}

static void apply_release(struct apply *a)
{
	if (a->real)
		strvec_release(&a->with_index.env);
	free(a->journal);
	free(a->index);
	free(a->index_lock);
	free(a->old);
	free(a->mylock);
	free(a->real);
	free(a->real_lock);
}

static int write_journal(struct apply *a, const char *tree_commit,
			 struct error *err)
{
	struct buf b = BUF_INIT;
	int ret;

	buf_addf(&b, "head %s\ntree %s\nkeep %s\n", a->m->head, a->m->tree,
		 tree_commit);
	ret = file_replace(a->journal, b.s, b.len, 0666, err);
	buf_release(&b);
	return ret;
}

/* A commit of the new tree under a ref, so that gc keeps its objects. */
static char *keep_tree(struct apply *a, struct error *err)
{
	struct proc p = PROC_INIT;
	struct buf out = BUF_INIT;
	char *commit = NULL;

	git_proc(&p, a->r, "-c", "commit.gpgSign=false", "commit-tree",
		 "-m", "upgrade in progress", "-p", a->m->head, a->m->tree,
		 NULL);
	p.out = &out;
	if (!git_check(&p, err)) {
		buf_rtrim(&out);
		commit = buf_detach(&out);
	}
	if (commit && git_run(a->r, NULL, err, "update-ref", KEEP_REF, commit,
			      NULL) < 0)
		FREE_AND_NULL(commit);
	proc_release(&p);
	buf_release(&out);
	return commit;
}

/* Take index.lock by a link to a file of ours: the inode proves whose. */
static int take_index_lock(struct apply *a, struct error *err)
{
	unlink(a->mylock);
	if (file_create(a->mylock, "", 0, 0666, err) < 0)
		return -1;
	if (!link(a->mylock, a->real_lock))
		return 0;
	if (errno == EEXIST) {
		error_set(err, ERROR_FATAL, "'%s' exists", a->real_lock);
		error_hint(err, "another git process is at work in this "
			   "repository; if none is, remove that file");
		return -1;
	}
	return error_errno(err, "cannot lock the index");
}

static int owns_index_lock(const struct apply *a)
{
	struct stat mine, theirs;

	return !stat(a->mylock, &mine) && !stat(a->real_lock, &theirs) &&
	       mine.st_ino == theirs.st_ino && mine.st_dev == theirs.st_dev;
}

/*
 * Bring the files and our index to the new tree: git looks whether it can
 * before it touches the first file.
 */
static int move_files(struct apply *a, struct error *err)
{
	return git_run(&a->with_index, NULL, err, "read-tree", "-m", "-u",
		       "--no-recurse-submodules", a->m->head, a->m->tree,
		       NULL);
}

/* Paths a sparse checkout leaves out of the work tree. */
static int read_skipped(struct strmap *skipped, struct repo *r,
			struct error *err)
{
	struct buf out = BUF_INIT;
	int ret = 0;

	if (!repo_config_bool(r, "core.sparseCheckout", 0))
		return 0;
	ret = git_run(r, &out, err, "ls-files", "-t", "-z", NULL);
	for (const char *at = out.s; !ret && at < out.s + out.len;
	     at += strlen(at) + 1)
		if (*at == 'S')
			strmap_put(skipped, at + 2, NULL);
	buf_release(&out);
	return ret;
}

/* Conflicted files must be in the work tree even where sparse skips them. */
static int show_skipped(struct apply *a, struct error *err)
{
	struct strmap skipped = STRMAP_INIT;
	struct buf in = BUF_INIT;
	int ret = read_skipped(&skipped, &a->with_index, err);

	for (size_t i = 0; !ret && i < a->m->nr_stages; i++) {
		const char *path = a->m->stages[i].path;

		if (strmap_has(&skipped, path))
			buf_add(&in, path, strlen(path) + 1);
	}
	if (in.len &&
	    (git_feed(&a->with_index, &in, NULL, err, "update-index",
		      "--no-skip-worktree", "-z", "--stdin", NULL) < 0 ||
	     git_feed(&a->with_index, &in, NULL, err, "checkout-index", "-f",
		      "-u", "-q", "-z", "--stdin", NULL) < 0))
		ret = -1;
	buf_release(&in);
	strmap_release(&skipped);
	return ret;
}

static int write_stages(struct apply *a, struct error *err)
{
	struct buf in = BUF_INIT;
	struct strvec paths = STRVEC_INIT;
	int ret = -1;

	if (!a->m->nr_stages)
		return 0;
	if (show_skipped(a, err) < 0)
		goto out;
	for (size_t i = 0; i < a->m->nr_stages; i++)
		strvec_push(&paths, a->m->stages[i].path);
	strvec_sort(&paths, 1);
	for (size_t i = 0; i < paths.nr; i++) {
		buf_addf(&in, "0 %0*d\t%s", (int)a->r->hexsz, 0, paths.v[i]);
		buf_addc(&in, '\0');
	}
	for (size_t i = 0; i < a->m->nr_stages; i++) {
		const struct merge_stage *s = &a->m->stages[i];

		buf_addf(&in, "%06o %s %d\t%s", s->mode, s->oid, s->stage,
			 s->path);
		buf_addc(&in, '\0');
	}
	ret = git_feed(&a->with_index, &in, NULL, err, "update-index", "-z",
		       "--index-info", NULL);
out:
	buf_release(&in);
	strvec_release(&paths);
	return ret;
}

static int put_file(struct apply *a, const char *name, const char *text,
		    struct error *err)
{
	char *path = repo_path(a->r, name);
	int ret = file_replace(path, text, strlen(text), 0666, err);

	free(path);
	return ret;
}

/* The files that make it an ordinary merge in progress; MERGE_HEAD last. */
static int write_merge_files(struct apply *a, struct error *err)
{
	struct buf b = BUF_INIT;
	int ret = -1;

	buf_addf(&b, "%s\n", a->m->head);
	if (git_run(a->r, NULL, err, "update-ref", "--no-deref", "ORIG_HEAD",
		    a->m->head, NULL) < 0)
		goto out;
	buf_reset(&b);
	buf_addf(&b, "%s\n", a->m->tree);
	if ((a->m->nr_stages && put_file(a, "AUTO_MERGE", b.s, err) < 0) ||
	    put_file(a, "MERGE_MSG", a->m->message, err) < 0)
		goto out;
	if (a->m->merge_head) {
		/* Else commit drops a parent the other one contains. */
		if (put_file(a, "MERGE_MODE", "no-ff", err) < 0)
			goto out;
		buf_reset(&b);
		buf_addf(&b, "%s\n", a->m->merge_head);
		if (put_file(a, "MERGE_HEAD", b.s, err) < 0)
			goto out;
	}
	ret = 0;
out:
	buf_release(&b);
	return ret;
}

static int fill_index_lock(const struct apply *a, int fd, const struct buf *b)
{
	struct timespec times[2];
	struct stat st;

	/* In a shared repository others must be able to read it. */
	if (!stat(a->real, &st) && fchmod(fd, st.st_mode & 0777) < 0)
		return -1;
	if (write_full(fd, b->s, b->len) < 0 || stat(a->index, &st) < 0)
		return -1;
	/* As in copy_index(). */
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	if (futimens(fd, times) < 0)
		return -1;
	return fsync(fd);
}

/* Our index becomes git's: into the lock, to disk, renamed. */
static int install_index(struct apply *a, struct error *err)
{
	struct buf b = BUF_INIT;
	int fd = -1, ret = -1;

	if (file_read(a->index, &b, err) < 0)
		goto out;
	fd = open(a->mylock, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0 || fill_index_lock(a, fd, &b) < 0 ||
	    rename(a->real_lock, a->real) < 0) {
		error_errno(err, "cannot write the index");
		goto out;
	}
	fsync_dir(a->r->git_dir);
	ret = 0;
out:
	if (fd >= 0)
		close(fd);
	buf_release(&b);
	return ret;
}

void checkout_forget(struct repo *r, const char *dir)
{
	struct error ignored = ERROR_INIT;
	char *journal = path_join(dir, "journal");

	unlink(journal);
	fsync_dir(dir);
	remove_files(dir, apply_files);
	git_run(r, NULL, &ignored, "update-ref", "-d", KEEP_REF, NULL);
	error_release(&ignored);
	free(journal);
}

static int head_is_still(struct apply *a, struct error *err)
{
	char *head = head_commit(a->r);
	int same = head && !strcmp(head, a->m->head);

	free(head);
	if (!same)
		return error_set(err, ERROR_REFUSED,
				 "HEAD moved while the upgrade was prepared");
	return 0;
}

int checkout_apply(struct repo *r, const char *dir,
		   const struct checkout_move *m, struct error *err)
{
	struct apply a;
	struct error ignored = ERROR_INIT;
	char *keep = NULL;
	int touched = 0, ret = -1;

	if (apply_init(&a, r, dir, m, err) < 0)
		goto out;
	keep = keep_tree(&a, err);
	if (!keep || copy_index(a.real, a.index, err) < 0 ||
	    copy_index(a.real, a.old, err) < 0 ||
	    write_journal(&a, keep, err) < 0)
		goto undo;
	refresh(&a.with_index, err);
	if (take_index_lock(&a, err) < 0 || head_is_still(&a, err) < 0)
		goto undo;
	touched = 1;
	if (move_files(&a, err) < 0 || write_stages(&a, err) < 0 ||
	    write_merge_files(&a, err) < 0 || install_index(&a, err) < 0)
		goto undo;
	checkout_forget(r, dir);
	if (m->nr_stages)
		git_run(r, NULL, &ignored, "rerere", NULL);
	ret = 0;
	goto out;
undo:
	if (touched) {
		if (checkout_restore(r, dir, &ignored) < 0) {
			error_hint(err, "the work tree is half changed: %s",
				   ignored.message);
			error_hint(err, "mend that, then go back with \"git "
				   "upgrade merge --abort\"");
			err->changed = 1;
		}
	} else {
		if (owns_index_lock(&a))
			unlink(a.real_lock);
		checkout_forget(r, dir);
	}
out:
	free(keep);
	error_release(&ignored);
	apply_release(&a);
	return ret;
}

int checkout_interrupted(const char *dir)
{
	char *journal = path_join(dir, "journal");
	int yes = file_exists(journal);

	free(journal);
	return yes;
}

/* What git would write for a blob at a path: content after its filters. */
static int smudged(struct repo *r, const char *oid, const char *path,
		   struct buf *out, struct error *err)
{
	struct buf arg = BUF_INIT;
	int ret;

	buf_addf(&arg, "--path=%s", path);
	ret = git_run(r, out, err, "cat-file", "--filters", arg.s, oid, NULL);
	buf_release(&arg);
	return ret;
}

/*
 * May the file be put back?  Yes when it is absent, is the old or the new
 * content, or the beginning of the new: what the killed move was writing.
 */
static int is_ours(struct repo *r, const struct tree_change *c,
		   struct error *err)
{
	char *full = path_join(r->work_tree, c->path);
	struct buf have = BUF_INIT, want = BUF_INIT;
	struct stat st;
	int yes = 1;

	if (lstat(full, &st) || !S_ISREG(st.st_mode))
		goto out;
	yes = 0;
	if (file_read(full, &have, err) < 0)
		goto out;
	if ((c->new_mode & 0170000) == 0100000 &&
	    !smudged(r, c->new_oid, c->path, &want, err))
		yes = have.len <= want.len &&
		      !memcmp(have.s, want.s, have.len);
	buf_reset(&want);
	if (!yes && (c->old_mode & 0170000) == 0100000 &&
	    !smudged(r, c->old_oid, c->path, &want, err))
		yes = have.len <= want.len &&
		      !memcmp(have.s, want.s, have.len);
out:
	buf_release(&have);
	buf_release(&want);
	free(full);
	return yes;
}

static int read_journal(struct apply *a, struct checkout_move *m,
			struct strvec *lines, struct error *err)
{
	struct buf b = BUF_INIT;
	int ret = -1;

	if (file_read(a->journal, &b, err) < 0)
		goto out;
	strvec_split(lines, b.s, '\n');
	if (lines->nr < 2 || !starts_with(lines->v[0], "head ") ||
	    !starts_with(lines->v[1], "tree ")) {
		error_set(err, ERROR_FATAL, "'%s' does not read", a->journal);
		goto out;
	}
	m->head = lines->v[0] + 5;
	m->tree = lines->v[1] + 5;
	ret = 0;
out:
	buf_release(&b);
	return ret;
}

static void remove_moved(struct repo *r, const char *path)
{
	char *full = path_join(r->work_tree, path);

	/* Of a submodule just the folder made for it. */
	if (unlink(full) < 0)
		rmdir(full);
	/* Folders it was alone in; a non-empty one ends it. */
	for (;;) {
		char *slash = strrchr(full, '/');

		if (!slash || (size_t)(slash - full) <= strlen(r->work_tree))
			break;
		*slash = '\0';
		if (rmdir(full) < 0 && errno != ENOENT)
			break;
	}
	free(full);
}

/*
 * Take what was moved away again, and write the old files anew from the
 * index of `r`.  All are removed first: by its times and size alone, which
 * is all git looks at, a new file may well pass for the old one.
 */
static int write_old_files(struct repo *r, const struct tree_diff *d,
			   struct error *err)
{
	struct strmap skipped = STRMAP_INIT;
	struct buf in = BUF_INIT;
	int ret = read_skipped(&skipped, r, err);

	for (size_t i = 0; !ret && i < d->nr; i++) {
		const char *path = d->v[i].path;

		remove_moved(r, path);
		if (d->v[i].old_mode && !strmap_has(&skipped, path))
			buf_add(&in, path, strlen(path) + 1);
	}
	if (!ret && in.len)
		ret = git_feed(r, &in, NULL, err, "checkout-index", "-f",
			       "-u", "-q", "-z", "--stdin", NULL);
	strmap_release(&skipped);
	buf_release(&in);
	return ret;
}

static int put_back_files(struct apply *a, const struct tree_diff *d,
			  struct error *err)
{
	unlink(a->index);
	/* The git that was killed may have held it. */
	unlink(a->index_lock);
	if (copy_index(a->old, a->index, err) < 0)
		return -1;
	return write_old_files(&a->with_index, d, err);
}

void checkout_end_merge(const struct repo *r)
{
	static const char *const names[] = {
		"MERGE_HEAD", "MERGE_MODE", "MERGE_MSG", "MERGE_RR",
		"AUTO_MERGE",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char *path = repo_path(r, names[i]);
		char *lock = xstrfmt("%s.lock", path);

		unlink(path);
		unlink(lock);
		free(path);
		free(lock);
	}
}

static int check_edits(struct repo *r, const struct tree_diff *d,
		       struct error *err)
{
	struct error ignored = ERROR_INIT;
	struct strvec foreign = STRVEC_INIT;
	int ret = 0;

	for (size_t i = 0; i < d->nr; i++)
		if (!is_ours(r, &d->v[i], &ignored))
			strvec_push(&foreign, d->v[i].path);
	if (foreign.nr) {
		ret = error_set(err, ERROR_REFUSED, "%zu file%s changed since "
				"the upgrade was interrupted", foreign.nr,
				foreign.nr == 1 ? " was" : "s were");
		for (size_t i = 0; i < foreign.nr; i++)
			error_hint(err, "  %s", foreign.v[i]);
		error_hint(err, "put them somewhere else, then try again");
	}
	error_release(&ignored);
	strvec_release(&foreign);
	return ret;
}

int checkout_restore(struct repo *r, const char *dir, struct error *err)
{
	struct apply a;
	struct checkout_move m = { NULL, NULL, NULL, 0, NULL, NULL };
	struct tree_diff d = TREE_DIFF_INIT;
	struct strvec lines = STRVEC_INIT;
	int ret = -1;

	if (apply_init(&a, r, dir, &m, err) < 0 ||
	    read_journal(&a, &m, &lines, err) < 0)
		goto out;
	if (!owns_index_lock(&a) && take_index_lock(&a, err) < 0)
		goto out;
	if (tree_diff_read(&d, r, m.head, m.tree, 0, err) < 0 ||
	    check_edits(r, &d, err) < 0) {
		unlink(a.real_lock);
		goto out;
	}
	checkout_end_merge(r);
	if (put_back_files(&a, &d, err) < 0 || install_index(&a, err) < 0)
		goto out;
	checkout_forget(r, dir);
	ret = 0;
out:
	apply_release(&a);
	tree_diff_release(&d);
	strvec_release(&lines);
	return ret;
}

int checkout_superseded(struct repo *r, const char *dir)
{
	struct error ignored = ERROR_INIT;
	struct checkout_move m = { NULL, NULL, NULL, 0, NULL, NULL };
	struct strvec lines = STRVEC_INIT;
	struct apply a;
	char *head = head_commit(r);
	int yes = 0;

	if (!apply_init(&a, r, dir, &m, &ignored) &&
	    !read_journal(&a, &m, &lines, &ignored))
		yes = head && strcmp(head, m.head) && !owns_index_lock(&a);
	error_release(&ignored);
	apply_release(&a);
	strvec_release(&lines);
	free(head);
	return yes;
}

/* Wait for whoever holds it, then take it away. */
static void break_lock(char *path)
{
	const struct timespec pause = { 0, 20 * 1000 * 1000 };

	for (int ms = 0; file_exists(path) && ms < LOCK_PATIENCE; ms += 20)
		nanosleep(&pause, NULL);
	unlink(path);
	free(path);
}

void checkout_break_locks(const struct repo *r, const char *dir,
			  const char *branch)
{
	static const char *const names[] = {
		"HEAD.lock", "ORIG_HEAD.lock", "MERGE_RR.lock",
		"MERGE_MSG.lock",
	};
	struct error ignored = ERROR_INIT;
	char *index = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		break_lock(repo_path(r, names[i]));
	break_lock(path_join(r->common_dir, "packed-refs.lock"));
	if (branch)
		break_lock(xstrfmt("%s/refs/heads/%s.lock", r->common_dir,
				   branch));
	if (!checkout_interrupted(dir))
		index = repo_git_path(r, "index", &ignored);
	if (index)
		break_lock(xstrfmt("%s.lock", index));
	error_release(&ignored);
	free(index);
}

/* An advance that was killed may have written files, but no index. */
static int undo_advance(struct repo *r, const char *now, const char *tree,
			struct error *err)
{
	struct tree_diff d = TREE_DIFF_INIT;
	int ret = tree_diff_read(&d, r, now, tree, 0, err);

	if (!ret)
		ret = check_edits(r, &d, err);
	if (!ret)
		ret = write_old_files(r, &d, err);
	tree_diff_release(&d);
	return ret;
}

int checkout_advance(struct repo *r, const char *tree, int again,
		     struct error *err)
{
	char *now = git_line(r, err, "write-tree", NULL);
	int ret = -1;

	if (now && (!again || !undo_advance(r, now, tree, err)))
		ret = git_run(r, NULL, err, "read-tree", "-m", "-u",
			      "--no-recurse-submodules", now, tree, NULL);
	free(now);
	return ret;
}

const char *checkout_in_progress(const struct repo *r)
{
	static const struct {
		const char *file, *name;
	} states[] = {
		{ "MERGE_HEAD", "merge" },
		{ "CHERRY_PICK_HEAD", "cherry-pick" },
		{ "REVERT_HEAD", "revert" },
		{ "rebase-merge", "rebase" },
		{ "rebase-apply", "rebase" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		char *path = repo_path(r, states[i].file);
		int there = file_exists(path);

		free(path);
		if (there)
			return states[i].name;
	}
	return NULL;
}
