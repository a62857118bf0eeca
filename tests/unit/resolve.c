/*
 * Texts merged by structure: three versions in, exact bytes out.  What holds
 * for any text at all is in resolve_properties.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "doc/resolve.h"

struct call {
	struct resolution res;
	struct error err;
	int ret;
};

static void call_markers(struct call *c, enum resolve_kind kind,
			 const char *base, const char *ours,
			 const char *theirs, const struct strvec *sets,
			 const struct node_markers *markers)
{
	struct buf texts[3] = { BUF_INIT, BUF_INIT, BUF_INIT };
	struct resolve_request q = {
		.kind = kind, .name = "f", .base = base ? &texts[0] : NULL,
		.ours = &texts[1], .theirs = &texts[2], .sets = sets,
		.markers = markers,
	};

	buf_adds(&texts[0], base ? base : "");
	buf_adds(&texts[1], ours);
	buf_adds(&texts[2], theirs);
	*c = (struct call){ RESOLUTION_INIT, ERROR_INIT, 0 };
	c->ret = resolve(&c->res, &q, &c->err);
	assert_int_equal(c->ret < 0, c->err.message != NULL);
	assert_int_equal(c->ret == 1, c->res.nr > 0);
	for (int i = 0; i < 3; i++)
		buf_release(&texts[i]);
}

static void call(struct call *c, enum resolve_kind kind, const char *base,
		 const char *ours, const char *theirs)
{
	static const struct node_markers markers = {
		"B", "O", "T", 7, 0
	};

	call_markers(c, kind, base, ours, theirs, NULL, &markers);
}

static void call_release(struct call *c)
{
	resolution_release(&c->res);
	error_release(&c->err);
}

/* With the sides swapped it is the same verdict. */
static void check_swapped(enum resolve_kind kind, const char *base,
			  const char *ours, const char *theirs, int ret)
{
	struct call c;

	call(&c, kind, base, theirs, ours);
	assert_int_equal(c.ret, ret);
	call_release(&c);
}

static void merges(enum resolve_kind kind, const char *base, const char *ours,
		   const char *theirs, const char *expected)
{
	struct call c;

	call(&c, kind, base, ours, theirs);
	if (c.err.message)
		fail_msg("%s", c.err.message);
	assert_string_equal(c.res.text.s, expected);
	assert_int_equal(c.ret, 0);
	call_release(&c);
	check_swapped(kind, base, ours, theirs, 0);
}

static void conflicts(enum resolve_kind kind, const char *base,
		      const char *ours, const char *theirs, const char *path,
		      const char *expected)
{
	struct call c;

	call(&c, kind, base, ours, theirs);
	if (c.err.message)
		fail_msg("%s", c.err.message);
	assert_string_equal(c.res.text.s, expected);
	assert_int_equal(c.ret, 1);
	assert_int_equal(c.res.nr, 1);
	assert_string_equal(c.res.conflicts[0].path, path);
	call_release(&c);
	check_swapped(kind, base, ours, theirs, 1);
}

static void declines(enum resolve_kind kind, const char *base,
		     const char *ours, const char *theirs, const char *message)
{
	struct call c;

	call(&c, kind, base, ours, theirs);
	assert_int_equal(c.ret, -1);
	assert_string_equal(c.err.message, message);
	assert_int_equal(c.res.text.len, 0);
	assert_int_equal(c.res.nr + c.res.ours.nr + c.res.theirs.nr, 0);
	call_release(&c);
	check_swapped(kind, base, ours, theirs, -1);
}

#define YAML RESOLVE_YAML
#define JSON RESOLVE_JSON
#define DOTENV RESOLVE_DOTENV
#define IGNORE RESOLVE_IGNORE

/* What real upgrades brought. */

static void real_dotenv_default(void **state)
{
	(void)state;
	merges(DOTENV,
	       "# SENTRY_MAIL_HOST=example.com\n"
	       "SENTRY_IMAGE=img:23.10.1\n",
	       "SENTRY_MAIL_HOST=sentry.example.com\n"
	       "SENTRY_IMAGE=img:23.10.1\n",
	       "# SENTRY_MAIL_HOST=example.com\n"
	       "SENTRY_IMAGE=img:23.11.0\n",
	       "SENTRY_MAIL_HOST=sentry.example.com\n"
	       "SENTRY_IMAGE=img:23.11.0\n");
}

static void real_composer_require(void **state)
{
	(void)state;
	merges(JSON,
	       "{\n"
	       "    \"require\": {\n"
	       "        \"oro/platform\": \"6.0.*\",\n"
	       "        \"oro/cookie-consent\": \"6.0.*\"\n"
	       "    }\n"
	       "}\n",
	       "{\n"
	       "    \"require\": {\n"
	       "        \"oro/platform\": \"6.0.*\",\n"
	       "        \"oro/cookie-consent\": \"6.0.*\",\n"
	       "        \"acme/erp-connector\": \"^1.2\"\n"
	       "    }\n"
	       "}\n",
	       "{\n"
	       "    \"require\": {\n"
	       "        \"oro/platform\": \"6.1.*\",\n"
	       "        \"oro/cookie-consent\": \"6.1.*\"\n"
	       "    }\n"
	       "}\n",
	       "{\n"
	       "    \"require\": {\n"
	       "        \"oro/platform\": \"6.1.*\",\n"
	       "        \"oro/cookie-consent\": \"6.1.*\",\n"
	       "        \"acme/erp-connector\": \"^1.2\"\n"
	       "    }\n"
	       "}\n");
}

static void real_compose_service(void **state)
{
	(void)state;
	merges(YAML,
	       "services:\n"
	       "    mender-device-auth:\n"
	       "        image: mendersoftware/deviceauth:mender-3.6.0\n",
	       "services:\n"
	       "    mender-device-auth:\n"
	       "        image: mendersoftware/deviceauth:mender-3.6.0\n"
	       "        restart: unless-stopped\n",
	       "services:\n"
	       "    mender-device-auth:\n"
	       "        image: mendersoftware/deviceauth:mender-3.7.0\n",
	       "services:\n"
	       "    mender-device-auth:\n"
	       "        image: mendersoftware/deviceauth:mender-3.7.0\n"
	       "        restart: unless-stopped\n");
}

static void real_services_yaml(void **state)
{
	(void)state;
	merges(YAML,
	       "mysql:\n    type: mysql:10.6\n    disk: 5120\n",
	       "mysql:\n    type: mysql:10.6\n    disk: 51200\n",
	       "mysql:\n    type: mysql:10.11\n    disk: 5120\n",
	       "mysql:\n    type: mysql:10.11\n    disk: 51200\n");
}

static void real_quoted_by_theirs(void **state)
{
	(void)state;
	merges(YAML,
	       "environment:\n"
	       "    ALLOWED_HOSTS: my-gateway-dns-name\n",
	       "environment:\n"
	       "    ALLOWED_HOSTS: mender.example.com\n",
	       "environment:\n"
	       "    # the names it is reached by\n"
	       "    ALLOWED_HOSTS: \"my-gateway-dns-name\"\n",
	       "environment:\n"
	       "    # the names it is reached by\n"
	       "    ALLOWED_HOSTS: mender.example.com\n");
}

static void real_list_entry(void **state)
{
	(void)state;
	merges(YAML,
	       "extensions:\n    - redis\n    - newrelic\n    - sodium\n",
	       "extensions:\n    - redis\n    - sodium\n",
	       "extensions:\n    - redis\n    - newrelic\n    - blackfire\n"
	       "    - sodium\n",
	       "extensions:\n    - redis\n    - blackfire\n    - sodium\n");
	merges(YAML,
	       "extensions:\n    - newrelic\n", "extensions: []\n",
	       "extensions:\n    - newrelic\n",
	       "extensions: []\n");
}

