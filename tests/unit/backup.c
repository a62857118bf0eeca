/* Backups: their manifest, and which of them stay; also SHA-256. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/sha256.h"
#include "base/time.h"
#include "model/backup.h"

#define HOUR 3600L
#define DAY (24 * HOUR)
/* 2026-11-20 12:00, a Friday */
#define NOON 1795176000L

static void hash(const char *text, size_t times, const char *expected)
{
	struct sha256 *s = sha256_new();
	char hex[SHA256_HEX + 1];

	for (size_t i = 0; i < times; i++)
		sha256_add(s, text, strlen(text));
	sha256_end(s, hex);
	assert_string_equal(expected, hex);
}

/* The examples of FIPS 180-4, and a length at every edge of a block. */
static void hashes(void **state)
{
	char all[200], hex[SHA256_HEX + 1], again[SHA256_HEX + 1];

	(void)state;
	hash("", 1, "e3b0c44298fc1c149afbf4c8996fb924"
	     "27ae41e4649b934ca495991b7852b855");
	hash("abc", 1, "ba7816bf8f01cfea414140de5dae2223"
	     "b00361a396177a9cb410ff61f20015ad");
	hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	     "248d6a61d20638b8e5c026930c3e6039"
	     "a33ce45964ff2167f6ecedd419db06c1");
	hash("a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67"
	     "f1809a48a497200e046d39ccc7112cd0");
	memset(all, 'x', sizeof(all));
	for (size_t len = 0; len < sizeof(all); len++) {
		struct sha256 *s = sha256_new();

		sha256_add(s, all, len);
		sha256_end(s, hex);
		s = sha256_new();
		for (size_t i = 0; i < len; i++)
			sha256_add(s, all + i, 1);
		sha256_end(s, again);
		assert_string_equal(hex, again);
		assert_true(sha256_is_hex(hex));
	}
	assert_false(sha256_is_hex("abc"));
}

static struct backup *add(struct backup_list *list, enum backup_kind kind,
			  time_t when)
{
	struct backup *b;

	ALLOC_GROW(list->v, list->nr + 1, list->alloc);
	b = &list->v[list->nr++];
	*b = (struct backup)BACKUP_INIT;
	b->id = backup_id_at(when);
	b->commit = xstrdup("0123456789012345678901234567890123456789");
	b->release = xstrdup("v1.0.0");
	b->kind = kind;
	b->when = when;
	b->keep = 2 * DAY;
	b->at_most = 5 * DAY;
	if (kind == BACKUP_UPGRADE)
		b->to = xstrdup("v1.1.0");
	return b;
}

/* What becomes of the one of that time: "+last 3, daily 2" stays. */
static void fate(const struct backup_list *list,
		 const struct backup_rules *rules, time_t now, time_t when,
		 const char *expected)
{
	struct backup_fate *fates = backup_fates_new(list->nr);
	char *id = backup_id_at(when), *got = NULL;

	backups_judge(list, rules, now, fates);
	for (size_t i = 0; i < list->nr; i++)
		if (!strcmp(list->v[i].id, id))
			got = xstrfmt("%c%s", fates[i].goes ? '-' : '+',
				      fates[i].why.s);
	assert_non_null(got);
	assert_string_equal(expected, got);
	backup_fates_free(fates, list->nr);
	free(got);
	free(id);
}

static void keeps_by_rules(void **state)
{
	const struct backup_rules rules = { 2, 3, 2, 2 };
	const struct backup_rules none = { 0, 0, 0, 0 };
	struct backup_list list = BACKUP_LIST_INIT;

	(void)state;
	for (int day = 0; day < 60; day++) {
		add(&list, BACKUP_MANUAL, NOON - day * DAY);
		add(&list, BACKUP_MANUAL, NOON - day * DAY - HOUR);
	}
	backup_list_sort(&list);
	fate(&list, &rules, NOON, NOON,
	     "+last 2, daily 3, weekly 2, monthly 2");
	fate(&list, &rules, NOON, NOON - HOUR, "+last 2");
	fate(&list, &rules, NOON, NOON - DAY, "+daily 3");
	fate(&list, &rules, NOON, NOON - DAY - HOUR, "-no rule keeps it");
	fate(&list, &rules, NOON, NOON - 2 * DAY, "+daily 3");
	fate(&list, &rules, NOON, NOON - 3 * DAY, "-no rule keeps it");
	/* The Sunday before, and the last of October. */
	fate(&list, &rules, NOON, NOON - 5 * DAY, "+weekly 2");
	fate(&list, &rules, NOON, NOON - 4 * DAY, "-no rule keeps it");
	fate(&list, &rules, NOON, NOON - 20 * DAY, "+monthly 2");
	fate(&list, &none, NOON, NOON - 59 * DAY, "+no rule says how long");
	backup_list_release(&list);
}

