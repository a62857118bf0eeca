#include "model/signature.h"

#include "base/buf.h"
#include "base/mem.h"
#include "git/object.h"

#include <stdlib.h>
#include <string.h>

static const char *const signature_starts[] = {
	"-----BEGIN PGP SIGNATURE-----",
	"-----BEGIN PGP MESSAGE-----",
	"-----BEGIN SIGNED MESSAGE-----",
	"-----BEGIN SSH SIGNATURE-----",
};

char *signature_in_tag(char *text)
{
	for (char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		for (size_t i = 0; i < ARRAY_SIZE(signature_starts); i++)
			if (starts_with(line, signature_starts[i]))
				return line;
		if (!*line)
			break;
	}
	return NULL;
}

/* Among the headers of a commit. */
static int is_signed_commit(const char *text)
{
	const char *end = strstr(text, "\n\n");
	const char *line = strstr(text, "\ngpgsig");

	return line && (!end || line < end);
}

/* What stands between two words on the line; NULL when either is missing. */
static char *between(const char *text, const char *before, const char *after)
{
	const char *at = strstr(text, before);
	const char *end;

	if (!at)
		return NULL;
	at += strlen(before);
	end = strstr(at, after);
	if (!end || end > at + strcspn(at, "\n"))
		end = at + strcspn(at, "\n");
	return xmemdupz(at, (size_t)(end - at));
}

/* ssh names the principal, gpg the key and its owner. */
static char *find_signer(const char *said)
{
	char *key = between(said, "[GNUPG:] GOODSIG ", "\n");
	char *owner;

	if (!key)
		return between(said, "signature for ", " with ");
	owner = strchr(key, ' ');
	if (!owner)
		return key;
	owner = xstrdup(owner + 1);
	free(key);
	return owner;
}

/* git says by its exit code whether it is good, by gpg why it is not. */
static int verify(struct signature *s, struct repo *r, const char *object,
		  struct error *err)
{
	struct proc p = PROC_INIT;
	struct buf said = BUF_INIT;
	int ret;

	git_proc(&p, r, s->is_tag ? "verify-tag" : "verify-commit", "--raw",
		 object, NULL);
	p.quiet_out = 1;
	p.err = &said;
	ret = proc_run(&p, err);
	if (ret < 0)
		goto out;
	if (!p.status) {
		s->state = SIGNATURE_GOOD;
		s->signer = find_signer(said.s);
	} else if (strstr(said.s, "BADSIG") || strstr(said.s, "REVKEYSIG") ||
		   strstr(said.s, "incorrect signature") ||
		   strstr(said.s, "Could not verify signature")) {
		s->state = SIGNATURE_BAD;
	} else {
		s->state = SIGNATURE_UNCHECKED;
	}
out:
	proc_release(&p);
	buf_release(&said);
	return ret;
}

int signature_read(struct signature *s, struct repo *r,
		   const struct release *release, struct error *err)
{
	struct buf text = BUF_INIT;
	char *type = NULL;
	int has = 0, ret = -1;

	if (object_find(r, release->object, &type, NULL, err) < 0 ||
	    object_read(r, release->object, &text, err) < 0)
		goto out;
	s->is_tag = type && !strcmp(type, "tag");
	if (s->is_tag)
		has = signature_in_tag(text.s) != NULL;
	else
		has = type && !strcmp(type, "commit") &&
		      is_signed_commit(text.s);
	ret = has ? verify(s, r, release->object, err) : 0;
out:
	buf_release(&text);
	free(type);
	return ret;
}

void signature_release(struct signature *s)
{
	free(s->signer);
	*s = (struct signature)SIGNATURE_INIT;
}

static void say_not_good(const struct signature *s,
			 const struct release *release,
			 enum release_source source, struct error *err)
{
	const char *what = s->is_tag ? "tag" : "commit";

	if (!s->is_tag && source == RELEASES_ARE_TAGS)
		error_set(err, ERROR_REFUSED, "release %s is a lightweight "
			  "tag: it has no signature, and must have a good one",
			  release->name);
	else if (s->state == SIGNATURE_NONE)
		error_set(err, ERROR_REFUSED, "the %s of release %s is not "
			  "signed, and must be", what, release->name);
	else if (s->state == SIGNATURE_BAD)
		error_set(err, ERROR_REFUSED, "the signature of the %s of "
			  "release %s is BAD", what, release->name);
	else
		error_set(err, ERROR_REFUSED, "the signature of the %s of "
			  "release %s cannot be checked here, or not by a key "
			  "you trust", what, release->name);
	error_hint(err, "see what git says of it with \"git verify-%s %s\"",
		   what, release->ref);
	if (s->state == SIGNATURE_UNCHECKED)
		error_hint(err, "where git looks for keys: gpg.format and "
			   "gpg.ssh.allowedSignersFile in git-config(1)");
	error_hint(err, "signatures are demanded by releases.verify; see where "
		   "that is set with \"git upgrade config\"");
}

int signature_demand(struct repo *r, const struct release *release,
		     enum release_source source, struct error *err)
{
	struct signature s = SIGNATURE_INIT;
	int ret = signature_read(&s, r, release, err);

	if (!ret && (s.state != SIGNATURE_GOOD ||
		     (!s.is_tag && source == RELEASES_ARE_TAGS))) {
		say_not_good(&s, release, source, err);
		ret = -1;
	}
	signature_release(&s);
	return ret;
}
