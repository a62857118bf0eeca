/*
 * post-receive: shows the pusher the deploy that the gate has set going.
 * Nothing depends on it: its client may be gone, and then it is never run
 * or may block.
 */
#include "hook/hook.h"

#include "base/buf.h"
#include "base/mem.h"
#include "deploy/log.h"
#include "deploy/platform.h"
#include "hook/input.h"

#include <stdlib.h>
#include <string.h>

/* `git push -o upgrade-no-follow`: whoever pushed does not want to wait. */
static int is_unwatched(void)
{
	const char *count = getenv("GIT_PUSH_OPTION_COUNT");
	long nr = count ? strtol(count, NULL, 10) : 0;
	int found = 0;

	for (long i = 0; i < nr && !found; i++) {
		char *name = xstrfmt("GIT_PUSH_OPTION_%ld", i);
		const char *value = getenv(name);

		found = value && !strcmp(value, "upgrade-no-follow");
		free(name);
	}
	return found;
}

int hook_post_receive(const struct hook *h, struct error *err)
{
	struct platform p = PLATFORM_INIT;
	struct strvec lines = STRVEC_INIT;
	int ret = -1;

	if (hook_read_lines(h->in, &lines, err) < 0)
		goto out;
	if (is_unwatched()) {
		ret = 0;
		goto out;
	}
	if (platform_open(&p, ".", err) < 0)
		goto out;
	for (size_t i = 0; i < lines.nr; i++) {
		struct strvec words = STRVEC_INIT;
		const struct environment *env = NULL;

		strvec_split(&words, lines.v[i], ' ');
		if (words.nr == 3 && !oid_is_null(words.v[1]))
			env = platform_environment_of(&p, words.v[2]);
		if (env)
			deploy_log_follow(&p, env, words.v[1], NULL,
					  h->follow);
		strvec_release(&words);
	}
	ret = 0;
out:
	strvec_release(&lines);
	platform_release(&p);
	return ret;
}
