#include "model/backup.h"

#include "base/mem.h"
#include "base/sha256.h"
#include "base/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Clocks of two machines may differ by so much. */
#define CLOCK_SLACK 300
#define MAX_ID 40

static const char *const kinds[] = { "manual", "upgrade" };
static const char *const states[] = { "good", "running", "failed",
				      "damaged" };

const char *backup_kind_name(enum backup_kind kind)
{
	return kinds[kind];
}

const char *backup_state_name(enum backup_state state)
{
	return states[state];
}

void backup_drop_parts(struct backup *b)
{
	for (size_t i = 0; i < b->nr_parts; i++) {
		free(b->parts[i].name);
		free(b->parts[i].sha256);
		free(b->parts[i].version);
	}
	FREE_AND_NULL(b->parts);
	b->nr_parts = 0;
}

void backup_release(struct backup *b)
{
	free(b->oid);
	free(b->id);
	free(b->env);
	free(b->commit);
	free(b->release);
	free(b->to);
	free(b->path);
	free(b->nonce);
	free(b->label);
	free(b->who);
	free(b->detail);
	free(b->folder);
	backup_drop_parts(b);
	*b = (struct backup)BACKUP_INIT;
}

void backup_list_release(struct backup_list *list)
{
	for (size_t i = 0; i < list->nr; i++)
		backup_release(&list->v[i]);
	free(list->v);
	*list = (struct backup_list)BACKUP_LIST_INIT;
}

static int newest_first(const void *one, const void *other)
{
	const struct backup *a = one, *b = other;

	if (a->when != b->when)
		return a->when < b->when ? 1 : -1;
	return strcmp(b->id, a->id);
}

void backup_list_sort(struct backup_list *list)
{
	if (list->nr)
		qsort(list->v, list->nr, sizeof(*list->v), newest_first);
}

struct backup *backup_list_find(const struct backup_list *list,
				const char *id)
{
	for (size_t i = 0; i < list->nr; i++)
		if (!strcmp(list->v[i].id, id))
			return &list->v[i];
	return NULL;
}

struct backup_part *backup_add_part(struct backup *b, const char *name)
{
	struct backup_part *part;

	b->parts = xrealloc(b->parts, (b->nr_parts + 1) * sizeof(*b->parts));
	part = &b->parts[b->nr_parts++];
	*part = (struct backup_part){ .name = xstrdup(name) };
	return part;
}

int backup_is_id(const char *text)
{
	size_t len = strlen(text);

	return len && len <= MAX_ID && *text != '-' &&
	       strspn(text, "0123456789-") == len;
}

char *backup_id_at(time_t when)
{
	struct tm tm = { 0 };

	gmtime_r(&when, &tm);
	return xstrfmt("%04d%02d%02d-%02d%02d%02d", tm.tm_year + 1900,
		       tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
		       tm.tm_sec);
}

/* The manifest */

static void write_parts(const struct backup *b, struct json *j)
{
	json_list(j, "artifacts");
	for (size_t i = 0; i < b->nr_parts; i++) {
		const struct backup_part *part = &b->parts[i];

		json_object(j, NULL);
		json_string(j, "name", part->name);
		json_number(j, "size", (double)part->size);
		json_string(j, "sha256", part->sha256);
		json_number(j, "seconds", (double)part->seconds);
		json_string(j, "version", part->version);
		json_end(j);
	}
	json_end(j);
}

static void write_rules(const struct backup_rules *rules, struct json *j)
{
	json_object(j, "rules");
	json_number(j, "last", (double)rules->last);
	json_number(j, "daily", (double)rules->daily);
	json_number(j, "weekly", (double)rules->weekly);
	json_number(j, "monthly", (double)rules->monthly);
	json_end(j);
}

void backup_write(const struct backup *b, struct json *j)
{
	struct buf when = BUF_INIT;

	time_add_rfc3339(&when, b->when);
	json_string(j, "id", b->id);
	json_string(j, "env", b->env);
	json_string(j, "kind", kinds[b->kind]);
	json_string(j, "state", states[b->state]);
	json_string(j, "commit", b->commit);
	json_string(j, "release", b->release);
	json_string(j, "to", b->to);
	json_string(j, "made", when.s);
	json_number(j, "when", (double)b->when);
	json_number(j, "seconds", (double)b->seconds);
	json_string(j, "label", b->label);
	json_string(j, "who", b->who);
	json_string(j, "detail", b->detail);
	json_string(j, "folder", b->folder);
	json_string(j, "path", b->path);
	json_string(j, "nonce", b->nonce);
	json_number(j, "keep", (double)b->keep);
	json_number(j, "at_most", (double)b->at_most);
	json_bool(j, "blocks", b->blocks);
	write_rules(&b->rules, j);
	write_parts(b, j);
	buf_release(&when);
}

