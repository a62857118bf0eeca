#include "deploy/backup_store.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "deploy/owner.h"
#include "deploy/place.h"
#include "model/backup.h"
#include "state/lock.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORD ".git-upgrade"
#define PARTIAL ".partial"
#define GOING ".going"
#define PUT ".put"

const char *backup_config(const struct platform *p)
{
	return p->place->is_one_folder ? "the configuration" :
					 PLATFORM_CONFIG " of the platform";
}

static int no_store(const struct platform *p, const struct environment *env,
		    struct error *err)
{
	error_set(err, ERROR_REFUSED, "nothing says where backups of %s are "
		  "to be kept", env->name);
	return error_hint(err, "make a folder for them, and say so in %s: "
			  "backup.store, or environments.%s.backup.store",
			  backup_config(p), env->name);
}

int backup_store_is_missing(const struct platform *p,
			    const struct environment *env)
{
	return !profile_backup_store(&p->profile, env) &&
	       !profile_backup_commands(&p->profile, env);
}

static int not_there(const char *path, struct error *err)
{
	error_errno(err, "the store '%s' is not there", path);
	err->kind = ERROR_REFUSED;
	return error_hint(err, "mount it, or make the folder; nothing that is "
			  "in it is listed as lost, and nothing is removed");
}

static int read_word(const char *path, struct buf *word, struct error *err)
{
	char *file = path_join(path, WORD);
	int ret = file_exists(file) ? file_read(file, word, err) : 0;

	buf_rtrim(word);
	free(file);
	return ret;
}

static int write_word(const char *path, struct buf *word, struct error *err)
{
	char *file = path_join(path, WORD), *nonce = lock_nonce_new(err);
	int ret = -1;

	if (nonce) {
		buf_adds(word, nonce);
		buf_addc(word, '\n');
		ret = file_replace(file, word->s, word->len, 0644, err);
		buf_rtrim(word);
	}
	if (ret < 0)
		error_hint(err, "the platform's user must be able to write "
			   "there");
	free(nonce);
	free(file);
	return ret;
}

static int is_another(const char *path, const char *note, struct error *err)
{
	error_set(err, ERROR_REFUSED, "'%s' is not the store that it was: what "
		  "should be mounted there may be missing", path);
	error_hint(err, "mount it, and try again");
	return error_hint(err, "or, if it is meant to be a new one: rm '%s'",
			  note);
}

/* The word that is there is the one that we know, or both are new. */
static int know(const char *path, const char *note, struct error *err)
{
	struct buf word = BUF_INIT, known = BUF_INIT;
	const char *where;
	int ret = read_word(path, &word, err);

	if (!ret && file_exists(note))
		ret = file_read(note, &known, err);
	buf_rtrim(&known);
	where = strchr(known.s, ' ');
	if (!ret && where && !strcmp(where + 1, path)) {
		if (!word.len || strncmp(known.s, word.s, word.len) ||
		    known.s[word.len] != ' ')
			ret = is_another(path, note, err);
	} else if (!ret) {
		if (!word.len)
			ret = write_word(path, &word, err);
		buf_addf(&word, " %s\n", path);
		if (!ret)
			ret = file_replace(note, word.s, word.len, 0600, err);
	}
	buf_release(&word);
	buf_release(&known);
	return ret;
}

static int make_dir(const char *path, struct error *err)
{
	if (!mkdir(path, 0700) || errno == EEXIST)
		return 0;
	return error_errno(err, "cannot create '%s'", path);
}

/* Its commands run here, whatever the environment's run through. */
static int open_commands(struct backup_store *s, struct platform *p,
			 const struct environment *env, struct error *err)
{
	char *dir = platform_dir(p, "stores", env->name, err);

	s->dir = dir ? path_join(dir, "put") : NULL;
	s->context = (struct step_context){
		.platform = p, .env = env->name, .commit = "",
		.dir = repo_top(&p->repo),
	};
	free(dir);
	return s->dir ? make_dir(s->dir, err) : -1;
}

int backup_store_open(struct backup_store *s, struct platform *p,
		      const struct environment *env, struct error *err)
{
	const char *path = profile_backup_store(&p->profile, env);
	char *dir = NULL, *note = NULL;
	struct stat st;
	int ret = -1;

	s->by = profile_backup_commands(&p->profile, env);
	if (s->by)
		return open_commands(s, p, env, err);
	if (!path)
		return no_store(p, env, err);
	if (stat(path, &st) < 0)
		return not_there(path, err);
	s->path = xstrdup(path);
	s->dir = path_join(path, env->name);
	s->device = st.st_dev;
	s->inode = st.st_ino;
	dir = platform_dir(p, "stores", env->name, err);
	note = dir ? path_join(dir, "known") : NULL;
	if (note && !know(path, note, err) && !make_dir(s->dir, err))
		ret = owner_claim_store(p, env, err);
	free(note);
	free(dir);
	return ret;
}

