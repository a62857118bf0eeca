/*
 * JSON in and out, on cJSON.  The only file that includes cJSON.h.
 *
 * Reading gives values (doc/value.h).  Writing is a small builder so that
 * commands and ledgers need no value tree:
 *
 *	struct json *j = json_new();
 *
 *	json_object(j, NULL);
 *	json_string(j, "event", "deployed");
 *	json_list(j, "paths");
 *	json_string(j, NULL, "a");
 *	json_end(j);
 *	json_end(j);
 *	json_write(j, &out, JSON_INDENT);
 *	json_free(j);
 *
 * `key` is NULL inside a list and for the root.
 */
#ifndef DOC_JSON_H
#define DOC_JSON_H

#include "base/buf.h"
#include "base/error.h"
#include "base/vec.h"
#include "doc/value.h"

struct value *json_parse(const char *name, const char *text, size_t len,
			 struct error *err);

struct json;

enum json_style { JSON_ONE_LINE, JSON_INDENT };

struct json *json_new(void);
void json_free(struct json *j);
void json_object(struct json *j, const char *key);
void json_list(struct json *j, const char *key);
void json_end(struct json *j);
/* A NULL string is written as null.  Bytes that are no UTF-8 become `?`. */
void json_string(struct json *j, const char *key, const char *s);
void json_number(struct json *j, const char *key, double n);
void json_bool(struct json *j, const char *key, int b);
/* A list of strings. */
void json_strings(struct json *j, const char *key, const struct strvec *v);
/* Adds the text and, with JSON_INDENT, a line feed at the end. */
void json_write(const struct json *j, struct buf *out,
		enum json_style style);

#endif
