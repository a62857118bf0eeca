/*
 * Engines: who deploys where no platform of ours does, behind one small
 * protocol.
 *
 *	engine_begin()	have the commit deployed
 *	engine_status()	how that goes
 *	engine_log()	what it has said since it was last asked
 *
 * What an engine is, a driver of the configuration describes (struct
 * deployer): programs that are run (engine_command.c), or what is asked over
 * HTTP (engine_http.c).
 *
 * All that is known of a deploy is in `run` (deploy/engine_run.h).  An engine
 * changes its `id` and `cursor`, and whoever asks keeps them; so another
 * process can go on where one was killed.
 *
 * What an engine says is a text from outside: of the lines of a log, and of
 * errors, everything is masked that is a secret or looks like one.
 */
#ifndef DEPLOY_ENGINE_H
#define DEPLOY_ENGINE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/vec.h"
#include "deploy/engine_run.h"
#include "deploy/platform.h"
#include "deploy/steps.h"
#include "model/profile.h"

struct engine_ops;

struct engine {
	const struct engine_ops *ops;
	const struct platform *platform;	/* its place is the client */
	const struct environment *env;
	const struct deployer *how;
	const char *commit, *release;		/* release: NULL, unknown */
	char *folder;				/* of the run */
	struct engine_run *run;			/* borrowed */
	/* Never to be shown, whoever says them. */
	struct strvec secrets;
	/* Of HTTP: what is sent, and what it is exchanged for; NULL. */
	char *api_token, *token;
	int failures;				/* questions in a row */
	/* Seconds until which nothing is asked, as it said; 0: none. */
	double not_before;
	/* After an error: the same may go well later. */
	int is_passing;
	/* What was asked for is not there (any more). */
	int is_gone;
};

#define ENGINE_INIT { .secrets = STRVEC_INIT }

/*
 * ERROR_REFUSED where something is missing that has to be said: a variable, a
 * token.  `how` and all that is pointed to is borrowed.
 */
int engine_open(struct engine *e, const struct platform *p,
		const struct environment *env, const struct deployer *how,
		struct engine_run *run, struct error *err);
void engine_release(struct engine *e);
/* Does it deploy by itself what is pushed? */
int engine_is_by_push(const struct engine *e);

/*
 * ERROR_PENDING when nobody knows whether it has begun; else an error means
 * that it has not.
 */
int engine_begin(struct engine *e, struct error *err);
/* Where it was about to begin: 1 it has, 0 it has not, -1 nobody knows. */
int engine_has_begun(struct engine *e);
/*
 * `text`, a line for people, says why or what.  -1 where there is no answer,
 * or none that can be understood.
 */
int engine_status(struct engine *e, enum deploy_state *state,
		  struct buf *text, struct error *err);
/*
 * Add the lines that are new, whole ones, fit to be shown and kept.
 * `is_over`: there will be no more, and what is left of a line is one.
 */
int engine_log(struct engine *e, int is_over, struct buf *lines,
	       struct error *err);
enum engine_word { ENGINE_DENIES, ENGINE_CONFIRMS, ENGINE_SAYS_NOTHING };

/*
 * Does it say that the commit was deployed, whoever had that done?  `why`, a
 * line for people, where it denies it; -1 as above.
 */
int engine_confirm(struct engine *e, enum engine_word *word, struct buf *why,
		   struct error *err);
/* What a run leaves that has ended, and nobody needs any more. */
void engine_tidy(struct engine *e);

/* For the engines themselves. */

struct engine_ops {
	int (*check)(struct engine *e, struct error *err);
	int (*begin)(struct engine *e, struct error *err);
	int (*has_begun)(struct engine *e);
	int (*status)(struct engine *e, enum deploy_state *state,
		      struct buf *text, struct error *err);
	int (*log)(struct engine *e, int is_over, struct buf *lines,
		   struct error *err);
	/* The same of a deploy that was begun elsewhere. */
	int (*ask)(struct engine *e, enum deploy_state *state,
		   struct buf *text, struct error *err);
	/* Can it tell how that commit went, with what is known of the run? */
	int (*can_tell)(struct engine *e, struct error *err);
	void (*tidy)(struct engine *e);
};

extern const struct engine_ops engine_command_ops, engine_http_ops;

/* What "{NAME}" stands for; NULL: there is no such thing. */
const char *engine_variable(const struct engine *e, const char *name,
			    size_t len);
/*
 * `text` with those filled in that are known, each added by `add` (NULL: as
 * it is).  `*unknown` becomes the first name that is not, free(); NULL where
 * nobody minds.  free().
 */
char *engine_fill(const struct engine *e, const char *text,
		  void (*add)(struct buf *out, const char *value),
		  char **unknown);
/* Mask it from now on. */
void engine_add_secret(struct engine *e, const char *value);
/* A line for people: clean, and without secrets. */
void engine_add_line(const struct engine *e, struct buf *out,
		     const char *line, size_t len);
/* The state that the map has for that text; -1: none. */
int engine_state_of(const struct value *map, const char *text);

#endif