char *backup_store_fetched(const struct platform *p,
			   const struct environment *env, struct error *err)
{
	char *dir = platform_dir(p, "stores", env->name, err);
	char *path = dir ? path_join(dir, "fetched") : NULL;

	free(dir);
	return path;
}

void backup_store_release(struct backup_store *s)
{
	free(s->path);
	free(s->dir);
	*s = (struct backup_store)BACKUP_STORE_INIT;
}

int backup_store_check(const struct backup_store *s, struct error *err)
{
	struct stat st;

	if (s->by)
		return 0;
	if (stat(s->path, &st) < 0)
		return not_there(s->path, err);
	if (st.st_dev == s->device && st.st_ino == s->inode)
		return 0;
	error_set(err, ERROR_REFUSED, "the store '%s' is another one than a "
		  "moment ago", s->path);
	return error_hint(err, "something was mounted there, or no longer is");
}

char *backup_store_folder(const struct backup_store *s, const char *id)
{
	return path_join(s->dir, id);
}

char *backup_store_partial(const struct backup_store *s, const char *id)
{
	return xstrfmt("%s/.%s" PARTIAL, s->dir, id);
}

void backup_store_locate(const struct platform *p,
			 const struct environment *env, struct backup *b)
{
	const char *store = profile_backup_store(&p->profile, env);
	char *here = store ? xstrfmt("%s/%s/%s", store, env->name, b->id) :
			     NULL;

	if (b->folder && here && dir_exists(here)) {
		free(b->folder);
		b->folder = here;
	} else {
		free(here);
	}
}

int backup_store_lacks(const struct backup_store *s, const struct backup *b)
{
	char *here = backup_store_folder(s, b->id);
	int lacks = b->folder ? s->by || strcmp(b->folder, here) != 0 :
				b->nr_parts && !s->by;

	free(here);
	return lacks;
}

int backup_is_elsewhere(const struct environment *env, const struct backup *b,
			struct error *err)
{
	if (b->folder && !dir_exists(b->folder)) {
		error_set(err, ERROR_REFUSED, "the files of backup %s are not "
			  "in the store, nor in '%s'", b->id, b->folder);
		return error_hint(err, "bring them back to one of the two, "
				  "and try again");
	}
	if (b->folder)
		error_set(err, ERROR_REFUSED, "backup %s is in '%s', and "
			  "backup.store says otherwise now", b->id, b->folder);
	else
		error_set(err, ERROR_REFUSED, "backup %s is kept by commands, "
			  "and backup.store names none now", b->id);
	return error_hint(err, "put the former backup.store back, here or in "
			  "environments.%s, and try again", env->name);
}

static char *going_path(const struct backup_store *s, const char *id)
{
	return xstrfmt("%s/.%s" GOING, s->dir, id);
}

int backup_store_begin(const struct backup_store *s, const char *id,
		       struct error *err)
{
	char *partial = backup_store_partial(s, id);
	int ret = remove_tree(partial, err);

	if (!ret && mkdir(partial, 0700) < 0)
		ret = error_errno(err, "cannot create '%s'", partial);
	free(partial);
	return ret;
}

int backup_store_commit(const struct backup_store *s, const char *id,
			const char *manifest, size_t len, struct error *err)
{
	char *partial = backup_store_partial(s, id);
	char *folder = backup_store_folder(s, id);
	char *file = path_join(partial, MANIFEST);
	int ret = file_replace(file, manifest, len, 0600, err);

	if (!ret)
		ret = backup_store_check(s, err);
	if (!ret && (fsync_dir(partial) < 0 || rename(partial, folder) < 0 ||
		     fsync_dir(s->dir) < 0))
		ret = error_errno(err, "cannot write '%s'", folder);
	free(file);
	free(folder);
	free(partial);
	return ret;
}

static char *note_path(const char *folder, const char *artifact)
{
	return xstrfmt("%s/%s" PUT, folder, artifact);
}

int backup_store_note(const struct backup_store *s, const char *id,
		      const char *artifact, struct error *err)
{
	char *partial = backup_store_partial(s, id);
	char *path = note_path(partial, artifact);
	int ret = file_replace(path, "", 0, 0600, err);

	free(path);
	free(partial);
	return ret;
}