/* Without entries it has to be written as a flow: no other change than that. */
static void emptied_by_one_side(void **state)
{
	(void)state;
	merges(RESOLVE_YAML,
	       "x:\n    - newrelic\nk: 1\n", "x: []\nk: 1\n",
	       "x:\n    - newrelic\n    # new\n    - blackfire\nk: 1\n",
	       "x:\n    # new\n    - blackfire\nk: 1\n");
	merges(RESOLVE_YAML,
	       "x:\n  # of a\n  a: 1\n", "x: {}\n",
	       "x:\n  # of a\n  a: 1\n  b: 2\n", "x:\n  b: 2\n");
	/* An empty block would be null. */
	conflicts(RESOLVE_YAML,
		  "k: 1\nx:\n  - a\n  - b\n", "k: 1\nx: []\n",
		  "k: 1\nx:\n  - a\n", "x",
		  "k: 1\n<<<<<<< O\nx: []\n=======\nx:\n  - a\n>>>>>>> T\n");
	/* What it took out the other changed. */
	conflicts(RESOLVE_YAML,
		  "x:\n  a: 1\n", "x: {}\n", "x:\n  a: 2\n  b: 2\n", "x.a",
		  "x:\n<<<<<<< O\n=======\n  a: 2\n>>>>>>> T\n  b: 2\n");
}

/* What one side took out stays out; what it wrote otherwise is there. */
static void renamed_by_both_alike(void **state)
{
	(void)state;
	merges(RESOLVE_YAML,
	       "broker:\n  image: d:1\n  ports: 80\n  restart: no\n"
	       "  debug: on\n",
	       "mail:\n  image: d:1\n  ports: 80\n  restart: always\n",
	       "mail:\n  image: d:2\n  ports: 80\n  restart: no\n"
	       "  debug: on\n",
	       "mail:\n  image: d:2\n  ports: 80\n  restart: always\n");
	merges(RESOLVE_JSON,
	       "{\n  \"a\": {\n    \"x\": 1,\n    \"y\": 2,\n    \"z\": 3\n"
	       "  }\n}\n",
	       "{\n  \"b\": {\n    \"x\": 1,\n    \"y\": 2,\n    \"z\": 4\n"
	       "  }\n}\n",
	       "{\n  \"b\": {\n    \"x\": 5,\n    \"y\": 2,\n    \"z\": 3\n"
	       "  }\n}\n",
	       "{\n  \"b\": {\n    \"x\": 5,\n    \"y\": 2,\n    \"z\": 4\n"
	       "  }\n}\n");
	/* A list, too. */
	merges(RESOLVE_YAML,
	       "old:\n  - a\n  - b\n  - c\n", "new:\n  - a\n  - c\n",
	       "new:\n  - a\n  - b\n  - c\n  - d\n",
	       "new:\n  - a\n  - c\n  - d\n");
}

/* Something new of both is no former key that is gone as well. */
static void new_in_both_beside_a_removal(void **state)
{
	(void)state;
	conflicts(RESOLVE_YAML,
		  "k: 1\ndebug:\n  enabled: yes\n  level: 5\n",
		  "k: 1\ncache:\n  enabled: yes\n  ttl: 5\n",
		  "k: 1\ncache:\n  enabled: no\n  ttl: 5\n",
		  "cache.enabled",
		  "k: 1\ncache:\n<<<<<<< O\n  enabled: yes\n=======\n"
		  "  enabled: no\n>>>>>>> T\n  ttl: 5\n");
}

static void renamed_by_each_otherwise(void **state)
{
	(void)state;
	conflicts(RESOLVE_YAML,
		  "k: 1\nbroker:\n  image: d:1\n  ports: 80\n",
		  "k: 1\nmail:\n  image: d:1\n  ports: 80\n",
		  "k: 2\npost:\n  image: d:1\n  ports: 80\n  tty: yes\n",
		  "broker",
		  "k: 2\n<<<<<<< O\nmail:\n  image: d:1\n  ports: 80\n"
		  "=======\npost:\n  image: d:1\n  ports: 80\n  tty: yes\n"
		  ">>>>>>> T\n");
	/* One that took it away and added something else. */
	merges(RESOLVE_YAML,
	       "k: 1\nbroker:\n  image: d:1\n  ports: 80\n",
	       "k: 1\nmail:\n  image: d:1\n  ports: 80\n",
	       "k: 2\nqueue:\n  file: q\n",
	       "k: 2\nmail:\n  image: d:1\n  ports: 80\n"
	       "queue:\n  file: q\n");
}

static void real_renamed_key(void **state)
{
	(void)state;
	conflicts(YAML,
		  "environment:\n"
		  "    DEPLOYMENTS_AWS_AUTH_KEY: minio\n"
		  "    DEPLOYMENTS_AWS_URI: https://set-my-alias-here.com\n",
		  "environment:\n"
		  "    DEPLOYMENTS_AWS_AUTH_KEY: ours\n"
		  "    DEPLOYMENTS_AWS_URI: https://s3.example.com\n",
		  "environment:\n"
		  "    DEPLOYMENTS_AWS_AUTH_KEY: minio\n"
		  "    DEPLOYMENTS_AWS_URI: http://minio:9000\n"
		  "    DEPLOYMENTS_AWS_EXTERNAL_URI: "
		  "https://set-my-alias-here.com\n",
		  "environment.DEPLOYMENTS_AWS_URI",
		  "environment:\n"
		  "    DEPLOYMENTS_AWS_AUTH_KEY: ours\n"
		  "<<<<<<< O\n"
		  "    DEPLOYMENTS_AWS_URI: https://s3.example.com\n"
		  "=======\n"
		  "    DEPLOYMENTS_AWS_URI: http://minio:9000\n"
		  ">>>>>>> T\n"
		  "    DEPLOYMENTS_AWS_EXTERNAL_URI: "
		  "https://set-my-alias-here.com\n");
}

/* Comments and empty lines. */

static void comments_go_with_keys(void **state)
{
	(void)state;
	/* Theirs moved a key, ours changed it. */
	merges(YAML,
	       "# of a\na: 1 # one\n\n# of b\nb: 2\nc: 3\n",
	       "# of a\na: 9 # one\n\n# of b\nb: 2\nc: 3\n",
	       "\n# of b\nb: 2\nc: 3\n# of a\na: 1 # one\n",
	       "\n# of b\nb: 2\nc: 3\n# of a\na: 9 # one\n");
	/* Removed with the key. */
	merges(YAML,
	       "a: 1\n# of b\nb: 2 # two\nc: 3\n",
	       "a: 1\nc: 3\n",
	       "a: 1\n# of b\nb: 2 # two\nc: 4\n",
	       "a: 1\nc: 4\n");
	/* One changed the comment, one the value. */
	merges(YAML,
	       "# old\na: 1 # old, too\n", "# new\na: 1 # new, too\n",
	       "# old\na: 2 # old, too\n", "# new\na: 2 # new, too\n");
	/* Those that are indented further end what is above. */
	merges(YAML,
	       "a:\n  b: 1\n  # end of a\nc: 2\n",
	       "a:\n  b: 1\n  d: 1\n  # end of a\nc: 2\n",
	       "a:\n  b: 1\n  # end of a, still\nc: 2\n",
	       "a:\n  b: 1\n  d: 1\n  # end of a, still\nc: 2\n");
}

