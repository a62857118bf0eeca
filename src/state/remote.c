#include "state/remote.h"

#include "base/mem.h"
#include "base/time.h"
#include "base/vec.h"
#include "doc/json.h"
#include "git/object.h"
#include "git/fetch.h"
#include "git/stale.h"
#include "model/product.h"
#include "state/backup.h"
#include "state/host.h"
#include "state/publish.h"

#include <stdlib.h>
#include <string.h>

/* So often what is known of a platform is fetched before it failed. */
#define FETCH_TRIES 3

static const char *const kinds[] = {
	"deployed", "verified", "failed", "ledger", "locks", "held"
};

int env_name_is_valid(const char *name)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyz0123456789._-";

	return *name && !strchr("._-", *name) &&
	       !name[strspn(name, allowed)] && !strstr(name, "..") &&
	       !ends_with(name, ".") && !ends_with(name, ".lock");
}

void env_list_add(struct env_list *list, const char *name,
		  const char *branch)
{
	if (env_list_find(list, name))
		return;
	ALLOC_GROW(list->v, list->nr + 1, list->alloc);
	list->v[list->nr++] = (struct environment){
		.name = xstrdup(name), .branch = xstrdup(branch),
	};
}

const struct environment *env_list_find(const struct env_list *list,
					const char *name)
{
	for (size_t i = 0; i < list->nr; i++)
		if (!strcmp(list->v[i].name, name))
			return &list->v[i];
	return NULL;
}

const struct environment *env_list_of_branch(const struct env_list *list,
					     const char *branch)
{
	for (size_t i = 0; i < list->nr; i++)
		if (!strcmp(list->v[i].branch, branch))
			return &list->v[i];
	return NULL;
}

void env_list_release(struct env_list *list)
{
	for (size_t i = 0; i < list->nr; i++) {
		free(list->v[i].name);
		free(list->v[i].branch);
	}
	free(list->v);
	*list = (struct env_list)ENV_LIST_INIT;
}

static const char *branch_name(const char *name)
{
	const char *rest = skip_prefix(name, "refs/heads/");

	return rest ? rest : name;
}

int env_list_of_config(struct env_list *list, const struct repo *r,
		       struct error *err)
{
	struct strvec keys = STRVEC_INIT, values = STRVEC_INIT;
	int ret = repo_config_list(r, "upgrade.", &keys, &values, err);

	for (size_t i = 0; i < keys.nr; i++) {
		char *name = environment_of_setting(keys.v[i]);

		if (name && env_name_is_valid(name))
			env_list_add(list, name, branch_name(values.v[i]));
		free(name);
	}
	strvec_release(&keys);
	strvec_release(&values);
	return ret;
}

void env_list_of_product(struct env_list *list, const struct product *pr)
{
	for (size_t i = 0; i < pr->nr_configured; i++) {
		const struct environment *env = &pr->profile.environments[i];
		size_t nr = list->nr;

		env_list_add(list, env->name, env->branch);
		if (list->nr > nr)
			list->v[nr].deploy = env->deploy;
	}
}

int env_list_parse(struct env_list *list, const char *remote,
		   const struct buf *text, struct error *err)
{
	struct value *v = json_parse(PLATFORM_REF, text->s, text->len, err);
	const struct value *envs = value_get(v, "environments");
	const char *protocol = value_text(v, "protocol");

	if (!v)
		return error_wrap(err, "remote '%s'", remote);
	if (!protocol || strtol(protocol, NULL, 10) != PLATFORM_PROTOCOL) {
		error_set(err, ERROR_FATAL, "remote '%s' is a platform that "
			  "speaks protocol %s, and this is protocol %d",
			  remote, protocol ? protocol : "?",
			  PLATFORM_PROTOCOL);
		error_hint(err, "use the git-upgrade the platform was set up "
			   "with, or a newer one");
		value_free(v);
		return -1;
	}
	for (size_t i = 0; envs && i < envs->nr; i++) {
		const char *name = value_text(envs->items[i], "name");
		const char *branch = value_text(envs->items[i], "branch");

		if (name && branch && env_name_is_valid(name))
			env_list_add(list, name, branch_name(branch));
	}
	value_free(v);
	return 0;
}

int env_list_of_platform(struct env_list *list, struct repo *r,
			 const char *remote, struct error *err)
{
	char *ref = xstrfmt(PLATFORM_REFS "%s", remote);
	struct buf text = BUF_INIT;
	int found = object_read_if(r, ref, &text, err);

	if (found > 0 && env_list_parse(list, remote, &text, err) < 0)
		found = -1;
	free(ref);
	buf_release(&text);
	return found;
}

int platform_remotes(struct strvec *names, const struct repo *r,
		     struct error *err)
{
	struct buf out = BUF_INIT;
	int ret = git_run(r, &out, err, "for-each-ref",
			  "--format=%(refname:lstrip=3)", PLATFORM_REFS, NULL);