static void keeps_until_verified(void **state)
{
	const struct backup_rules rules = { 1, 0, 0, 0 };
	struct backup_list list = BACKUP_LIST_INIT;
	struct backup *b = add(&list, BACKUP_UPGRADE, NOON);

	(void)state;
	fate(&list, &rules, NOON + 100 * DAY, NOON,
	     "+until v1.1.0 is verified, and 2d from then");
	assert_ptr_equal(b, backups_last_upgrade(&list, NOON + 100 * DAY));
	b->verified = NOON + DAY;
	assert_int_equal(NOON + 3 * DAY, backup_expires(b));
	fate(&list, &rules, NOON + 3 * DAY - 1, NOON,
	     "+until 2026-11-23 12:00 UTC");
	assert_ptr_equal(b, backups_last_upgrade(&list, NOON + 3 * DAY - 1));
	fate(&list, &rules, NOON + 3 * DAY, NOON, "+its time was up "
	     "2026-11-23 12:00 UTC; but it is the last good one");
	assert_null(backups_last_upgrade(&list, NOON + 3 * DAY));
	add(&list, BACKUP_MANUAL, NOON + 3 * DAY);
	backup_list_sort(&list);
	fate(&list, &rules, NOON + 3 * DAY, NOON,
	     "-its time was up 2026-11-23 12:00 UTC");
	backup_list_release(&list);
}

static void trusts_no_future(void **state)
{
	const struct backup_rules rules = { 1, 0, 0, 0 };
	struct backup_list list = BACKUP_LIST_INIT;

	(void)state;
	add(&list, BACKUP_MANUAL, NOON);
	add(&list, BACKUP_MANUAL, NOON - DAY);
	add(&list, BACKUP_MANUAL, NOON + DAY);
	add(&list, BACKUP_UPGRADE, NOON + 2 * DAY);
	backup_list_sort(&list);
	fate(&list, &rules, NOON, NOON + DAY,
	     "+dated in the future, and not trusted");
	fate(&list, &rules, NOON, NOON, "+last 1");
	fate(&list, &rules, NOON, NOON - DAY, "-no rule keeps it");
	assert_null(backups_last_upgrade(&list, NOON));
	/* Two clocks may differ a little. */
	assert_true(backup_is_trusted(&list.v[2], NOON - 60));
	assert_false(backup_is_trusted(&list.v[2], NOON - HOUR));
	backup_list_release(&list);
}

static void keeps_the_last_good_one(void **state)
{
	const struct backup_rules rules = { 1, 0, 0, 0 };
	struct backup_list list = BACKUP_LIST_INIT;

	(void)state;
	add(&list, BACKUP_MANUAL, NOON)->state = BACKUP_FAILED;
	add(&list, BACKUP_MANUAL, NOON - HOUR)->state = BACKUP_DAMAGED;
	add(&list, BACKUP_MANUAL, NOON - 2 * HOUR)->state = BACKUP_RUNNING;
	add(&list, BACKUP_UPGRADE, NOON - 9 * DAY)->verified = NOON - 8 * DAY;
	add(&list, BACKUP_UPGRADE, NOON - 19 * DAY)->verified =
		NOON - 18 * DAY;
	fate(&list, &rules, NOON, NOON, "-it failed, and holds nothing");
	fate(&list, &rules, NOON, NOON - HOUR,
	     "+damaged; only \"backup delete\" removes it");
	fate(&list, &rules, NOON, NOON - 2 * HOUR, "+it is being made");
	fate(&list, &rules, NOON, NOON - 9 * DAY, "+its time was up "
	     "2026-11-14 12:00 UTC; but it is the last good one");
	fate(&list, &rules, NOON, NOON - 19 * DAY,
	     "-its time was up 2026-11-04 12:00 UTC");
	backup_list_release(&list);
}

static char *manifest(const struct backup *b)
{
	struct json *j = json_new();
	struct buf out = BUF_INIT;

	json_object(j, NULL);
	backup_write(b, j);
	json_end(j);
	json_write(j, &out, JSON_INDENT);
	json_free(j);
	return buf_detach(&out);
}

static void reads_what_it_wrote(void **state)
{
	struct backup_list list = BACKUP_LIST_INIT;
	struct backup *b = add(&list, BACKUP_UPGRADE, NOON);
	struct backup_part *part = backup_add_part(b, "database");
	struct backup read = BACKUP_INIT;
	struct error err = ERROR_INIT;
	struct buf size = BUF_INIT;
	char *text, *again;

	(void)state;
	part->size = 12345678901234LL;
	part->sha256 = xstrdup("e3b0c44298fc1c149afbf4c8996fb924"
			       "27ae41e4649b934ca495991b7852b855");
	part->version = xstrdup("dump 1.0");
	b->rules.weekly = 4;
	b->state = BACKUP_DAMAGED;
	b->label = xstrdup("a \"label\"\nof two lines");
	text = manifest(b);
	assert_int_equal(0, backup_parse(&read, text, strlen(text), &err));
	again = manifest(&read);
	assert_string_equal(text, again);
	backup_add_size(&size, backup_size(&read));
	assert_string_equal("12 TB", size.s);
	buf_release(&size);
	backup_release(&read);
	backup_list_release(&list);
	free(text);
	free(again);
}