static void comments_of_both(void **state)
{
	(void)state;
	merges(YAML,
	       "x: 1\n# one\n# two\na: 1\n", "x: 1\n# ours\n# two\na: 1\n",
	       "x: 1\n# theirs\n# two\na: 2\n",
	       "x: 1\n# ours\n# theirs\n# two\na: 2\n");
	/* Where they agree on the comment, it is no part of a conflict. */
	conflicts(YAML,
		  "# old\na: 1\n", "# old\na: 2\n", "# new\na: 3\n", "a",
		  "# new\n<<<<<<< O\na: 2\n=======\na: 3\n>>>>>>> T\n");
	conflicts(YAML,
		  "x: 1\n", "x: 1\na: 2\n", "x: 1\n\n# a\na: 3\n", "a",
		  "x: 1\n\n# a\n<<<<<<< O\na: 2\n=======\na: 3\n"
		  ">>>>>>> T\n");
	conflicts(YAML,
		  "- 1\n", "- 1\n- 2\n", "- 1\n# t\n- 3\n", "[1]",
		  "- 1\n<<<<<<< O\n- 2\n=======\n# t\n- 3\n>>>>>>> T\n");
	conflicts(YAML,
		  "# old\na: 1\n", "# ours\na: 2\n", "# new\na: 3\n", "a",
		  "<<<<<<< O\n# ours\na: 2\n=======\n# new\na: 3\n"
		  ">>>>>>> T\n");
	/* There is room for one behind a value. */
	conflicts(YAML,
		  "x: 1\na: 1 # b\n", "x: 1\na: 1 # o\n", "x: 1\na: 1 # t\n",
		  "a",
		  "x: 1\n<<<<<<< O\na: 1 # o\n=======\na: 1 # t\n>>>>>>> T\n");
	/* What one removed and the other kept is gone. */
	merges(YAML,
	       "x: 1\n# one\n# two\na: 1\n", "x: 1\na: 1\n",
	       "x: 1\n# one\n# theirs\na: 1\n",
	       "x: 1\n# theirs\na: 1\n");
	/* The head of the file, too. */
	merges(YAML,
	       "# Copyright 2023\n\na: 1\n", "# Copyright 2023, us\n\na: 1\n",
	       "# Copyright 2024\n\na: 2\n",
	       "# Copyright 2023, us\n# Copyright 2024\n\na: 2\n");
	merges(DOTENV,
	       "# Copyright 2023\n\nA=1\n", "# Copyright 2023, us\n\nA=1\n",
	       "# Copyright 2024\n\nA=2\n",
	       "# Copyright 2023, us\n# Copyright 2024\n\nA=2\n");
	merges(IGNORE,
	       "# Copyright 2023\n\na\n", "# Copyright 2023, us\n\na\n",
	       "# Copyright 2024\n\na\nb\n",
	       "# Copyright 2023, us\n# Copyright 2024\n\na\nb\n");
}

/*
 * A comment is read as the entry's below it, and it may be another one that
 * stands there: one side switched on what was commented out, the other moved
 * a key to below the same comment.
 */
static void comments_stand_once(void **state)
{
	(void)state;
	merges(YAML,
	       "host: a\n# port: 25\n# user: x\n# tls: no\n# ssl: no\n\n"
	       "## system ##\n\n# the key\nkey: k\n# the url\nurl: u\n",
	       "host: a\nport: 587\n# user: x\ntls: yes\n# ssl: no\n\n"
	       "## system ##\n\n# the key\nkey: k\n# the url\nurl: u\n",
	       "host: a\n# port: 25\n# user: x\n# tls: no\n# ssl: no\n\n"
	       "## system ##\n\n# the url\nurl: u\n\n# the key\nkey: k\n",
	       "host: a\nport: 587\n# user: x\ntls: yes\n# ssl: no\n\n"
	       "## system ##\n\n# the url\nurl: u\n\n# the key\nkey: k\n");
	/* Both added something below it; with what frames it. */
	merges(YAML,
	       "a: 1\n\n####\n# b\n####\nb: 2\n\n####\n# c\n####\nc: 3\n",
	       "a: 1\n\n####\n# b\n####\no: 0\nb: 2\n\n####\n# c\n####\n"
	       "c: 3\n",
	       "a: 1\n\n####\n# b\n####\nt: 0\nb: 2\n\n####\n# c\n####\n"
	       "c: 3\n",
	       "a: 1\n\n####\n# b\n####\no: 0\n\nt: 0\nb: 2\n\n####\n# c\n"
	       "####\nc: 3\n");
	/* It goes with its key to another map. */
	merges(YAML,
	       "a:\n  # of x\n  x: 1\n  y: 2\nb:\n  z: 3\n",
	       "a:\n  # of x\n  # x: 1\n  y: 2\nb:\n  z: 3\n",
	       "a:\n  y: 2\nb:\n  # of x\n  x: 1\n  z: 3\n",
	       "a:\n  # x: 1\n  y: 2\nb:\n  # of x\n  x: 1\n  z: 3\n");
	merges(DOTENV,
	       "A=1\n# one\n# two\nB=2\n", "A=1\n# one\nO=0\n# two\nB=2\n",
	       "A=1\n# one\n# two\nT=0\nB=2\n",
	       "A=1\n# one\nO=0\n# two\nT=0\nB=2\n");
	/* The same words about something else are another comment. */
	merges(YAML,
	       "# optional\na: 1\nb: 2\nc: 3\nd: 4\n",
	       "b: 2\n# optional\no: 1\nc: 3\nd: 4\n",
	       "b: 2\nc: 3\n# optional\nt: 1\nd: 4\n",
	       "b: 2\n# optional\no: 1\nc: 3\n# optional\nt: 1\nd: 4\n");
	merges(YAML,
	       "# optional\na: 1\nb: 2\nc: 3\n", "b: 2\nc: 3\n",
	       "b: 2\nc: 3\n# optional\nt: 1\n",
	       "b: 2\nc: 3\n# optional\nt: 1\n");
	merges(YAML, "a: 1\nb: 2\n", "# new\na: 1\nb: 2\n",
	       "a: 1\n# new\nb: 2\n", "# new\na: 1\n# new\nb: 2\n");
	conflicts(YAML,
		  "# one\nx: 1\ny: 2\n", "# one\no: 0\nx: 3\ny: 2\n",
		  "# one\nt: 0\ny: 2\n", "x",
		  "# one\no: 0\nt: 0\n<<<<<<< O\nx: 3\n=======\n>>>>>>> T\n"
		  "y: 2\n");
	/* Nothing is decided about what is in a conflict. */
	conflicts(YAML,
		  "# one\nx: 1\ny: 2\n", "# one\nx: 3\ny: 2\n",
		  "# one\nt: 0\ny: 2\n", "x",
		  "# one\nt: 0\n<<<<<<< O\n# one\nx: 3\n=======\n>>>>>>> T\n"
		  "y: 2\n");
}

/* Both add behind a comment at the end, which is above it in either. */
static void comment_at_the_end(void **state)
{
	(void)state;
	merges(YAML, "a:\n  b: 1\n  # more\n", "a:\n  b: 1\n  # more\n  c: 2\n",
	       "a:\n  b: 1\n  # more\n  d: 3\n",
	       "a:\n  b: 1\n  # more\n  c: 2\n  d: 3\n");
	merges(DOTENV, "A=1\n# more\n", "A=1\n# more\nB=2\n",
	       "A=1\n# more\nC=3\n", "A=1\n# more\nB=2\nC=3\n");
	/* ... and one of them says more. */
	merges(DOTENV, "A=1\n# < a\n", "A=1\n# < a\nB=2\n",
	       "A=1\n# < a\n\n# > c\nC=3\n",
	       "A=1\n# < a\nB=2\n\n# > c\nC=3\n");
	/* ... above it. */
	merges(YAML, "a: 1\n# more\n", "a: 1\n# more\nb: 2\n",
	       "a: 1\n# mo\n# more\nc: 3\n",
	       "a: 1\n# more\nb: 2\n# mo\nc: 3\n");
}

static void empty_lines(void **state)
{
	(void)state;
	merges(YAML,
	       "\n\na: 1\n\nb: 2\n\n\nc: 3\n\n",
	       "\n\na: 9\n\nb: 2\n\n\nc: 3\n\n",
	       "\n\na: 1\n\n\n\nb: 2\n\nc: 3\n",
	       "\n\na: 9\n\n\n\nb: 2\n\nc: 3\n");
	/* One around what the other removed is no change of it. */
	merges(YAML,
	       "a: 1\nb: 2\nc: 3\n", "a: 1\nc: 4\n",
	       "a: 1\n\nb: 2\n\nc: 3\n", "a: 1\n\nc: 4\n");
	merges(YAML,
	       "a:\n  b: 1\n\nc: 2\n", "a:\n  b: 1\n  d: 1\n\nc: 2\n",
	       "a:\n  b: 2\n\nc: 3\n", "a:\n  b: 2\n  d: 1\n\nc: 3\n");
}

/* How a text is stored. */