	if (!ret)
		strvec_split(names, out.s, '\n');
	buf_release(&out);
	return ret;
}

const char *state_shown(const struct ls_remote *refs, const char *kind,
			const char *env)
{
	char *ref = xstrfmt("refs/upgrade/%s/%s", kind, env);
	const char *oid = ls_remote_get(refs, ref);

	free(ref);
	return oid;
}

/* The environments the remote's state refs are about. */
static void names_shown(struct strvec *names, const struct ls_remote *refs)
{
	for (size_t i = 0; i < refs->map.nr; i++) {
		const char *rest = skip_prefix(refs->map.keys[i],
					       "refs/upgrade/");
		const char *slash = rest ? strchr(rest, '/') : NULL;

		for (size_t k = 0; slash && k < ARRAY_SIZE(kinds); k++)
			if (strlen(kinds[k]) == (size_t)(slash - rest) &&
			    starts_with(rest, kinds[k]) &&
			    env_name_is_valid(slash + 1))
				strvec_push(names, slash + 1);
	}
}

/* Those that are in question: what is deployed here we know better. */
static void add_names(struct strvec *names, const struct repo *r,
		      const struct env_list *before,
		      const struct ls_remote *refs)
{
	struct strvec all = STRVEC_INIT;

	for (size_t i = 0; i < before->nr; i++)
		strvec_push(&all, before->v[i].name);
	names_shown(&all, refs);
	strvec_sort(&all, 1);
	for (size_t i = 0; i < all.nr; i++)
		if (!host_is_here(r, all.v[i]))
			strvec_push(names, all.v[i]);
	strvec_release(&all);
}

static int local_refs(struct strmap *map, const struct repo *r,
		      struct error *err)
{
	struct buf out = BUF_INIT;
	struct strvec lines = STRVEC_INIT;
	int ret = git_run(r, &out, err, "for-each-ref",
			  "--format=%(objectname) %(refname)",
			  "refs/upgrade/deployed", "refs/upgrade/verified",
			  "refs/upgrade/failed", "refs/upgrade/ledger",
			  "refs/upgrade/locks", "refs/upgrade/held",
			  BACKUP_REFS, PLATFORM_REFS, NULL);

	strvec_split(&lines, out.s, '\n');
	for (size_t i = 0; !ret && i < lines.nr; i++) {
		char *name = strchr(lines.v[i], ' ');

		if (!name)
			continue;
		*name++ = '\0';
		strmap_put(map, name, xstrdup(lines.v[i]));
	}
	strvec_release(&lines);
	buf_release(&out);
	return ret;
}

static void local_refs_release(struct strmap *map)
{
	for (size_t i = 0; i < map->nr; i++)
		free(map->values[i]);
	strmap_release(map);
}

static int differs(const struct strmap *local, const char *name,
		   const char *theirs)
{
	const char *ours = strmap_get(local, name);

	return !ours != !theirs || (ours && strcmp(ours, theirs));
}

static int is_other_platform(const struct strmap *local, const char *remote,
			     const struct ls_remote *refs)
{
	char *own = xstrfmt(PLATFORM_REFS "%s", remote);
	int is = differs(local, own, ls_remote_get(refs, PLATFORM_REF));

	free(own);
	return is;
}

/* Is what is below `prefix` another number, or any of it not the same? */
static int differs_below(const struct strmap *local,
			 const struct ls_remote *refs, const char *prefix)
{
	size_t here = 0, there = 0;

	for (size_t i = 0; i < local->nr; i++)
		here += starts_with(local->keys[i], prefix);
	for (size_t i = 0; i < refs->map.nr; i++) {
		const char *name = refs->map.keys[i];

		if (!starts_with(name, prefix))
			continue;
		there++;
		if (differs(local, name, refs->map.values[i]))
			return 1;
	}
	return here != there;
}

/* Where it is no platform, not all backups that are here come from there. */
static int is_stale(const struct strmap *local,
		    const struct ls_remote *refs, int is_platform,
		    const struct strvec *names)
{
	int stale = 0;

	for (size_t i = 0; !stale && i < names->nr; i++) {
		for (size_t k = 0; !stale && k < ARRAY_SIZE(kinds); k++) {
			char *ref = xstrfmt("refs/upgrade/%s/%s", kinds[k],
					    names->v[i]);

			stale = differs(local, ref,
					ls_remote_get(refs, ref));
			free(ref);
		}
		if (!stale && is_platform) {
			char *prefix = backup_refs(names->v[i]);

			stale = differs_below(local, refs, prefix);
			free(prefix);
		}
	}
	return stale;
}

