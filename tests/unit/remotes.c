/*
 * Where remotes lead, read out of the configuration: the same as git says
 * when it is asked, which it is as soon as there is any url.*.insteadOf.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "git/remotes.h"

#define MAX_SETTINGS 6

static const char *const configurations[][MAX_SETTINGS][2] = {
	{ { NULL } },
	{ { "remote.origin.url", "https://host/a.git" } },
	/* Sorted by name, wherever they stand. */
	{ { "remote.vendor.url", "ssh://host/v" },
	  { "remote.ours.url", "host:o" },
	  { "remote.ours.fetch", "+refs/heads/*:refs/remotes/ours/*" } },
	/* One to fetch from, all to push to. */
	{ { "remote.a.url", "/srv/one" }, { "remote.a.url", "/srv/two" } },
	{ { "remote.a.url", "/srv/one" }, { "remote.a.url", "/srv/two" },
	  { "remote.a.pushurl", "/srv/p" }, { "remote.b.url", "/srv/b" },
	  { "remote.a.pushurl", "/srv/q" } },
	{ { "remote.a.pushurl", "/srv/p" }, { "remote.b.url", "/srv/b" } },
	/* No URL at all. */
	{ { "remote.a.prune", "true" }, { "remote.pushDefault", "a" } },
	/* Odd names and odd values. */
	{ { "remote.x.url.url", "/srv/dots" }, { "remote.Up.url", "/U" },
	  { "remote.a.URL", "/srv/case" } },
	{ { "remote.a.url", "" }, { "remote.b.url", "/srv/b" } },
	{ { "remote.a.url", "/old" }, { "remote.a.url", "" },
	  { "remote.a.url", "/new" } },
	{ { "remote.a.url", "true" } },
	{ { "remote./a.url", "/srv/a" }, { "remote.b.url", "/srv/b" } },
	{ { "remote.a.url", "../relative" }, { "remote.b.url", "." } },
	{ { "remote.a.url", "/with (push) in/it" } },
	{ { "remote.a.url", "/partial" }, { "remote.a.promisor", "true" },
	  { "remote.a.partialCloneFilter", "blob:none" } },
};

static void read_all(struct remote_list *list, const struct repo *r)
{
	struct error err = ERROR_INIT;

	repo_config_forget(r);
	assert_int_equal(0, remote_list_read(list, r, &err));
	error_release(&err);
}

static void compare(const char *const settings[MAX_SETTINGS][2])
{
	struct remote_list ours = REMOTE_LIST_INIT, git = REMOTE_LIST_INIT;
	struct error err = ERROR_INIT;
	struct repo r = REPO_INIT;
	char *dir = make_temp_dir("/tmp/upgrade-remotes", &err);

	assert_non_null(dir);
	assert_int_equal(0, git_run(NULL, NULL, &err, "init", "-q", dir,
				    NULL));
	assert_int_equal(0, repo_open(&r, dir, &err));
	for (int i = 0; i < MAX_SETTINGS && settings[i][0]; i++)
		assert_int_equal(0, git_run(&r, NULL, &err, "config", "--add",
					    settings[i][0], settings[i][1],
					    NULL));
	read_all(&ours, &r);
	assert_int_equal(0, git_run(&r, NULL, &err, "config",
				    "url.none.insteadOf", "of these", NULL));
	read_all(&git, &r);
	assert_int_equal(git.nr, ours.nr);
	for (size_t i = 0; i < git.nr; i++) {
		assert_string_equal(git.v[i].remote, ours.v[i].remote);
		assert_string_equal(git.v[i].url, ours.v[i].url);
		assert_int_equal(git.v[i].push, ours.v[i].push);
	}
	remote_list_release(&ours);
	remote_list_release(&git);
	repo_release(&r);
	assert_int_equal(0, remove_tree(dir, &err));
	free(dir);
}

static void as_git_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(configurations) /
	     sizeof(configurations[0]); i++)
		compare(configurations[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_git_says),
	};

	setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