static void line_ends(void **state)
{
	(void)state;
	merges(YAML, "a: 1\r\nb: 1\r\n", "a: 2\r\nb: 1\r\n",
	       "a: 1\r\nb: 2\r\n", "a: 2\r\nb: 2\r\n");
	/* Only one changed them. */
	merges(YAML, "a: 1\nb: 1\n", "a: 2\r\nb: 1\r\n",
	       "a: 1\nb: 2\n", "a: 2\r\nb: 2\r\n");
	merges(YAML, "a: 1\r\nb: 1\r\n", "a: 2\nb: 1\n",
	       "a: 1\r\nb: 2\r\n", "a: 2\nb: 2\n");
	/* A line without one says nothing about them. */
	merges(YAML, "a: 1\r\n", "a: 2", "a: 1\r\nb: 2\r\n",
	       "a: 2\r\nb: 2");
	merges(DOTENV, "A='1\r\n2'\r\nB=1\r\n", "A='1\r\n3'\r\nB=1\r\n",
	       "A='1\r\n2'\r\nB=2\r\n", "A='1\r\n3'\r\nB=2\r\n");
	conflicts(YAML, "a: 1\r\n", "a: 2\r\n", "a: 3\r\n", "a",
		  "<<<<<<< O\r\na: 2\r\n=======\r\na: 3\r\n>>>>>>> T\r\n");
	declines(YAML, "a: 1\r\nb: 1\n", "a: 2\r\nb: 1\n", "a: 1\r\nb: 2\n",
		 "f: carriage returns in some lines");
	declines(DOTENV, "A=1\r\nB=1\n", "A=2\r\nB=1\n", "A=1\r\nB=2\n",
		 "f: characters that no such file has");
}

#define BOM "\xef\xbb\xbf"

static void byte_order_mark(void **state)
{
	(void)state;
	merges(YAML, "\xef\xbb\xbf" "a: 1\nb: 1\n",
	       "\xef\xbb\xbf" "a: 2\nb: 1\n", "\xef\xbb\xbf" "a: 1\nb: 2\n",
	       "\xef\xbb\xbf" "a: 2\nb: 2\n");
	merges(JSON, "\xef\xbb\xbf{\"a\": 1, \"b\": 1}\n",
	       "\xef\xbb\xbf{\"a\": 2, \"b\": 1}\n",
	       "{\"a\": 1, \"b\": 2}\n", "{\"a\": 2, \"b\": 2}\n");
	/* Markers begin their lines: it goes with what is between them. */
	conflicts(YAML, BOM "a: 1\nb: 1\n", BOM "a: 2\nb: 1\n",
		  BOM "a: 3\nb: 1\n", "a",
		  "<<<<<<< O\n" BOM "a: 2\n=======\n" BOM "a: 3\n>>>>>>> T\n"
		  "b: 1\n");
	conflicts(DOTENV, BOM "A=1\r\n", BOM "A=2\r\n", "A=3\r\n", "A",
		  "<<<<<<< O\r\nA=2\r\n=======\r\nA=3\r\n>>>>>>> T\r\n");
	conflicts(YAML, BOM "# c\na: 1\n", BOM "# c\na: 2\n",
		  BOM "# c\na: 3\n", "a",
		  BOM "# c\n<<<<<<< O\na: 2\n=======\na: 3\n>>>>>>> T\n");
	merges(DOTENV, "A=1\nB=2", BOM, "B=2", BOM);
	declines(YAML, BOM "a: 1\nb: 1\n", BOM "b: 1\n",
		 BOM "a: 2\nb: 1\n",
		 "f: its byte order mark would be lost in a conflict at its "
		 "top");
}

static void last_line_end(void **state)
{
	(void)state;
	merges(YAML, "a: 1\nb: 1", "a: 2\nb: 1", "a: 1\nb: 2", "a: 2\nb: 2");
	merges(YAML, "a: 1\nb: 1", "a: 2\nb: 1\n", "a: 1\nb: 2",
	       "a: 2\nb: 2\n");
	merges(YAML, "a: 1\nb: 1\n", "a: 1\nb: 2\n", "a: 1\nb: 1\nc: 1",
	       "a: 1\nb: 2\nc: 1");
	conflicts(YAML, "a: 1\nb: 1", "a: 2\nb: 1", "a: 3\nb: 1", "a",
		  "<<<<<<< O\na: 2\n=======\na: 3\n>>>>>>> T\nb: 1");
	conflicts(YAML, "a: 1", "a: 2", "a: 3", "a",
		  "<<<<<<< O\na: 2\n=======\na: 3\n>>>>>>> T\n");
	/* Nothing is left that could be ended. */
	merges(DOTENV, "A=1\nB=2", "A=1", "B=2", "");
	merges(IGNORE, "a\nb", "a", "b", "");
	/* It is part of what a block of lines says. */
	merges(YAML, "a: 1\nb: |\n  x\nc: 1", "a: 1\nb: |\n  x\n",
	       "a: 2\nb: |\n  x\nc: 1", "a: 2\nb: |\n  x\n");
}

/* YAML as people write it. */

static void block_scalars(void **state)
{
	(void)state;
	merges(YAML,
	       "a: |\n  # no comment\n  b: c\n\nd: >-\n  x\n  y\ne: 1\n",
	       "a: |\n  # no comment\n  b: d\n\nd: >-\n  x\n  y\ne: 1\n",
	       "a: |\n  # no comment\n  b: c\n\nd: >-\n  x\n  z\ne: 1\n",
	       "a: |\n  # no comment\n  b: d\n\nd: >-\n  x\n  z\ne: 1\n");
	merges(YAML,
	       "a: |+\n  x\n\n\nb: |-\n  y\nc: >\n  z\n",
	       "a: |+\n  x\n\n\n\nb: |-\n  y\nc: >\n  z\n",
	       "a: |+\n  x\n\n\nb: |\n  y\nc: >\n  zz\nd: 1\n",
	       "a: |+\n  x\n\n\n\nb: |\n  y\nc: >\n  zz\nd: 1\n");
	conflicts(YAML,
		  "a: |\n  x\n  y\nb: 1\n", "a: |\n  x\n  o\nb: 1\n",
		  "a: |\n  t\n  y\nb: 2\n", "a",
		  "<<<<<<< O\na: |\n  x\n  o\n=======\na: |\n  t\n  y\n"
		  ">>>>>>> T\nb: 2\n");
	/* The same said otherwise: one line, several lines. */
	merges(YAML,
	       "a: x\nb: 1\n", "a: \"y\\n\"\nb: 1\n", "a: |\n  y\nb: 2\n",
	       "a: \"y\\n\"\nb: 2\n");
	merges(YAML,
	       "a: x\nb: 1\n", "a: |\n  y\nb: 1\n", "a: \"y\\n\"\nb: 2\n",
	       "a: |\n  y\nb: 2\n");
	merges(YAML,
	       "a: |\n  x\nb: 1\n", "a: |\n  y\nb: 1\n", "a: \"y\\n\"\nb: 2\n",
	       "a: |\n  y\nb: 2\n");
	/* No room is left for the comment. */
	conflicts(YAML,
		  "a: x\nb: 1\n", "a: |\n  y\nb: 1\n",
		  "a: x # why\nb: 2\n", "a",
		  "<<<<<<< O\na: |\n  y\n=======\na: x # why\n>>>>>>> T\n"
		  "b: 2\n");
}

