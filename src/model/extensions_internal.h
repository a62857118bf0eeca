/* What the files behind model/extensions.h share; only they include it. */
#ifndef MODEL_EXTENSIONS_INTERNAL_H
#define MODEL_EXTENSIONS_INTERNAL_H

#include "git/tree.h"
#include "model/extensions.h"
#include "model/lineage.h"

/* A commit that would come. */
struct coming {
	char *oid, *message;
	struct strvec parents;
	const struct coming *brought_by;	/* of the line; or NULL */
};

struct extension_search {
	struct repo *repo;
	const struct extension_question *q;
	struct extension_list *list;
	struct lineage lineage;
	struct strvec without;		/* "^OID": what does not come */
	struct strmap had;		/* nor do these */
	struct coming *v;		/* newest first */
	size_t nr, alloc;
	struct strmap index;		/* of `v`, by OID */
	struct strmap on_line;		/* those of the lines */
	struct strmap cancelled;	/* reverted since */
	struct strmap of_branch;	/* what is found by branch */
	struct tree_diff news;		/* as nobody has it yet */
};

/* extensions_commits.c: read what comes, and what of it is gone again. */
int extension_commits_read(struct extension_search *s, struct error *err);
void extension_commits_release(struct extension_search *s);
/* As arguments: what of it comes, and "--". */
void extension_push_range(struct strvec *args,
			  const struct extension_search *s,
			  const struct stretch *stretch);
/* Not gone again; NULL: it is, or it does not come. */
const struct coming *extension_coming(const struct extension_search *s,
				      const char *oid);

/* extensions_branches.c */
int extension_branches_find(struct extension_search *s, struct error *err);

/* extensions_paths.c: read which files are news, and which work is in them. */
int extension_news_read(struct extension_search *s, const char *commit,
			struct error *err);
void extension_paths_find(struct extension_search *s);
/* Of what was found by branch and trailer: that of which nothing is left. */
int extension_drop_gone(struct extension_search *s, struct error *err);

void extension_add(struct extension_search *s, enum extension_rule rule,
		   const char *name, const char *what);

#endif