/*
 * The patterns let a fetch prune what the remote no longer has of these
 * environments, and of nothing else: "*ed" is deployed, verified, failed.  A
 * pattern also matches nothing without complaint, where a plain name would
 * make git fail.
 */
static void add_patterns(struct strvec *specs, const char *remote,
			 int is_platform, const struct strvec *names)
{
	static const char *const kinds_of[] = {
		"*ed", "ledge*", "lock*", "hel*"
	};

	if (is_platform)
		strvec_pushf(specs, "+" PLATFORM_REF ":" PLATFORM_REFS "%s",
			     remote);
	for (size_t i = 0; i < names->nr; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(kinds_of); k++)
			strvec_pushf(specs, "+refs/upgrade/%s/%s:"
				     "refs/upgrade/%s/%s", kinds_of[k],
				     names->v[i], kinds_of[k], names->v[i]);
		if (is_platform)
			strvec_pushf(specs, "+" BACKUP_REFS "%s/*:"
				     BACKUP_REFS "%s/*", names->v[i],
				     names->v[i]);
	}
}

static int run_fetch(struct repo *r, const char *remote,
		     const struct strvec *specs, struct error *err)
{
	struct proc p = PROC_INIT;
	struct buf said = BUF_INIT, why = BUF_INIT, name = BUF_INIT;
	int ret;

	git_proc(&p, r, "fetch", "--quiet", "--no-tags", "--prune",
		 "--no-prune-tags", "--refmap=", "--no-write-fetch-head",
		 "--no-auto-maintenance", "--no-recurse-submodules", "--",
		 remote, NULL);
	strvec_pushv(&p.argv, specs->v);
	p.err = &said;
	ret = proc_run(&p, err);
	if (!ret && p.status) {
		remote_add_reason(&why, &said);
		buf_add_url(&name, remote);
		ret = error_set(err, ERROR_FATAL, "what remote '%s' says was "
				"deployed cannot be fetched: %s", name.s,
				why.s);
	}
	proc_release(&p);
	buf_release(&said);
	buf_release(&why);
	buf_release(&name);
	return ret;
}

/*
 * The remote has just answered, so what fails now is mostly that another
 * command of this clone fetches the same.
 */
static int try_fetch(struct repo *r, const char *remote,
		     const struct strvec *specs, struct error *err)
{
	int ret = -1;

	for (int i = 0; i < FETCH_TRIES && ret < 0; i++) {
		if (i) {
			error_release(err);
			*err = (struct error)ERROR_INIT;
			time_pause(200);
		}
		ret = run_fetch(r, remote, specs, err);
	}
	return ret;
}

/* A killed one leaves locks of git's, which would keep the next from it. */
static int fetch_specs(struct repo *r, const char *remote,
		       const struct strvec *specs, struct error *err)
{
	static const char *const places[] = {
		"refs/upgrade/deployed/", "refs/upgrade/verified/",
		"refs/upgrade/failed/", "refs/upgrade/ledger/",
		"refs/upgrade/locks/", "refs/upgrade/held/",
		BACKUP_REFS, PLATFORM_REFS,
		"packed-refs.lock", "shallow.lock", NULL
	};
	struct stale_note note = STALE_NOTE_INIT;
	int ret = stale_note_begin(&note, r, "asking", places, err);

	if (!ret)
		ret = try_fetch(r, remote, specs, err);
	if (ret < 0)
		stale_note_leave(&note);
	else
		stale_note_end(&note);
	return ret;
}

static int fetch_refs(struct repo *r, const char *remote, int is_platform,
		      const struct strvec *names, struct error *err)
{
	struct strvec specs = STRVEC_INIT;
	int ret;

	add_patterns(&specs, remote, is_platform, names);
	ret = fetch_specs(r, remote, &specs, err);
	strvec_release(&specs);
	return ret;
}

/* Is it of a platform among the other remotes, or deployed from here? */
static int is_ours(struct repo *r, const char *env, const char *remote)
{
	struct env_list others = ENV_LIST_INIT;
	struct strvec remotes = STRVEC_INIT;
	struct publication own = PUBLICATION_INIT;
	struct error ignored = ERROR_INIT;
	int is;

	platform_remotes(&remotes, r, &ignored);
	for (size_t i = 0; i < remotes.nr; i++)
		if (strcmp(remotes.v[i], remote))
			env_list_of_platform(&others, r, remotes.v[i],
					     &ignored);
	publication_read(&own, r, env);
	is = env_list_find(&others, env) || own.remote || own.ledger ||
	     host_is_here(r, env);
	publication_release(&own);
	strvec_release(&remotes);
	env_list_release(&others);
	error_release(&ignored);
	return is;
}