static void flows(void **state)
{
	(void)state;
	merges(YAML,
	       "a: [x, y, z]\nb: {c: 1, d: 2}\n",
	       "a: [x, z]\nb: {c: 9, d: 2}\n",
	       "a: [x, y, z, w]\nb: {c: 1, d: 2, e: 3}\n",
	       "a: [x, z, w]\nb: {c: 9, d: 2, e: 3}\n");
	/* The first goes; what follows it has other blanks before it. */
	merges(YAML,
	       "a: [x, y]\nb: {c: 1, d: 2}\n", "a: [y]\nb: {d: 2}\n",
	       "a: [w, x, y]\nb: {e: 3, c: 1, d: 2}\n",
	       "a: [w, y]\nb: {e: 3, d: 2}\n");
	merges(YAML,
	       "a: [\n  x, # of x\n  y # of y\n]\n",
	       "a: [\n  x, # of x\n  y, # of y\n  z # of z\n]\n",
	       "a: [\n  w, # of w\n  x, # of x\n  y # of y\n]\n",
	       "a: [\n  w, # of w\n  x, # of x\n  y, # of y\n  z # of z\n"
	       "]\n");
	/* What cannot stand between markers makes them go around more. */
	conflicts(YAML,
		  "a: {b: 1, c: 1}\nd: 1\n", "a: {b: 2, c: 1}\nd: 1\n",
		  "a: {b: 3, c: 1}\nd: 2\n", "a",
		  "<<<<<<< O\na: {b: 2, c: 1}\n=======\na: {b: 3, c: 1}\n"
		  ">>>>>>> T\nd: 2\n");
	conflicts(YAML,
		  "a: {\n  b: 1,\n  c: 1\n}\n", "a: {\n  b: 2,\n  c: 2\n}\n",
		  "a: {\n  b: 3,\n  c: 1\n}\n", "a.b",
		  "a: {\n<<<<<<< O\n  b: 2,\n=======\n  b: 3,\n>>>>>>> T\n"
		  "  c: 2\n}\n");
	/* All entries are removed, by both together. */
	merges(YAML,
	       "a: [x, y]\n", "a: [x]\n", "a: [y]\n", "a: []\n");
	merges(YAML,
	       "a: [x, y,]\nb: 1\n", "a: [x,]\nb: 1\n", "a: [y,]\nb: 2\n",
	       "a: []\nb: 2\n");
}

/* A conflict in several places. */
static void conflicts_at(const char *base, const char *ours,
			 const char *theirs, const char *paths,
			 const char *expected)
{
	struct call c;
	struct buf found = BUF_INIT;

	call(&c, RESOLVE_YAML, base, ours, theirs);
	if (c.err.message)
		fail_msg("%s", c.err.message);
	assert_string_equal(c.res.text.s, expected);
	for (size_t i = 0; i < c.res.nr; i++)
		buf_addf(&found, "%s%s", i ? " " : "",
			 c.res.conflicts[i].path);
	assert_string_equal(found.s, paths);
	buf_release(&found);
	call_release(&c);
	check_swapped(RESOLVE_YAML, base, ours, theirs, 1);
}

/* One removes the name that the other begins to use. */
static void anchors_at_odds(void **state)
{
	(void)state;
	conflicts_at("x: &x 1\ny: 1\nz: 1\n", "x: 1\ny: 1\nz: 2\n",
		     "x: &x 1\ny: *x\nz: 1\n", "x y",
		     "<<<<<<< O\nx: 1\n=======\nx: &x 1\n>>>>>>> T\n"
		     "<<<<<<< O\ny: 1\n=======\ny: *x\n>>>>>>> T\nz: 2\n");
	/* With the value; and the use is within something new. */
	conflicts_at("w: 1\nx: &x\n  a: 1\ny:\n  b: 1\n",
		     "w: 2\ny:\n  b: 2\n",
		     "w: 1\nx: &x\n  a: 1\ny:\n  b: 1\nz:\n  c:\n    <<: *x\n",
		     "x z",
		     "w: 2\n<<<<<<< O\n=======\nx: &x\n  a: 1\n>>>>>>> T\n"
		     "y:\n  b: 2\n<<<<<<< O\n=======\nz:\n  c:\n"
		     "    <<: *x\n>>>>>>> T\n");
	/* Deep in what one side alone has changed. */
	conflicts_at("a:\n  b: &b 1\n  c: 1\nd:\n  e: 1\n  f: 1\n",
		     "a:\n  b: 1\n  c: 2\nd:\n  e: 1\n  f: 1\n",
		     "a:\n  b: &b 1\n  c: 1\nd:\n  e: *b\n  f: 2\n", "a.b d.e",
		     "a:\n<<<<<<< O\n  b: 1\n=======\n  b: &b 1\n>>>>>>> T\n"
		     "  c: 2\nd:\n<<<<<<< O\n  e: 1\n=======\n  e: *b\n"
		     ">>>>>>> T\n  f: 2\n");
	/* In a list. */
	conflicts_at("- &x 1\n- 2\n- 3\n", "- 1\n- 2\n- 4\n",
		     "- &x 1\n- *x\n- 2\n- 3\n", "[0] [1]",
		     "<<<<<<< O\n- 1\n=======\n- &x 1\n>>>>>>> T\n"
		     "<<<<<<< O\n=======\n- *x\n>>>>>>> T\n- 2\n- 4\n");
	/* Both gave the same name to something. */
	conflicts_at("x: 1\ny: 1\nz: 1\n", "x: &n 1\ny: 1\nz: *n\n",
		     "x: 1\ny: &n 1\nz: 1\n", "x y z",
		     "<<<<<<< O\nx: &n 1\n=======\nx: 1\n>>>>>>> T\n"
		     "<<<<<<< O\ny: 1\n=======\ny: &n 1\n>>>>>>> T\n"
		     "<<<<<<< O\nz: *n\n=======\nz: 1\n>>>>>>> T\n");
}

static void documents(void **state)
{
	(void)state;
	merges(YAML,
	       "---\na: 1\n---\n# second\nb: 1\n--- # third\n- x\n",
	       "---\na: 2\n---\n# second\nb: 1\n--- # third\n- x\n",
	       "---\na: 1\n---\n# second\nb: 2\n--- # third\n- x\n- y\n",
	       "---\na: 2\n---\n# second\nb: 2\n--- # third\n- x\n- y\n");
	/* One adds a document, and the other changes one. */
	merges(YAML,
	       "a: 1\nb: 1\nc: 1\n---\nd: 1\n",
	       "a: 1\nb: 1\nc: 2\n---\n# ours\no: 1\n---\nd: 1\n",
	       "a: 2\nb: 1\nc: 1\n---\nd: 1\n---\nt: 1\n",
	       "a: 2\nb: 1\nc: 2\n---\n# ours\no: 1\n---\nd: 1\n---\n"
	       "t: 1\n");
	/* Objects of Kubernetes say who they are. */
	merges(YAML,
	       "kind: A\nmetadata: {name: x}\nv: 1\n---\n"
	       "kind: B\nmetadata: {name: x}\nv: 1\n",
	       "kind: B\nmetadata: {name: x}\nv: 2\n",
	       "kind: A\nmetadata: {name: x}\nv: 1\n---\n"
	       "kind: B\nmetadata: {name: x}\nv: 1\nw: 1\n",
	       "kind: B\nmetadata: {name: x}\nv: 2\nw: 1\n");
	/* One that one side removed is in conflict, and the others are not. */
	conflicts(YAML,
		  "---\na: 1\ne: 1\n---\nb: 1\nc: 1\n---\nd: 1\n",
		  "---\ne: 1\na: 1 # o\n---\nd: 1\n",
		  "---\na: 1\ne: 1\n---\nb: 2\nc: 1\n---\nd: 1\n", "[1]",
		  "---\ne: 1\na: 1 # o\n<<<<<<< O\n=======\n"
		  "---\nb: 2\nc: 1\n>>>>>>> T\n---\nd: 1\n");
	declines(YAML, "a: 1\n", "a: 2\n---\nb: 1\n", "a: 1\nc: 1\n",
		 "f: the sides differ in more than keys tell");
}

static void anchors(void **state)
{
	(void)state;
	merges(YAML,
	       "x: &x\n  a: 1\ny:\n  <<: *x\n  b: 1\n",
	       "x: &x\n  a: 2\ny:\n  <<: *x\n  b: 1\n",
	       "x: &x\n  a: 1\ny:\n  <<: *x\n  b: 2\nz: *x\n",
	       "x: &x\n  a: 2\ny:\n  <<: *x\n  b: 2\nz: *x\n");
	merges(YAML,
	       "a: &x !t [1]\nb: *x\n", "a: &x !t [1, 2]\nb: *x\n",
	       "a: &x !t [1]\nb: *x\nc: 1\n",
	       "a: &x !t [1, 2]\nb: *x\nc: 1\n");
}

