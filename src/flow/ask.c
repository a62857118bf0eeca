#include "flow/ask.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/redact.h"
#include "doc/json.h"

#include <stdlib.h>
#include <string.h>

char *own_name(const struct repo *r)
{
	struct error ignored = ERROR_INIT;
	char *ident = git_line(r, &ignored, "var", "GIT_COMMITTER_IDENT",
			       NULL);
	char *end = ident ? strstr(ident, " <") : NULL;

	if (end)
		*end = '\0';
	error_release(&ignored);
	return ident;
}

int ask_platform(struct repo *r, const struct destination *d,
		 const char *verb, const char *const *texts,
		 const struct reporter *say, struct error *err)
{
	struct json *j = json_new();
	struct buf text = BUF_INIT;
	char *who = own_name(r);
	int ret;

	json_object(j, NULL);
	for (; *texts; texts += 2) {
		/* What is sent is an object in either repository for good. */
		char *value = redact_text(texts[1]);

		if (value)
			json_string(j, texts[0], value);
		free(value);
	}
	json_string(j, "who", who);
	json_end(j);
	json_write(j, &text, JSON_ONE_LINE);
	ret = request_send(r, d->remote, verb, d->env, text.s, say, err);
	json_free(j);
	buf_release(&text);
	free(who);
	return ret;
}