/* What it said of its environments, but for what it says still. */
static int forget_environments(struct repo *r, const char *remote,
			       const struct ls_remote *refs,
			       struct error *err)
{
	struct env_list before = ENV_LIST_INIT;
	struct strvec names = STRVEC_INIT;
	struct error unreadable = ERROR_INIT;
	int ret;

	env_list_of_platform(&before, r, remote, &unreadable);
	for (size_t i = 0; i < before.nr; i++)
		if (!is_ours(r, before.v[i].name, remote))
			strvec_push(&names, before.v[i].name);
	ret = names.nr ? fetch_refs(r, remote, 0, &names, err) : 0;
	for (size_t i = 0; !ret && i < names.nr; i++)
		ret = state_fetch_backups(r, remote, refs, names.v[i], err);
	strvec_release(&names);
	env_list_release(&before);
	error_release(&unreadable);
	return ret;
}

/* By that we know that it was one: last. */
static int forget_platform(struct repo *r, const char *remote,
			   const struct ls_remote *refs, struct error *err)
{
	char *ref = xstrfmt(PLATFORM_REFS "%s", remote);
	int ret = object_find(r, ref, NULL, NULL, err);

	if (ret > 0) {
		ret = forget_environments(r, remote, refs, err);
		if (!ret)
			ret = git_run(r, NULL, err, "update-ref", "-d", ref,
				      NULL);
	}
	free(ref);
	return ret;
}

int state_fetch(struct env_list *list, struct repo *r, const char *remote,
		const struct ls_remote *refs, struct error *err)
{
	struct env_list before = ENV_LIST_INIT;
	struct strvec names = STRVEC_INIT;
	struct strmap local = STRMAP_INIT;
	struct error unreadable = ERROR_INIT;
	int ret = -1;

	if (!ls_remote_get(refs, PLATFORM_REF))
		return forget_platform(r, remote, refs, err);
	if (local_refs(&local, r, err) < 0)
		goto out;
	env_list_of_platform(&before, r, remote, &unreadable);
	add_names(&names, r, &before, refs);
	if ((is_other_platform(&local, remote, refs) ||
	     is_stale(&local, refs, 1, &names)) &&
	    fetch_refs(r, remote, 1, &names, err) < 0)
		goto out;
	ret = env_list_of_platform(list, r, remote, err);
out:
	local_refs_release(&local);
	strvec_release(&names);
	env_list_release(&before);
	error_release(&unreadable);
	return ret;
}

int state_fetch_published(struct repo *r, const char *remote,
			  const struct ls_remote *refs, const char *env,
			  struct error *err)
{
	struct strvec names = STRVEC_INIT;
	struct strmap local = STRMAP_INIT;
	int ret = -1;

	if (host_is_here(r, env))
		return 0;
	strvec_push(&names, env);
	if (!local_refs(&local, r, err))
		ret = is_stale(&local, refs, 0, &names) ?
		      fetch_refs(r, remote, 0, &names, err) : 0;
	local_refs_release(&local);
	strvec_release(&names);
	return ret;
}

int state_fetch_backups(struct repo *r, const char *remote,
			const struct ls_remote *refs, const char *env,
			struct error *err)
{
	char *prefix = backup_refs(env);
	struct strvec specs = STRVEC_INIT;
	struct strmap local = STRMAP_INIT;
	int ret = local_refs(&local, r, err);

	strvec_pushf(&specs, "+%s*:%s*", prefix, prefix);
	if (!ret && differs_below(&local, refs, prefix))
		ret = fetch_specs(r, remote, &specs, err);
	local_refs_release(&local);
	strvec_release(&specs);
	free(prefix);
	return ret;
}

int request_send(struct repo *r, const char *remote, const char *verb,
		 const char *env, const char *json,
		 const struct reporter *say, struct error *err)
{
	struct push_report rep = PUSH_REPORT_INIT;
	char *ref = xstrfmt("refs/upgrade/request/%s/%s", verb, env);
	char *oid = object_write_blob(r, json, strlen(json),
				      err);
	struct push_one what = { .remote = remote, .object = oid, .ref = ref,
				 .no_verify = 1, .env = STRVEC_INIT,
				 .options = STRVEC_INIT };
	int ret = -1;

	if (!oid || git_push(&rep, r, &what, say, err) < 0)
		goto out;
	if (rep.said == PUSH_SAID_DONE) {
		ret = 0;
	} else if (rep.said == PUSH_SAID_REJECTED) {
		error_set(err, ERROR_REFUSED, "'%s' refused: %s", remote,
			  rep.reason);
	} else {
		error_set(err, ERROR_PENDING, "'%s' did not answer whether "
			  "it did what was asked (%s)", remote, verb);
		error_hint(err, "look with \"git upgrade status\"");
		err->changed = 1;
	}
out:
	free(ref);
	free(oid);
	push_report_release(&rep);
	strvec_release(&what.env);
	return ret;
}