static void keys_there_twice(void **state)
{
	(void)state;
	merges(YAML,
	       "a: 1\nb: 1\na: 2\n", "a: 1\nb: 2\na: 2\n",
	       "a: 1\nb: 1\na: 3\n", "a: 1\nb: 2\na: 3\n");
	merges(DOTENV, "A=1\nA=2\nB=1\n", "A=1\nA=3\nB=1\n",
	       "A=1\nA=2\nB=2\n", "A=1\nA=3\nB=2\n");
	/* Those of one side are as they were: so it is the other's. */
	merges(YAML, "a: 1\nb: 1\n", "a: 1\nb: 2\n",
	       "e: 1\na: 1\nb: 1\ne: 2\n", "e: 1\na: 1\nb: 2\ne: 2\n");
	merges(YAML, "a: 1\nb: 1\n", "a: 1\nb: 1\na: 2\n",
	       "a: 1\nb: 2\n", "a: 1\nb: 2\na: 2\n");
	merges(YAML, "a: 1\nb: 1\na: 2\n", "a: 1\nb: 2\na: 2\n",
	       "b: 1\na: 2\n", "b: 2\na: 2\n");
	/* Which of them is gone? */
	declines(YAML,
		 "a: 1\nb: 1\na: 2\n", "b: 1\na: 2\n",
		 "a: 1\nb: 2\na: 3\n",
		 "f: the sides differ in more than keys tell");
	/* The number that tells them apart is none of their text. */
	merges(YAML,
	       "a: 1\na: 2\na: 3\n\"a\\x012\": 4\n",
	       "a: 1\na: 2\na: 3\n\"a\\x012\": 5\n",
	       "a: 1\na: 2\na: 4\n\"a\\x012\": 4\n",
	       "a: 1\na: 2\na: 4\n\"a\\x012\": 5\n");
}

static void lists_and_maps(void **state)
{
	(void)state;
	merges(YAML,
	       "a:\n  - b:\n      - c: 1\n        d: 1\n      - e: 1\n",
	       "a:\n  - b:\n      - c: 2\n        d: 1\n      - e: 1\n",
	       "a:\n  - b:\n      - c: 1\n        d: 2\n      - e: 1\n",
	       "a:\n  - b:\n      - c: 2\n        d: 2\n      - e: 1\n");
	/* At the column of their key. */
	merges(YAML,
	       "a:\n- x\n- y\nb: 1\n", "a:\n- x\n- y\n- z\nb: 1\n",
	       "a:\n- y\nb: 2\n", "a:\n- y\n- z\nb: 2\n");
	/* Entries that have a name are who they are. */
	merges(YAML,
	       "- name: x\n  v: 1\n- name: y\n  v: 1\n",
	       "- name: x\n  v: 2\n- name: y\n  v: 1\n",
	       "- name: w\n- name: x\n  v: 1\n  u: 1\n- name: y\n  v: 3\n",
	       "- name: w\n- name: x\n  v: 2\n  u: 1\n- name: y\n  v: 3\n");
	conflicts(YAML,
		  "- name: x\n  v: 1\n- name: y\n", "- name: y\n",
		  "- name: x\n  v: 2\n- name: y\n", "[0]",
		  "<<<<<<< O\n=======\n- name: x\n  v: 2\n>>>>>>> T\n"
		  "- name: y\n");
	/* As many, but the second of theirs is the third there was. */
	conflicts(YAML,
		  "- a\n- b\n- c\n- d\n", "- a\n- b\n- x\n- y\n",
		  "- t\n- c\n- u\n- d\n", "[0]",
		  "<<<<<<< O\n- a\n- b\n- x\n- y\n=======\n"
		  "- t\n- c\n- u\n- d\n>>>>>>> T\n");
	conflicts(IGNORE,
		  "!a\nb\nc\nd\n", "!a\nb\nx\nd\n", "!t\nc\nu\nd\n", "[0]",
		  "<<<<<<< O\n!a\nb\nx\n=======\n!t\nc\n>>>>>>> T\nu\nd\n");
	/* Order counts in a command. */
	conflicts(YAML,
		  "c:\n- run\n- -a\n", "c:\n- run\n- -a\n- -o\n",
		  "c:\n- run\n- -a\n- -t\n", "c[2]",
		  "c:\n- run\n- -a\n<<<<<<< O\n- -o\n=======\n- -t\n"
		  ">>>>>>> T\n");
}

/* ... and of the others what is left of them tells. */
static void entries_without_name(void **state)
{
	(void)state;
	/* One changed an entry, and added one beside what the other changed. */
	merges(YAML,
	       "- path: /a\n  role: A\n- path: /b\n  role: B\n",
	       "- path: /a\n  role: X\n- path: /o\n  role: O\n"
	       "- path: /b\n  role: B\n",
	       "- path: /a\n  role: A\n- path: /b\n  role: Y\n"
	       "- path: /t\n  role: T\n",
	       "- path: /a\n  role: X\n- path: /o\n  role: O\n"
	       "- path: /b\n  role: Y\n- path: /t\n  role: T\n");
	/* Both changed the same one, which is another's neighbour. */
	merges(YAML,
	       "- {p: 1, q: 1, r: 1}\n- {p: 2, q: 1}\n",
	       "- {p: 1, q: 2, r: 1}\n- {p: 3}\n- {p: 2, q: 1}\n",
	       "- {p: 1, q: 1, r: 3}\n",
	       "- {p: 1, q: 2, r: 3}\n- {p: 3}\n");
	/* What has little in common is another one. */
	conflicts(YAML,
		  "- {t: b, s: 1, d: 1}\n", "- {t: b, s: 2, d: 2}\n- {x: 1}\n",
		  "- {t: b, s: 1, d: 3}\n", "[0]",
		  "<<<<<<< O\n- {t: b, s: 2, d: 2}\n- {x: 1}\n=======\n"
		  "- {t: b, s: 1, d: 3}\n>>>>>>> T\n");
}

static void keys_added_by_both(void **state)
{
	(void)state;
	/* Those of one side stay where it put them. */
	merges(YAML,
	       "z: 1\n", "z: 1\na: 1\nb: 1\nc: 1\n",
	       "z: 1\na: 1\nx: 1\nb: 1\ny: 1\nc: 1\n",
	       "z: 1\na: 1\nx: 1\nb: 1\ny: 1\nc: 1\n");
	merges(YAML,
	       "a: 1\n", "o: 1\na: 1\np: 1\n", "t: 1\na: 1\nu: 1\n",
	       "o: 1\nt: 1\na: 1\np: 1\nu: 1\n");
}

static void lists_of_variables(void **state)
{
	(void)state;
	merges(YAML,
	       "environment:\n  - A=1\n  - B=1\n",
	       "environment:\n  - A=2\n  - B=1\n  - C=1\n",
	       "environment:\n  - A=1\n  - B=2\n  - D=1\n",
	       "environment:\n  - A=2\n  - B=2\n  - C=1\n  - D=1\n");
	conflicts(YAML,
		  "environment:\n  - A=1\n  - B=1\n",
		  "environment:\n  - A=2\n  - B=1\n",
		  "environment:\n  - A=3\n  - B=1\n", "environment[A]",
		  "environment:\n<<<<<<< O\n  - A=2\n=======\n  - A=3\n"
		  ">>>>>>> T\n  - B=1\n");
}

static void sets(void **state)
{
	static const struct node_markers markers = { "B", "O", "T", 7, 0 };
	struct strvec patterns = STRVEC_INIT;
	struct call c;

	(void)state;
	strvec_push(&patterns, "services.*.networks");
	call_markers(&c, YAML,
		     "services:\n  a:\n    networks: [x, y]\n    c: [x]\n",
		     "services:\n  a:\n    networks: [x, y, o]\n    c: [x]\n",
		     "services:\n  a:\n    networks: [x, y, t]\n    c: [x]\n",
		     &patterns, &markers);
	assert_int_equal(c.ret, 0);
	assert_string_equal(c.res.text.s,
			    "services:\n  a:\n    networks: [x, y, o, t]\n"
			    "    c: [x]\n");
	call_release(&c);
	strvec_release(&patterns);
}

