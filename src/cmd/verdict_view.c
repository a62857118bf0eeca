#include "cmd/verdict_view.h"

/* A terminal gets as many lines as it takes, everybody else one. */
void verdict_view_say(struct cmd *cmd, const struct verdict_list *list)
{
	int width = cmd->term.err_tty ? cmd->term.width : 0;
	struct buf line = BUF_INIT, word = BUF_INIT;

	buf_adds(&line, "  gates     ");
	for (size_t i = 0; i < list->nr; i++) {
		const struct verdict_list one = { .v = &list->v[i], .nr = 1 };

		buf_reset(&word);
		buf_addc(&word, ' ');
		verdict_add_list(&word, &one);
		if (i + 1 < list->nr)
			buf_addc(&word, ',');
		if (i && width &&
		    term_width(line.s) + term_width(word.s) > width) {
			cmd_say(cmd, "%s", line.s);
			buf_reset(&line);
			buf_adds(&line, "            ");
		}
		buf_adds(&line, word.s);
	}
	if (list->nr)
		cmd_say(cmd, "%s", line.s);
	buf_release(&line);
	buf_release(&word);
}

void verdict_view_warn_unknown(struct cmd *cmd,
			       const struct verdict_list *list)
{
	struct strvec hints = STRVEC_INIT;

	for (size_t i = 0; i < list->nr; i++) {
		const struct verdict *v = &list->v[i];

		if (v->kind != VERDICT_UNKNOWN)
			continue;
		cmd_warn(cmd, "%s: cannot judge: %s", v->gate, v->reason);
		for (size_t h = 0; h < v->hints.nr; h++)
			if (!strvec_has(&hints, v->hints.v[h]))
				strvec_push(&hints, v->hints.v[h]);
	}
	for (size_t i = 0; i < hints.nr; i++)
		cmd_hint(cmd, "Fetch", "%s", hints.v[i]);
	strvec_release(&hints);
}

void verdict_view_hint_platform(struct cmd *cmd, const char *env)
{
	cmd_hint(cmd, "Platform", "the platform of %s judges by its own "
		 "configuration, too, which is not asked before: freeze, "
		 "soak, gates, backup", env);
}

void verdict_view_json(struct json *j, const struct verdict_list *list)
{
	json_list(j, "gates");
	for (size_t i = 0; i < list->nr; i++) {
		const struct verdict *v = &list->v[i];

		json_object(j, NULL);
		json_string(j, "gate", v->gate);
		json_string(j, "verdict", verdict_word(v));
		json_string(j, "reason", v->reason);
		json_end(j);
	}
	json_end(j);
}

int verdict_view_refuse(struct cmd *cmd, const struct verdict_list *list,
			const char *env)
{
	for (size_t i = 0; i < list->nr; i++) {
		const struct verdict *v = &list->v[i];

		if (v->kind != VERDICT_REFUSED)
			continue;
		if (cmd->err.message)
			cmd_print_error(cmd, &cmd->err);
		error_release(&cmd->err);
		cmd->err = (struct error)ERROR_INIT;
		error_set(&cmd->err, ERROR_REFUSED, "%s: %s", v->gate,
			  v->reason);
		if (env)
			error_wrap(&cmd->err, "%s", env);
		for (size_t h = 0; h < v->hints.nr; h++)
			error_hint(&cmd->err, "%s", v->hints.v[h]);
	}
	return -1;
}
