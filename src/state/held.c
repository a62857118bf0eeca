#include "state/held.h"

#include "base/mem.h"
#include "base/time.h"
#include "doc/json.h"
#include "git/object.h"

#include <stdlib.h>
#include <string.h>

char *env_hold_ref(const char *env)
{
	return xstrfmt("refs/upgrade/held/%s", env);
}

void env_hold_parse(struct env_hold *h, const struct buf *text)
{
	struct error ignored = ERROR_INIT;
	struct value *v = json_parse("hold", text->s, text->len, &ignored);
	const char *undone = value_text(v, "undone");
	const char *when = value_text(v, "when");

	h->who = value_text_copy(v, "who");
	h->why = value_text_copy(v, "why");
	h->release = value_text_copy(v, "release");
	if (undone && oid_is_valid(undone))
		h->undone = xstrdup(undone);
	h->when = when ? (time_t)strtoll(when, NULL, 10) : 0;
	value_free(v);
	error_release(&ignored);
}

int env_hold_read(struct env_hold *h, struct repo *r, const char *env,
		  struct error *err)
{
	char *ref = env_hold_ref(env);
	struct buf text = BUF_INIT;
	int found = object_read_ref(r, ref, &h->oid, &text, err);

	/* Whatever else somebody put there on the server holds as well. */
	if (found > 0)
		env_hold_parse(h, &text);
	buf_release(&text);
	free(ref);
	return found;
}

char *env_hold_write(const struct env_hold *h, struct repo *r,
		     struct error *err)
{
	struct json *j = json_new();
	struct buf text = BUF_INIT;
	char *oid;

	json_object(j, NULL);
	json_string(j, "who", h->who);
	json_string(j, "why", h->why);
	json_string(j, "undone", h->undone);
	json_string(j, "release", h->release);
	json_number(j, "when", (double)h->when);
	json_end(j);
	json_write(j, &text, JSON_INDENT);
	oid = object_write_blob(r, text.s, text.len, err);
	json_free(j);
	buf_release(&text);
	return oid;
}

void env_hold_add(struct buf *out, const struct env_hold *h)
{
	buf_adds(out, "since its rollback");
	if (h->release || h->undone)
		buf_adds(out, " of ");
	if (h->release)
		buf_add_line(out, h->release);
	else if (h->undone)
		buf_addf(out, "%.7s", h->undone);
	if (h->who) {
		buf_adds(out, " by ");
		buf_add_line(out, h->who);
	}
	if (h->when) {
		buf_adds(out, ", ");
		time_add_span(out, time(NULL) - h->when);
		buf_adds(out, " ago");
	}
	if (h->why) {
		buf_adds(out, ": ");
		buf_add_line(out, h->why);
	}
}

void env_hold_release(struct env_hold *h)
{
	free(h->oid);
	free(h->who);
	free(h->why);
	free(h->undone);
	free(h->release);
	*h = (struct env_hold)ENV_HOLD_INIT;
}