static void other_indentation(void **state)
{
	(void)state;
	merges(YAML,
	       "a:\n  b:\n    - x\n  c: |\n    y\n",
	       "a:\n    b:\n        - x\n    c: |\n        y\n",
	       "a:\n  b:\n    - x\n    - z\n  c: |\n    y\n  # new\n  d: 1\n",
	       "a:\n    b:\n        - x\n        - z\n    c: |\n        y\n"
	       "    # new\n    d: 1\n");
	merges(YAML,
	       "a:\n  b:\n    - x\n  c: |\n    y\n",
	       "a:\n  b:\n    - x\n    - z\n  c: |\n    y\n  # new\n  d: 1\n",
	       "a:\n    b:\n        - x\n    c: |\n        y\n",
	       "a:\n    b:\n        - x\n        - z\n    c: |\n        y\n"
	       "    # new\n    d: 1\n");
}

static void not_the_same_type(void **state)
{
	(void)state;
	conflicts(YAML,
		  "a: 1\nb: 1\n", "a:\n  - 1\nb: 1\n", "a: 2\nb: 2\n", "a",
		  "<<<<<<< O\na:\n  - 1\n=======\na: 2\n>>>>>>> T\nb: 2\n");
	merges(YAML,
	       "a: [1, 2]\nb: 1\n", "a:\n- 1\n- 2\nb: 1\n",
	       "a: [1, 2, 3]\nb: 2\n", "a: [1, 2, 3]\nb: 2\n");
	/* A text is no number. */
	conflicts(YAML,
		  "a: 1\n", "a: \"1\"\n", "a: 2\n", "a",
		  "<<<<<<< O\na: \"1\"\n=======\na: 2\n>>>>>>> T\n");
}

/* JSON. */

static void json_tabs(void **state)
{
	(void)state;
	merges(JSON,
	       "{\n\t\"a\": 1,\n\t\"b\": [\n\t\t1\n\t]\n}\n",
	       "{\n\t\"a\": 2,\n\t\"b\": [\n\t\t1\n\t]\n}\n",
	       "{\n\t\"a\": 1,\n\t\"b\": [\n\t\t1,\n\t\t2\n\t]\n}\n",
	       "{\n\t\"a\": 2,\n\t\"b\": [\n\t\t1,\n\t\t2\n\t]\n}\n");
}

static void json_last_entry(void **state)
{
	(void)state;
	/* There is a comma behind it, so it is no longer the last. */
	conflicts(JSON,
		  "{\n  \"x\": {\n    \"a\": 1,\n    \"b\": 1\n  }\n}\n",
		  "{\n  \"x\": {\n    \"a\": 1\n  }\n}\n",
		  "{\n  \"x\": {\n    \"a\": 1,\n    \"b\": 2\n  }\n}\n",
		  "x.b",
		  "{\n  \"x\": {\n<<<<<<< O\n=======\n    \"b\": 2,\n"
		  ">>>>>>> T\n    \"a\": 1\n  }\n}\n");
	/* Nothing else could be the last. */
	conflicts(JSON,
		  "{\n  \"x\": {\n    \"b\": 1\n  }\n}\n",
		  "{\n  \"x\": {\n  }\n}\n",
		  "{\n  \"x\": {\n    \"b\": 2\n  }\n}\n", "x",
		  "{\n<<<<<<< O\n  \"x\": {\n  }\n=======\n"
		  "  \"x\": {\n    \"b\": 2\n  }\n>>>>>>> T\n}\n");
	conflicts(JSON,
		  "{\n  \"a\": 1,\n  \"b\": 1\n}\n",
		  "{\n  \"a\": 1,\n  \"b\": 2\n}\n",
		  "{\n  \"a\": 1,\n  \"b\": 3\n}\n", "b",
		  "{\n  \"a\": 1,\n<<<<<<< O\n  \"b\": 2\n=======\n"
		  "  \"b\": 3\n>>>>>>> T\n}\n");
	conflicts(JSON,
		  "{\n  \"a\": 1,\n  \"b\": 1\n}\n",
		  "{\n  \"b\": 1\n}\n",
		  "{\n  \"a\": 2,\n  \"b\": 1\n}\n", "a",
		  "{\n<<<<<<< O\n=======\n  \"a\": 2,\n>>>>>>> T\n"
		  "  \"b\": 1\n}\n");
	/* Both removed the last, in turn. */
	merges(JSON,
	       "{\"a\": 1, \"b\": 1}\n", "{\"a\": 1}\n", "{\"b\": 1}\n",
	       "{}\n");
}

/* Conflict markers. */

static void marked_as_asked(void **state)
{
	const struct node_markers markers = { "base", "us", "them", 10, 1 };
	struct call c;

	(void)state;
	call_markers(&c, YAML, "x: 1\n# c\na: 1\n", "x: 1\n# c\na: 2\n",
		     "x: 1\n# c\na: 3\n", NULL, &markers);
	assert_string_equal(c.res.text.s,
			    "x: 1\n# c\n<<<<<<<<<< us\na: 2\n"
			    "|||||||||| base\na: 1\n==========\na: 3\n"
			    ">>>>>>>>>> them\n");
	call_release(&c);
	call_markers(&c, JSON, "{\n  \"a\": 1,\n  \"b\": 1\n}\n",
		     "{\n  \"a\": 2,\n  \"b\": 1\n}\n",
		     "{\n  \"a\": 3,\n  \"b\": 1\n}\n", NULL, &markers);
	assert_string_equal(c.res.text.s,
			    "{\n<<<<<<<<<< us\n  \"a\": 2,\n"
			    "|||||||||| base\n  \"a\": 1,\n==========\n"
			    "  \"a\": 3,\n>>>>>>>>>> them\n  \"b\": 1\n}\n");
	call_release(&c);
}

static void conflict_behind_a_dash(void **state)
{
	(void)state;
	/* A marker needs a line of its own, so the entry is the conflict. */
	conflicts(YAML,
		  "- a: 1\n  b: 1\n- c\n", "- a: 2\n  b: 1\n- c\n",
		  "- a: 3\n  b: 1\n- c\n- d\n", "[0]",
		  "<<<<<<< O\n- a: 2\n  b: 1\n=======\n- a: 3\n  b: 1\n"
		  ">>>>>>> T\n- c\n- d\n");
	conflicts(YAML,
		  "- a: 1\n  b: 1\n", "- a: 1\n  b: 2\n",
		  "- a: 1\n  b: 3\n", "[0].b",
		  "- a: 1\n<<<<<<< O\n  b: 2\n=======\n  b: 3\n>>>>>>> T\n");
}

static void said_in_few_words(void **state)
{
	struct call c;

	(void)state;
	call(&c, YAML, "a: 1\nb: [1]\nc: 1\n", "a: 2\nb: {x: 1}\nd: 1\n",
	     "a: 'three'\nb: [1, 2]\nc: 2\n");
	assert_int_equal(c.ret, 1);
	assert_int_equal(c.res.nr, 3);
	assert_string_equal(c.res.conflicts[0].ours, "2");
	assert_string_equal(c.res.conflicts[0].theirs, "'three'");
	assert_string_equal(c.res.conflicts[1].ours, "1 key");
	assert_string_equal(c.res.conflicts[1].theirs, "2 entries");
	assert_null(c.res.conflicts[2].ours);
	assert_string_equal(c.res.conflicts[2].theirs, "2");
	assert_int_equal(c.res.ours.nr, 1);
	assert_string_equal(c.res.ours.v[0], "d");
	assert_int_equal(c.res.theirs.nr, 0);
	call_release(&c);
}

/* Settings, a line each. */