static long long number(const struct value *v, const char *key)
{
	const char *text = value_text(v, key);
	long long n = text ? strtoll(text, NULL, 10) : 0;

	return n > 0 ? n : 0;
}

/* -1: it is none of them. */
static int word(const struct value *v, const char *key,
		const char *const *words, size_t nr)
{
	const char *text = value_text(v, key);

	for (size_t i = 0; text && i < nr; i++)
		if (!strcmp(text, words[i]))
			return (int)i;
	return -1;
}

/* Each is the name of a file, and without its sum nothing can be told. */
static int read_parts(struct backup *b, const struct value *list)
{
	for (size_t i = 0; list && i < list->nr; i++) {
		const struct value *v = list->items[i];
		const char *name = value_text(v, "name");
		const char *sum = value_text(v, "sha256");
		struct backup_part *part;

		if (!name || !profile_is_name(name) || !sum ||
		    !sha256_is_hex(sum))
			return -1;
		part = backup_add_part(b, name);
		part->size = number(v, "size");
		part->sha256 = xstrdup(sum);
		part->seconds = (long)number(v, "seconds");
		part->version = value_text_copy(v, "version");
	}
	return 0;
}

static void read_texts(struct backup *b, const struct value *v)
{
	const struct value *rules = value_get(v, "rules");

	b->env = value_text_copy(v, "env");
	b->release = value_text_copy(v, "release");
	b->to = value_text_copy(v, "to");
	b->path = value_text_copy(v, "path");
	b->nonce = value_text_copy(v, "nonce");
	b->label = value_text_copy(v, "label");
	b->who = value_text_copy(v, "who");
	b->detail = value_text_copy(v, "detail");
	b->folder = value_text_copy(v, "folder");
	b->seconds = (long)number(v, "seconds");
	b->keep = (long)number(v, "keep");
	b->at_most = (long)number(v, "at_most");
	b->blocks = are_same(value_text(v, "blocks"), "true");
	b->rules.last = (long)number(rules, "last");
	b->rules.daily = (long)number(rules, "daily");
	b->rules.weekly = (long)number(rules, "weekly");
	b->rules.monthly = (long)number(rules, "monthly");
}

int backup_parse(struct backup *b, const char *text, size_t len,
		 struct error *err)
{
	struct value *v = json_parse("backup", text, len, err);
	const char *id = value_text(v, "id"), *commit;
	int kind = word(v, "kind", kinds, ARRAY_SIZE(kinds));
	int state = word(v, "state", states, ARRAY_SIZE(states));
	int ret = -1;

	commit = value_text(v, "commit");
	if (!v)
		return -1;
	b->when = (time_t)number(v, "when");
	if (!id || !backup_is_id(id) || kind < 0 || state < 0 || !commit ||
	    strspn(commit, "0123456789abcdef") != strlen(commit) ||
	    !b->when || read_parts(b, value_get(v, "artifacts")) < 0) {
		error_set(err, ERROR_FATAL, "this is no manifest of a backup");
		goto out;
	}
	b->id = xstrdup(id);
	b->commit = xstrdup(commit);
	b->kind = (enum backup_kind)kind;
	b->state = (enum backup_state)state;
	read_texts(b, v);
	ret = 0;
out:
	value_free(v);
	return ret;
}

long long backup_size(const struct backup *b)
{
	long long all = 0;

	for (size_t i = 0; i < b->nr_parts; i++)
		all += b->parts[i].size;
	return all;
}

void backup_add_size(struct buf *out, long long size)
{
	static const char *const units[] = { "B", "KB", "MB", "GB", "TB" };
	double n = (double)size;
	size_t i = 0;

	while (n >= 999.5 && i + 1 < ARRAY_SIZE(units)) {
		n /= 1000;
		i++;
	}
	buf_addf(out, i && n < 9.95 ? "%.1f %s" : "%.0f %s", n, units[i]);
}