static void refuse(const char *text)
{
	struct backup read = BACKUP_INIT;
	struct error err = ERROR_INIT;

	assert_int_equal(-1, backup_parse(&read, text, strlen(text), &err));
	error_release(&err);
	backup_release(&read);
}

static void refuses_what_is_none(void **state)
{
#define REST "\"commit\": \"01\", \"when\": 5, \"kind\": \"manual\", " \
	"\"state\": \"good\""
	struct backup read = BACKUP_INIT;
	struct error err = ERROR_INIT;
	const char *good = "{\"id\": \"2026\", " REST "}";

	(void)state;
	assert_int_equal(0, backup_parse(&read, good, strlen(good), &err));
	backup_release(&read);
	refuse("");
	refuse("[]");
	refuse("{\"id\": \"../../etc\", " REST "}");
	refuse("{\"id\": \"--\", " REST "}");
	refuse("{\"id\": \"2026\", \"commit\": \"01\", \"when\": 5}");
	refuse("{\"id\": \"2026\", \"artifacts\": [{\"name\": \"../x\", "
	       "\"sha256\": \"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934"
	       "ca495991b7852b855\"}], " REST "}");
	refuse("{\"id\": \"2026\", \"artifacts\": [{\"name\": \"x\"}], "
	       REST "}");
}

static void says_sizes_and_spans(void **state)
{
	static const struct { long long size; const char *said; } sizes[] = {
		{ 0, "0 B" }, { 999, "999 B" }, { 1000, "1.0 KB" },
		{ 9949, "9.9 KB" }, { 12345, "12 KB" },
		{ 2100000000LL, "2.1 GB" },
	};
	static const struct { long span; const char *said; } spans[] = {
		{ 0, "0s" }, { 90, "90s" }, { 600, "10m" }, { 7200, "2h" },
		{ 48 * HOUR, "2d" }, { 49 * HOUR, "49h" },
	};
	struct buf b = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		buf_reset(&b);
		backup_add_size(&b, sizes[i].size);
		assert_string_equal(sizes[i].said, b.s);
	}
	for (size_t i = 0; i < ARRAY_SIZE(spans); i++) {
		buf_reset(&b);
		time_add_exact_span(&b, spans[i].span);
		assert_string_equal(spans[i].said, b.s);
		assert_int_equal(spans[i].span, time_parse_span(b.s));
	}
	buf_release(&b);
}

/* The mark beside this program; free() */
static char *clock_mark(void)
{
	char path[4096];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	assert_true(len > 0);
	path[len] = '\0';
	*strrchr(path, '/') = '\0';
	return xstrfmt("%s/" CLOCK_MARK, path);
}

static void the_clock_can_be_set(void **state)
{
	char *mark = clock_mark();
	FILE *f;

	(void)state;
	unlink(mark);
	setenv(CLOCK_ENV, "+49h", 1);
	assert_in_range(time_now() - time(NULL), 0, 1);
	f = fopen(mark, "w");
	assert_non_null(f);
	fclose(f);
	setenv(CLOCK_ENV, "1795176000", 1);
	assert_int_equal(NOON, time_now());
	setenv(CLOCK_ENV, "+49h", 1);
	assert_in_range(time_now() - time(NULL), 49 * HOUR - 1,
			49 * HOUR + 1);
	setenv(CLOCK_ENV, "-2d", 1);
	assert_in_range(time(NULL) - time_now(), 2 * DAY - 1, 2 * DAY + 1);
	setenv(CLOCK_ENV, "", 1);
	assert_in_range(time_now() - time(NULL), 0, 1);
	unsetenv(CLOCK_ENV);
	unlink(mark);
	free(mark);
}

/* IDs of backups sort by them. */
static void milliseconds_belong_to_their_second(void **state)
{
	time_t first = 0, last = 0;
	int ms = 0, last_ms = 0;

	(void)state;
	do {
		time_t now = time_now_ms(&ms);

		assert_in_range(ms, 0, 999);
		assert_true(now > last || (now == last && ms >= last_ms));
		first = first ? first : now;
		last = now;
		last_ms = ms;
	} while (last == first || ms < 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes),
		cmocka_unit_test(keeps_by_rules),
		cmocka_unit_test(keeps_until_verified),
		cmocka_unit_test(trusts_no_future),
		cmocka_unit_test(keeps_the_last_good_one),
		cmocka_unit_test(reads_what_it_wrote),
		cmocka_unit_test(refuses_what_is_none),
		cmocka_unit_test(says_sizes_and_spans),
		cmocka_unit_test(the_clock_can_be_set),
		cmocka_unit_test(milliseconds_belong_to_their_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