static void dotenv_spellings(void **state)
{
	(void)state;
	merges(DOTENV,
	       "export A=\"x y\" # why\nB='a # b'\nC=#no\nD = 1\nE=\n",
	       "export A=\"x z\" # why\nB='a # b'\nC=#no\nD = 1\nE=e\n",
	       "export A=\"x y\" # because\nB='a # c'\nC=#yes\nD = 2\nE=\n",
	       "export A=\"x z\" # because\nB='a # c'\nC=#yes\nD = 2\nE=e\n");
	merges(DOTENV,
	       "KEY=\"one\ntwo # x\n\"\nB=1\n", "KEY=\"one\ntwo # y\n\"\nB=1\n",
	       "KEY=\"one\ntwo # x\n\"\nB=2\n",
	       "KEY=\"one\ntwo # y\n\"\nB=2\n");
	conflicts(DOTENV, "# c\nA=1\nB=1\n", "# c\nA=2\nB=2\n",
		  "# c\nA=3\nB=1\n", "A",
		  "# c\n<<<<<<< O\nA=2\n=======\nA=3\n>>>>>>> T\nB=2\n");
	declines(DOTENV, "A=1\n", "A=1\nsource x\n", "A=2\n",
		 "f:2: neither KEY=VALUE nor a comment");
	declines(DOTENV, "A=1\n", "A=2\n", "A=3\nB='x\n",
		 "f:2: a quote that does not end");
}

static void dotenv_added_by_both(void **state)
{
	(void)state;
	merges(DOTENV, NULL, "A=1\nB=1\n", "A=1\nC=1\n",
	       "A=1\nB=1\nC=1\n");
	conflicts(DOTENV, NULL, "A=1\nB=1\n", "A=2\nB=1\n", "A",
		  "<<<<<<< O\nA=1\n=======\nA=2\n>>>>>>> T\nB=1\n");
}

static void ignore_patterns(void **state)
{
	struct call c;

	(void)state;
	call(&c, IGNORE, "a\n", "a\no\n", "a\nt\n");
	assert_string_equal(c.res.ours.v[0], "o");
	assert_string_equal(c.res.theirs.v[0], "t");
	call_release(&c);
	/* Both may add. */
	merges(IGNORE, "a\n", "a\n# ours\no\n", "a\nt\n",
	       "a\n# ours\no\nt\n");
	merges(IGNORE, "a\nb\n", "a\nb\no\nx\n", "a\nb\nx\nt\n",
	       "a\nb\no\nx\nt\n");
	merges(IGNORE, "a\n", "a\n# ours\no\nx\n", "a\n# theirs\nx\nt\n",
	       "a\n# ours\no\n# theirs\nx\nt\n");
	/* What one removed is gone, though the other added beside it. */
	merges(IGNORE, "a\nb\nc\n", "o\nc\n", "a\nt\nc\n", "o\nt\nc\n");
	merges(IGNORE, "a\nb\nc\n", "o\nc\n", "a\nb2\nc\n", "o\nb2\nc\n");
	/* ... and a comment that both kept stays, wherever it was. */
	merges(IGNORE, "a\n# one\nb\n# two\nc\n", "a\n# one\n# two\nc\no\n",
	       "a\n# one\nb\nt\n", "a\n# one\nt\no\n");
	merges(IGNORE, "a\n# one\nb\n# two\nc\n", "a\n# one\n# two\nc\n",
	       "a\n# one\nb\n", "a\n# one\n");
	/* With a negation the order counts. */
	conflicts(IGNORE, "*.log\n", "*.log\n!o.log\n", "*.log\no*\n",
		  "[1]",
		  "*.log\n<<<<<<< O\n!o.log\n=======\no*\n>>>>>>> T\n");
	merges(IGNORE, "*.log\n!a.log\n", "x\n*.log\n!a.log\n",
	       "*.log\n!a.log\ny\n", "x\n*.log\n!a.log\ny\n");
}

/* No help. */

static void unreadable(void **state)
{
	struct call c;

	(void)state;
	/* As an unquoted %...% is, which some products have. */
	call(&c, YAML, "a: 1\n", "a: 2\n", "a: %x%\n");
	assert_int_equal(c.ret, -1);
	assert_int_equal(c.res.text.len, 0);
	assert_true(starts_with(c.err.message, "f:1:"));
	call_release(&c);
	call(&c, JSON, "{}\n", "{\"a\": 1,}\n", "{\"b\": 1}\n");
	assert_int_equal(c.ret, -1);
	assert_int_equal(c.res.text.len, 0);
	call_release(&c);
	declines(YAML, "a: 1\n", "a\n", "a: 2\n", "f:1: no keys and no list");
	declines(YAML, "a: 1\n", "? a\n: 2\n", "a: 3\n",
		 "f:1: something above the first key");
	declines(YAML, "a: 1\n", "", "a: 3\n", "f:1: nothing in it");
	declines(RESOLVE_NONE, "a\n", "b\n", "c\n",
		 "f: no kind of file whose structure is known");
}

/* Does not look at what says nothing. */
static void one_side_as_it_is(void **state)
{
	(void)state;
	merges(YAML, "%x%: [\n", "%x%: [\n", "\r}", "\r}");
	merges(YAML, "%x%: [\n", "{", "{", "{");
}

static void kinds_by_name(void **state)
{
	(void)state;
	assert_int_equal(resolve_kind_of("a/b/services.yaml"), YAML);
	assert_int_equal(resolve_kind_of("docker-compose.yml.template"), YAML);
	assert_int_equal(resolve_kind_of("composer.json"), JSON);
	assert_int_equal(resolve_kind_of("x/.env"), DOTENV);
	assert_int_equal(resolve_kind_of(".env.dist"), DOTENV);
	assert_int_equal(resolve_kind_of("x/.gitignore"), IGNORE);
	assert_int_equal(resolve_kind_of("env"), RESOLVE_NONE);
	assert_int_equal(resolve_kind_of("a.yaml/b"), RESOLVE_NONE);
	for (int kind = YAML; kind <= IGNORE; kind++)
		assert_int_equal(resolve_kind_named(resolve_kind_name(
			(enum resolve_kind)kind)), kind);
	assert_int_equal(resolve_kind_named("none"), RESOLVE_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_dotenv_default),
		cmocka_unit_test(real_composer_require),
		cmocka_unit_test(real_compose_service),
		cmocka_unit_test(real_services_yaml),
		cmocka_unit_test(real_quoted_by_theirs),
		cmocka_unit_test(real_list_entry),
		cmocka_unit_test(real_renamed_key),
		cmocka_unit_test(emptied_by_one_side),
		cmocka_unit_test(renamed_by_both_alike),
		cmocka_unit_test(new_in_both_beside_a_removal),
		cmocka_unit_test(renamed_by_each_otherwise),
		cmocka_unit_test(comments_go_with_keys),
		cmocka_unit_test(comments_of_both),
		cmocka_unit_test(comments_stand_once),
		cmocka_unit_test(comment_at_the_end),
		cmocka_unit_test(empty_lines),
		cmocka_unit_test(line_ends),
		cmocka_unit_test(byte_order_mark),
		cmocka_unit_test(last_line_end),
		cmocka_unit_test(block_scalars),
		cmocka_unit_test(flows),
		cmocka_unit_test(documents),
		cmocka_unit_test(anchors),
		cmocka_unit_test(anchors_at_odds),
		cmocka_unit_test(keys_there_twice),
		cmocka_unit_test(lists_and_maps),
		cmocka_unit_test(entries_without_name),
		cmocka_unit_test(keys_added_by_both),
		cmocka_unit_test(lists_of_variables),
		cmocka_unit_test(sets),
		cmocka_unit_test(other_indentation),
		cmocka_unit_test(not_the_same_type),
		cmocka_unit_test(json_tabs),
		cmocka_unit_test(json_last_entry),
		cmocka_unit_test(marked_as_asked),
		cmocka_unit_test(conflict_behind_a_dash),
		cmocka_unit_test(said_in_few_words),
		cmocka_unit_test(dotenv_spellings),
		cmocka_unit_test(dotenv_added_by_both),
		cmocka_unit_test(ignore_patterns),
		cmocka_unit_test(unreadable),
		cmocka_unit_test(one_side_as_it_is),
		cmocka_unit_test(kinds_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
