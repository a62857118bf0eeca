/* The rows of all commands; each is defined in the file named after it. */
#ifndef CMD_COMMANDS_H
#define CMD_COMMANDS_H

#include "cmd/cmd.h"

extern const struct command cmd_overview;
extern const struct command cmd_list;
extern const struct command cmd_show;
extern const struct command cmd_diff;
extern const struct command cmd_fetch;
extern const struct command cmd_merge;
extern const struct command cmd_merge_file;
extern const struct command cmd_merge_strategy;
extern const struct command cmd_plan;
extern const struct command cmd_status;
extern const struct command cmd_push;
extern const struct command cmd_promote;
extern const struct command cmd_rollback;
extern const struct command cmd_deploy;
extern const struct command cmd_verify;
extern const struct command cmd_log;
extern const struct command cmd_diagnose;
extern const struct command cmd_lock;
extern const struct command cmd_unlock;
extern const struct command cmd_backup_create;
extern const struct command cmd_backup_list;
extern const struct command cmd_backup_show;
extern const struct command cmd_backup_restore;
extern const struct command cmd_backup_extend;
extern const struct command cmd_backup_delete;
extern const struct command cmd_backup_prune;
extern const struct command cmd_init;
extern const struct command cmd_config;
extern const struct command cmd_trust;
extern const struct command cmd_hooks_install;
extern const struct command cmd_hooks_remove;
extern const struct command cmd_hooks_status;
extern const struct command cmd_hook;
extern const struct command cmd_platform_init;
extern const struct command cmd_platform_status;
extern const struct command cmd_platform_repair;
extern const struct command cmd_platform_remove;

#endif
