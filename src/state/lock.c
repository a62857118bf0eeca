#include "state/lock.h"

#include "base/mem.h"
#include "base/time.h"
#include "doc/json.h"
#include "git/object.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define NONCE_BYTES 16
/* Others make theirs as they like, within these bounds. */
#define NONCE_MIN 8
#define NONCE_MAX 64

char *lock_nonce_new(struct error *err)
{
	unsigned char bytes[NONCE_BYTES];
	struct buf b = BUF_INIT;

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes)) {
		error_errno(err, "cannot have random numbers");
		return NULL;
	}
	for (size_t i = 0; i < sizeof(bytes); i++)
		buf_addf(&b, "%02x", bytes[i]);
	return buf_detach(&b);
}

/* It becomes the name of a file here, and a push option. */
int lock_nonce_is_valid(const char *nonce)
{
	size_t len = strlen(nonce);

	return len >= NONCE_MIN && len <= NONCE_MAX &&
	       strspn(nonce, "0123456789abcdefghijklmnopqrstuvwxyz"
		      "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == len;
}

char *env_lock_ref(const char *env)
{
	return xstrfmt("refs/upgrade/locks/%s", env);
}

void env_lock_parse(struct env_lock *l, const struct buf *text)
{
	struct error ignored = ERROR_INIT;
	struct value *v = json_parse("lock", text->s, text->len, &ignored);
	const char *nonce = value_text(v, "nonce");
	const char *since = value_text(v, "since");

	if (nonce && lock_nonce_is_valid(nonce))
		l->nonce = xstrdup(nonce);
	l->who = value_text_copy(v, "who");
	l->why = value_text_copy(v, "why");
	l->what = value_text_copy(v, "what");
	l->since = since ? (time_t)strtoll(since, NULL, 10) : 0;
	value_free(v);
	error_release(&ignored);
}

int env_lock_read(struct env_lock *l, struct repo *r, const char *env,
		  struct error *err)
{
	char *ref = env_lock_ref(env);
	struct buf text = BUF_INIT;
	int found = object_read_ref(r, ref, &l->oid, &text, err);

	/* Whatever else somebody put there on the server holds as well. */
	if (found > 0)
		env_lock_parse(l, &text);
	buf_release(&text);
	free(ref);
	return found;
}

char *env_lock_write(const struct env_lock *l, struct repo *r,
		     struct error *err)
{
	struct json *j = json_new();
	struct buf text = BUF_INIT;
	char *oid;

	json_object(j, NULL);
	json_string(j, "nonce", l->nonce);
	json_string(j, "who", l->who);
	json_string(j, "why", l->why);
	json_string(j, "what", l->what);
	json_number(j, "since", (double)l->since);
	json_end(j);
	json_write(j, &text, JSON_INDENT);
	oid = object_write_blob(r, text.s, text.len, err);
	json_free(j);
	buf_release(&text);
	return oid;
}

int env_lock_is_shown(const struct env_lock *l, const char *nonce)
{
	return l->nonce && nonce && !strcmp(l->nonce, nonce);
}

void env_lock_add(struct buf *out, const struct env_lock *l)
{
	buf_adds(out, "by ");
	buf_add_line(out, l->who ? l->who : "somebody");
	if (l->since) {
		buf_adds(out, " since ");
		time_add_rfc3339(out, l->since);
		buf_adds(out, " (");
		time_add_span(out, time(NULL) - l->since);
		buf_adds(out, " ago)");
	}
	if (l->what) {
		buf_adds(out, ", for ");
		buf_add_line(out, l->what);
	}
	if (l->why) {
		buf_adds(out, ": ");
		buf_add_line(out, l->why);
	}
}

void env_lock_hint(struct strvec *hints, const char *env)
{
	strvec_pushf(hints, "wait for it with \"git upgrade push --lock-wait "
		     "%s\"", env);
	strvec_pushf(hints, "yours? push with \"git upgrade push %s\" in the "
		     "clone that has the lock", env);
	strvec_pushf(hints, "if nobody is at work there any more: \"git "
		     "upgrade unlock %s --reason=TEXT\"", env);
}

int env_lock_refuse(const struct env_lock *l, const char *env,
		    struct error *err)
{
	struct buf held = BUF_INIT;
	struct strvec hints = STRVEC_INIT;

	env_lock_add(&held, l);
	error_set(err, ERROR_REFUSED, "%s is locked %s", env, held.s);
	env_lock_hint(&hints, env);
	for (size_t i = 0; i < hints.nr; i++)
		error_hint(err, "%s", hints.v[i]);
	buf_release(&held);
	strvec_release(&hints);
	return -1;
}

void env_lock_release(struct env_lock *l)
{
	free(l->oid);
	free(l->nonce);
	free(l->who);
	free(l->why);
	free(l->what);
	*l = (struct env_lock)ENV_LOCK_INIT;
}