/* What was put, by the names that are in the folder. */
static void read_notes(const char *folder, struct strvec *names)
{
	DIR *d = opendir(folder);
	struct dirent *entry;

	while (d && (entry = readdir(d))) {
		size_t len = strlen(entry->d_name);
		char *name;

		if (!ends_with(entry->d_name, PUT))
			continue;
		name = xmemdupz(entry->d_name, len - strlen(PUT));
		strvec_push_nodup(names, name);
	}
	if (d)
		closedir(d);
}

/* Each note goes when what it is about has gone. */
static int delete_all(const struct backup_store *s, const char *id,
		      const char *folder, struct error *err)
{
	struct strvec names = STRVEC_INIT;
	int ret = 0;

	read_notes(folder, &names);
	for (size_t i = 0; !ret && i < names.nr; i++) {
		char *path = note_path(folder, names.v[i]);

		ret = backup_remove(s, id, names.v[i], err);
		if (!ret)
			ret = file_remove(path, err);
		free(path);
	}
	strvec_release(&names);
	return ret;
}

int backup_store_drop(const struct backup_store *s, const char *id,
		      struct error *err)
{
	char *partial = backup_store_partial(s, id);
	struct error ignored = ERROR_INIT;
	int ret = s->by ? delete_all(s, id, partial, err) : 0;

	/* What stays is found by who comes next. */
	if (!ret)
		remove_tree(partial, &ignored);
	error_release(&ignored);
	free(partial);
	return ret;
}

/*
 * The notes may be elsewhere: with the platform's former machine, or in another
 * clone.  What may have been deleted there is so once more.
 */
static int note_again(const struct backup_store *s, const struct backup *b,
		      struct error *err)
{
	int ret = backup_store_begin(s, b->id, err);

	for (size_t i = 0; !ret && i < b->nr_parts; i++)
		ret = backup_store_note(s, b->id, b->parts[i].name, err);
	return ret;
}

int backup_store_delete(const struct backup_store *s, const struct backup *b,
			struct error *err)
{
	char *folder = backup_store_folder(s, b->id);
	char *partial = backup_store_partial(s, b->id);
	int ret = 0;

	if (rename(folder, partial) < 0) {
		if (errno != ENOENT)
			ret = error_errno(err, "cannot remove '%s'", folder);
		else if (!dir_exists(partial))
			ret = note_again(s, b, err);
	}
	if (!ret)
		ret = backup_store_drop(s, b->id, err);
	free(partial);
	free(folder);
	return ret;
}

int backup_store_going(const struct backup_store *s, const char *id,
		       struct error *err)
{
	char *path = going_path(s, id);
	int ret = backup_store_check(s, err);

	if (!ret)
		ret = file_replace(path, "", 0, 0600, err);
	free(path);
	return ret;
}

int backup_store_gone(const struct backup_store *s, const char *id,
		      int has_ref, struct error *err)
{
	char *folder = backup_store_folder(s, id);
	char *partial = backup_store_partial(s, id);
	char *path = going_path(s, id);
	int ret = 0;

	/* Under its name it is whole, always. */
	if (!has_ref && rename(folder, partial) < 0 && errno != ENOENT)
		ret = error_errno(err, "cannot remove '%s'", folder);
	if (!ret && !has_ref)
		ret = remove_tree(partial, err);
	if (!ret)
		ret = file_remove(path, err);
	free(path);
	free(partial);
	free(folder);
	return ret;
}

/* ".ID.partial" */
static void add_id(struct strvec *ids, const char *name, const char *end)
{
	size_t len = strlen(name), tail = strlen(end);
	char *id;

	if (*name != '.' || len <= tail + 1 || !ends_with(name, end))
		return;
	id = xmemdupz(name + 1, len - tail - 1);
	if (backup_is_id(id))
		strvec_push(ids, id);
	free(id);
}

/* A mark that was being written; nobody else writes here now. */
static void drop_lock(const struct backup_store *s, const char *name)
{
	char *path = path_join(s->dir, name);

	if (*name == '.' && ends_with(name, GOING ".lock"))
		unlink(path);
	free(path);
}

void backup_store_leftovers(const struct backup_store *s,
			    struct strvec *partial, struct strvec *going)
{
	DIR *d = opendir(s->dir);
	struct dirent *entry;

	while (d && (entry = readdir(d))) {
		drop_lock(s, entry->d_name);
		add_id(partial, entry->d_name, PARTIAL);
		add_id(going, entry->d_name, GOING);
	}
	if (d)
		closedir(d);
}