void backup_add_release(struct buf *out, const struct backup *b)
{
	if (b->release)
		buf_add_line(out, b->release);
	else
		buf_addf(out, "%.7s", b->commit ? b->commit : "-");
	if (b->to) {
		buf_adds(out, " -> ");
		buf_add_line(out, b->to);
	}
}

/* How long they stay */

static int is_of_future(const struct backup *b, time_t now)
{
	return b->when > now + CLOCK_SLACK;
}

int backup_is_trusted(const struct backup *b, time_t now)
{
	return b->state == BACKUP_GOOD && !is_of_future(b, now);
}

time_t backup_expires(const struct backup *b)
{
	return b->verified ? b->verified + b->keep : 0;
}

void backup_add_stay(struct buf *out, const struct backup *b)
{
	time_t end = backup_expires(b);

	buf_addf(out, "backup %s of the upgrade ", b->id);
	backup_add_release(out, b);
	buf_adds(out, " is kept until ");
	if (end) {
		time_add_minute(out, end);
		buf_adds(out, " UTC");
	} else {
		buf_adds(out, "that is verified");
	}
}

/* A store that had said something else once may have all of it again. */
int backup_check_restorable(const struct backup *b, struct error *err)
{
	if (b->state == BACKUP_GOOD || b->state == BACKUP_DAMAGED)
		return 0;
	return error_set(err, ERROR_REFUSED, "backup %s cannot be put back: it "
			 "is %s%s%s", b->id, backup_state_name(b->state),
			 b->detail ? ": " : "", b->detail ? b->detail : "");
}

static int too_long(const struct backup *b, long span, struct error *err)
{
	struct buf most = BUF_INIT, asked = BUF_INIT;

	time_add_exact_span(&most, b->at_most);
	time_add_exact_span(&asked, span);
	error_set(err, ERROR_REFUSED, "backup %s can be kept for %s in all, "
		  "and not for %s", b->id, most.s, asked.s);
	error_hint(err, "keep it to the end of that with \"git upgrade backup "
		   "extend %s %s --to=%s\"", b->env, b->id, most.s);
	error_hint(err, "or make one that stays by other rules: \"git upgrade "
		   "backup create %s\"", b->env);
	buf_release(&most);
	buf_release(&asked);
	return -1;
}

int backup_check_extension(const struct backup *b, long span,
			   struct error *err)
{
	struct buf is = BUF_INIT;
	int ret = 0;

	if (b->kind != BACKUP_UPGRADE || b->state != BACKUP_GOOD) {
		error_set(err, ERROR_REFUSED, "backup %s does not end at a "
			  "certain time", b->id);
		return error_hint(err, "what becomes of it says \"git upgrade "
				  "backup prune -n %s\"", b->env);
	}
	if (span > b->at_most)
		return too_long(b, span, err);
	if (span <= b->keep) {
		time_add_exact_span(&is, b->keep);
		ret = error_set(err, ERROR_REFUSED, "backup %s is kept for %s "
				"already", b->id, is.s);
	}
	buf_release(&is);
	return ret;
}

struct backup_fate *backup_fates_new(size_t nr)
{
	struct backup_fate *fates = xcalloc(nr + 1, sizeof(*fates));

	for (size_t i = 0; i < nr; i++)
		buf_init(&fates[i].why);
	return fates;
}

void backup_fates_free(struct backup_fate *fates, size_t nr)
{
	for (size_t i = 0; fates && i < nr; i++)
		buf_release(&fates[i].why);
	free(fates);
}

/* Which day, week or month a time is in, as a number. */
static long day_of(time_t when)
{
	return (long)(when / 86400);
}

static long week_of(time_t when)
{
	/* The epoch was a Thursday, and weeks begin on Mondays. */
	return (long)((when / 86400 + 3) / 7);
}

static long month_of(time_t when)
{
	struct tm tm = { 0 };

	gmtime_r(&when, &tm);
	return tm.tm_year * 12L + tm.tm_mon;
}

static long one_each(time_t when)
{
	return (long)when;
}

/* The newest of each of the last `nr` spans in which there is one. */
static void keep_by(const struct backup_list *list, time_t now, long nr,
		    long (*span_of)(time_t when), const char *name,
		    struct backup_fate *fates)
{
	long last = -1, kept = 0;

