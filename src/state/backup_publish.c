#include "state/backup_publish.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/vec.h"
#include "git/lsremote.h"
#include "git/push.h"
#include "state/host.h"

#include <stdlib.h>
#include <string.h>

/* Seconds for one talk with the remote. */
#define TALK_LIMIT 60

static char *note_path(const struct repo *r, const char *env)
{
	char *folder = host_folder(r, env);
	char *path = path_join(folder, ".backups");

	free(folder);
	return path;
}

/* What the note is to say: the remote, and what is here. */
static int read_here(struct buf *text, struct repo *r, const char *env,
		     const char *remote, struct error *err)
{
	char *prefix = xstrfmt("refs/upgrade/backups/%s/", env);
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

/* What is here and not there; and what was there, and is gone here. */
static int push_changes(struct repo *r, const char *remote, const char *here,
			const char *noted, struct error *err)
{
	struct strvec oids = STRVEC_INIT, refs = STRVEC_INIT;
	struct strvec old_oids = STRVEC_INIT, old_refs = STRVEC_INIT;
	struct ls_remote theirs = LS_REMOTE_INIT;
	struct leased_ref *v;
	size_t nr = 0;
	int ret = ls_remote_read_below(&theirs, r, remote, "refs/upgrade/",
				       TALK_LIMIT, err);

	split(&oids, &refs, here, remote);
	split(&old_oids, &old_refs, noted, remote);
	v = xcalloc(refs.nr + old_refs.nr + 1, sizeof(*v));
	for (size_t i = 0; i < refs.nr; i++) {
		const char *is = ls_remote_get(&theirs, refs.v[i]);

		if (!are_same(is, oids.v[i]))
			v[nr++] = (struct leased_ref){ refs.v[i], oids.v[i],
						       is };
	}
	for (size_t i = 0; i < old_refs.nr; i++) {
		const char *is = ls_remote_get(&theirs, old_refs.v[i]);

		if (is && !strvec_has(&refs, old_refs.v[i]))
			v[nr++] = (struct leased_ref){ old_refs.v[i], NULL,
						       is };
	}
	if (!ret)
		ret = push(r, remote, v, nr, err);
	free(v);
	ls_remote_release(&theirs);
	strvec_release(&oids);
	strvec_release(&refs);
	strvec_release(&old_oids);
	strvec_release(&old_refs);
	return ret;
}

int backups_publish(struct repo *r, const char *env, const char *remote,
		    struct error *err)
{
	struct buf here = BUF_INIT, noted = BUF_INIT;
	char *path = note_path(r, env);
	int ret = read_here(&here, r, env, remote, err);
	/* The first line is no backup's. */
	int has_any = !ret && here.s[strcspn(here.s, "\n") + 1];

	read_note(&noted, path);
	if (!ret && (has_any || noted.len) && strcmp(here.s, noted.s) != 0) {
		ret = push_changes(r, remote, here.s, noted.s, err);
		/* A URL may hold a password. */
		if (!ret)
			ret = file_put(path, here.s, here.len, 0600, err);
		ret = ret ? -1 : 1;
	}
	free(path);
	buf_release(&here);
	buf_release(&noted);
	return ret;
}
