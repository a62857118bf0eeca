#include "state/backup_publish.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/vec.h"
#include "git/lsremote.h"
#include "git/push.h"
#include "state/backup.h"
#include "state/host.h"
#include "state/remote.h"

#include <stdlib.h>
#include <string.h>

/* Seconds for one talk with the remote. */
#define TALK_LIMIT 60

static char *note_path(const struct repo *r, const char *env)
{
	char *folder = host_folder(r, env);
	char *path = host_is_here(r, env) ? path_join(folder, ".backups") :
		xstrfmt("%s/upgrade/deploys/%s/backups", r->common_dir, env);

	free(folder);
	return path;
}

/* What the note is to say: the remote, and what is here. */
static int read_here(struct buf *text, struct repo *r, const char *env,
		     const char *remote, struct error *err)
{
	char *prefix = backup_refs(env);
	int ret;

	buf_addf(text, "remote %s\n", remote);
	ret = git_run(r, text, err, "for-each-ref",
		      "--format=%(objectname) %(refname)", prefix, NULL);
	free(prefix);
	return ret;
}

static void read_note(struct buf *text, const char *path)
{
	struct error ignored = ERROR_INIT;

	if (file_exists(path))
		file_read(path, text, &ignored);
	error_release(&ignored);
}

/* "OID REF" lines as refs, and nothing of another remote's. */
static void split(struct strvec *oids, struct strvec *refs,
		  const char *text, const char *remote)
{
	struct strvec lines = STRVEC_INIT;

	strvec_split(&lines, text, '\n');
	for (size_t i = 0; i < lines.nr; i++) {
		const char *space = strchr(lines.v[i], ' ');

		if (!i && (!starts_with(lines.v[0], "remote ") ||
			   strcmp(lines.v[0] + 7, remote) != 0))
			break;
		if (!i || !space)
			continue;
		strvec_push_nodup(oids, xstrndup(lines.v[i], (size_t)
						 (space - lines.v[i])));
		strvec_push(refs, space + 1);
	}
	strvec_release(&lines);
}

static int push(struct repo *r, const char *remote,
		const struct leased_ref *v, size_t nr, struct error *err)
{
	struct push_report rep = PUSH_REPORT_INIT;
	int ret = nr ? git_push_leased(&rep, r, remote, v, nr, TALK_LIMIT,
				       err) : 0;

	if (!ret && nr && rep.said != PUSH_SAID_DONE)
		ret = error_set(err, ERROR_FATAL, "%s", rep.reason ?
				rep.reason : rep.last ? rep.last :
				"no answer");
	push_report_release(&rep);
	return ret;
}

struct known {
	struct strvec oids, refs;
};

#define KNOWN_INIT { STRVEC_INIT, STRVEC_INIT }

static const char *oid_of(const struct known *k, const char *ref)
{
	for (size_t i = 0; i < k->refs.nr; i++)
		if (!strcmp(k->refs.v[i], ref))
			return k->oids.v[i];
	return NULL;
}

static void known_release(struct known *k)
{
	strvec_release(&k->oids);
	strvec_release(&k->refs);
}

/*
 * What is here and not there; and what was there, and is gone here.  Of many
 * who publish each does so with what it changed itself.
 */
static size_t find_changes(struct leased_ref *v, const struct known *here,
			   const struct known *noted,
			   const struct ls_remote *theirs, int is_one_of_many)
{
	size_t nr = 0;

	for (size_t i = 0; i < here->refs.nr; i++) {
		const char *ref = here->refs.v[i], *oid = here->oids.v[i];
		const char *is = ls_remote_get(theirs, ref);

		if (!are_same(is, oid) &&
		    !(is_one_of_many && are_same(oid_of(noted, ref), oid)))
			v[nr++] = (struct leased_ref){ ref, oid, is };
	}
	for (size_t i = 0; i < noted->refs.nr; i++) {
		const char *ref = noted->refs.v[i];
		const char *is = ls_remote_get(theirs, ref);

		if (is && !oid_of(here, ref))
			v[nr++] = (struct leased_ref){ ref, NULL, is };
	}
	return nr;
}

static int push_changes(struct repo *r, const char *env, const char *remote,
			const char *here, const char *noted,
			struct error *err)
{
	struct known now = KNOWN_INIT, before = KNOWN_INIT;
	struct ls_remote theirs = LS_REMOTE_INIT;
	struct leased_ref *v;
	int ret = ls_remote_read_below(&theirs, r, remote, "refs/upgrade/",
				       TALK_LIMIT, err);

	split(&now.oids, &now.refs, here, remote);
	split(&before.oids, &before.refs, noted, remote);
	v = xcalloc(now.refs.nr + before.refs.nr + 1, sizeof(*v));
	if (!ret)
		ret = push(r, remote, v, find_changes(v, &now, &before,
						      &theirs,
						      !host_is_here(r, env)),
			   err);
	free(v);
	ls_remote_release(&theirs);
	known_release(&now);
	known_release(&before);
	return ret;
}

static int write_note(struct repo *r, const char *env, const struct buf *text,
		      struct error *err)
{
	char *path = note_path(r, env);
	/* A URL may hold a password. */
	int ret = file_put(path, text->s, text->len, 0600, err);

	free(path);
	return ret;
}

/* Is anything here that is not noted, or the other way round? */
static int has_changed(const struct buf *here, const struct buf *noted)
{
	/* The first line is no backup's. */
	int has_any = here->s[strcspn(here->s, "\n") + 1] != '\0';

	return (has_any || noted->len) && strcmp(here->s, noted->s) != 0;
}

int backups_publish(struct repo *r, const char *env, const char *remote,
		    struct error *err)
{
	struct buf here = BUF_INIT, noted = BUF_INIT;
	char *path = note_path(r, env);
	int ret = read_here(&here, r, env, remote, err);

	read_note(&noted, path);
	if (!ret && has_changed(&here, &noted)) {
		ret = push_changes(r, env, remote, here.s, noted.s, err);
		if (!ret)
			ret = write_note(r, env, &here, err);
		ret = ret ? -1 : 1;
	}
	free(path);
	buf_release(&here);
	buf_release(&noted);
	return ret;
}

int backups_fetch(struct repo *r, const char *env, const char *remote,
		  const struct ls_remote *refs, struct error *err)
{
	struct buf here = BUF_INIT, noted = BUF_INIT;
	char *path = note_path(r, env);
	int ret = read_here(&here, r, env, remote, err);

	read_note(&noted, path);
	if (!ret && !has_changed(&here, &noted)) {
		ret = state_fetch_backups(r, remote, refs, env, err);
		buf_reset(&here);
		if (!ret)
			ret = read_here(&here, r, env, remote, err);
		if (!ret && has_changed(&here, &noted))
			ret = write_note(r, env, &here, err);
	}
	free(path);
	buf_release(&here);
	buf_release(&noted);
	return ret;
}
