#include "deploy/remove_place.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "deploy/owner.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ".ID.failed" */
static int is_marker(const char *name)
{
	const char *end = *name == '.' ? release_dir_skip_id(name + 1) :
					 NULL;

	return end && *end == '.';
}

/* What stands in TOP while something is under way, or is left of it. */
static int is_file(const char *name)
{
	static const char *const files[] = {
		".interrupted", ".updated", ".restoring", ".steps",
		".interrupted.lock", ".updated.lock", ".restoring.lock",
		".steps.lock", ".platform.lock",
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (!strcmp(name, files[i]))
			return 1;
	name = skip_prefix(name, ".current.");
	return name && release_dir_is_id(name);
}

/* Names in a folder, sorted; none where it is not there. */
static int read_names(const char *dir, struct strvec *names,
		      struct error *err)
{
	struct dirent *entry;
	DIR *d = opendir(dir);

	if (!d)
		return errno == ENOENT ? 0 :
		       error_errno(err, "cannot read '%s'", dir);
	while ((entry = readdir(d)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			strvec_push(names, entry->d_name);
	closedir(d);
	strvec_sort(names, 0);
	return 0;
}

/* 1: something is below that is no folder; 0, -1. */
static int holds_files(const char *dir, struct error *err)
{
	struct strvec names = STRVEC_INIT;
	int holds = read_names(dir, &names, err);

	for (size_t i = 0; !holds && i < names.nr; i++) {
		char *path = path_join(dir, names.v[i]);
		struct stat st;

		if (lstat(path, &st) < 0)
			holds = errno == ENOENT ? 0 :
				error_errno(err, "cannot read '%s'", path);
		else
			holds = S_ISDIR(st.st_mode) ? holds_files(path, err) :
						      1;
		free(path);
	}
	strvec_release(&names);
	return holds;
}

static int read_releases(struct remove_place *l, struct error *err)
{
	char *dir = path_join(l->top, "releases");
	struct strvec names = STRVEC_INIT;
	int ret = read_names(dir, &names, err);

	for (size_t i = 0; i < names.nr; i++) {
		const char *name = names.v[i];

		if (release_dir_is_id(name))
			strvec_push(&l->releases, name);
		else if (is_marker(name))
			strvec_push(&l->markers, name);
		else
			strvec_pushf(&l->strangers, "releases/%s", name);
	}
	strvec_release(&names);
	free(dir);
	return ret;
}

/* Ours are folders; what others have made of them is theirs. */
static int is_own_folder(const struct remove_place *l, const char *name)
{
	static const char *const folders[] = { "releases", "shared" };
	char *path = path_join(l->top, name);
	struct stat st;
	int is = 0;

	for (size_t i = 0; !is && i < ARRAY_SIZE(folders); i++)
		is = !strcmp(name, folders[i]);
	is = is && !lstat(path, &st) && S_ISDIR(st.st_mode);
	free(path);
	return is;
}

static int read_top(struct remove_place *l, struct error *err)
{
	struct strvec names = STRVEC_INIT;
	int ret = read_names(l->top, &names, err);

	for (size_t i = 0; !ret && i < names.nr; i++) {
		const char *name = names.v[i];

		if (is_file(name))
			strvec_push(&l->files, name);
		else if (!is_own_folder(l, name) &&
			 strcmp(name, ".platform") &&
			 (strcmp(name, "current") || !l->current.id))
			strvec_push(&l->strangers, name);
	}
	strvec_release(&names);
	return ret;
}

int remove_place_read(struct remove_place *l, const struct platform *p,
		      const struct environment *env, struct error *err)
{
	struct buf owner = BUF_INIT;
	char *shared = NULL;
	int ret;

	l->top = platform_deploy_to(p, env);
	l->is_there = dir_exists(l->top);
	ret = l->is_there ? owner_is_ours(l->top, p->repo.git_dir, &owner,
					  err) : 0;
	l->is_ours = ret > 0;
	if (owner.len && !l->is_ours)
		l->owner = buf_detach(&owner);
	if (l->is_ours) {
		l->serves = release_dir_current(&l->current, l->top);
		shared = path_join(l->top, "shared");
		ret = read_releases(l, err);
		if (!ret)
			ret = read_top(l, err);
		if (!ret && is_own_folder(l, "shared"))
			ret = l->has_shared = holds_files(shared, err);
	}
	buf_release(&owner);
	free(shared);
	return ret < 0 ? -1 : 0;
}

/* The link first: nothing is to lead to what goes. */
static int remove_current(const struct remove_place *l, struct error *err)
{
	char *path = path_join(l->top, "current");
	int ret = l->current.id ? file_remove(path, err) : 0;

	free(path);
	return ret;
}

static int remove_releases(const struct remove_place *l, struct error *err)
{
	char *dir = path_join(l->top, "releases");
	struct release_dir d = RELEASE_DIR_INIT;
	int ret = 0;

	for (size_t i = 0; !ret && i < l->releases.nr; i++) {
		release_dir_set(&d, l->top, l->releases.v[i]);
		ret = release_dir_remove(&d, err);
	}
	for (size_t i = 0; !ret && i < l->markers.nr; i++) {
		char *path = path_join(dir, l->markers.v[i]);

		ret = remove_tree(path, err);
		free(path);
	}
	/* What else is in it stays, and so does it. */
	if (!ret)
		rmdir(dir);
	release_dir_release(&d);
	free(dir);
	return ret;
}

static int remove_shared(const struct remove_place *l, int all,
			 struct error *err)
{
	char *path = path_join(l->top, "shared");
	int ret = 0;

	if ((all || !l->has_shared) && is_own_folder(l, "shared"))
		ret = remove_tree(path, err);
	free(path);
	return ret;
}

int remove_place_run(const struct remove_place *l, int shared, int begun,
		     struct error *err)
{
	int ret;

	if (!l->is_ours && begun && !l->owner)
		rmdir(l->top);
	if (!l->is_ours)
		return 0;
	ret = remove_current(l, err);
	if (!ret)
		ret = remove_releases(l, err);
	if (!ret)
		ret = remove_shared(l, shared, err);
	for (size_t i = 0; !ret && i < l->files.nr; i++) {
		char *path = path_join(l->top, l->files.v[i]);

		ret = file_remove(path, err);
		free(path);
	}
	/* As long as it says so, it is known what is ours. */
	if (!ret)
		ret = owner_give_up(l->top, err);
	if (!ret)
		rmdir(l->top);
	return ret;
}

void remove_place_release(struct remove_place *l)
{
	free(l->top);
	free(l->owner);
	release_dir_release(&l->current);
	strvec_release(&l->releases);
	strvec_release(&l->markers);
	strvec_release(&l->files);
	strvec_release(&l->strangers);
	*l = (struct remove_place)REMOVE_PLACE_INIT;
}