	for (size_t i = 0; i < list->nr && kept < nr; i++) {
		const struct backup *b = &list->v[i];
		long span = span_of(b->when);

		if (b->kind != BACKUP_MANUAL || !backup_is_trusted(b, now) ||
		    (span == last && span_of != one_each))
			continue;
		last = span;
		kept++;
		fates[i].goes = 0;
		buf_addf(&fates[i].why, "%s%s %ld", fates[i].why.len ? ", " :
			 "", name, nr);
	}
}

static void say_upgrade(const struct backup *b, time_t now,
			struct backup_fate *fate)
{
	time_t end = backup_expires(b);

	fate->goes = end && now >= end;
	if (!end) {
		buf_adds(&fate->why, "until ");
		buf_add_line(&fate->why, b->to ? b->to : "the next release");
		buf_adds(&fate->why, " is verified, and ");
		time_add_exact_span(&fate->why, b->keep);
		buf_adds(&fate->why, " from then");
		return;
	}
	buf_adds(&fate->why, fate->goes ? "its time was up " : "until ");
	time_add_minute(&fate->why, end);
	buf_adds(&fate->why, " UTC");
}

/* What it is that decides before any rule does; 0: nothing. */
static int say_state(const struct backup *b, time_t now,
		     struct backup_fate *fate)
{
	if (b->state == BACKUP_FAILED) {
		fate->goes = 1;
		buf_adds(&fate->why, b->nr_parts ? "it is not good" :
			 "it failed, and holds nothing");
	} else if (b->state == BACKUP_RUNNING) {
		buf_adds(&fate->why, "it is being made");
	} else if (is_of_future(b, now)) {
		buf_adds(&fate->why, "dated in the future, and not trusted");
	} else if (b->state == BACKUP_DAMAGED) {
		buf_adds(&fate->why, "damaged; only \"backup delete\" "
			 "removes it");
	} else {
		return 0;
	}
	return 1;
}

static void keep_last_good(const struct backup_list *list, time_t now,
			   struct backup_fate *fates)
{
	size_t i = 0;

	while (i < list->nr && !backup_is_trusted(&list->v[i], now))
		i++;
	if (i == list->nr || !fates[i].goes)
		return;
	fates[i].goes = 0;
	buf_adds(&fates[i].why, "; but it is the last good one");
}

void backups_judge(const struct backup_list *list,
		   const struct backup_rules *rules, time_t now,
		   struct backup_fate *fates)
{
	int none = !rules->last && !rules->daily && !rules->weekly &&
		   !rules->monthly;

	for (size_t i = 0; i < list->nr; i++) {
		const struct backup *b = &list->v[i];

		if (say_state(b, now, &fates[i]))
			continue;
		if (b->kind == BACKUP_UPGRADE)
			say_upgrade(b, now, &fates[i]);
		else if (none)
			buf_adds(&fates[i].why, "no rule says how long");
		else
			fates[i].goes = 1;
	}
	keep_by(list, now, rules->last, one_each, "last", fates);
	keep_by(list, now, rules->daily, day_of, "daily", fates);
	keep_by(list, now, rules->weekly, week_of, "weekly", fates);
	keep_by(list, now, rules->monthly, month_of, "monthly", fates);
	for (size_t i = 0; i < list->nr; i++)
		if (!fates[i].why.len)
			buf_adds(&fates[i].why, "no rule keeps it");
	keep_last_good(list, now, fates);
}

const struct backup *backups_last_upgrade(const struct backup_list *list,
					  time_t now)
{
	for (size_t i = 0; i < list->nr; i++) {
		const struct backup *b = &list->v[i];
		time_t end = backup_expires(b);

		if (b->kind != BACKUP_UPGRADE || !backup_is_trusted(b, now))
			continue;
		return end && now >= end ? NULL : b;
	}
	return NULL;
}

struct backup_outlook backups_outlook(const struct backup_list *list,
				      time_t now)
{
	const struct backup *last = backups_last_upgrade(list, now);
	struct backup_outlook o = { NULL, NULL, NULL };

	o.blocks = last && last->blocks ? last : NULL;
	for (size_t i = 0; !o.good && i < list->nr; i++) {
		const struct backup *b = &list->v[i];

		if (backup_is_trusted(b, now))
			o.good = b;
		else if (!o.failed && b->state == BACKUP_FAILED)
			o.failed = b;
	}
	return o;
}
