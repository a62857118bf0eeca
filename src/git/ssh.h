/*
 * One connection for all that a command asks a server over ssh.
 *
 * git starts an ssh for each thing it asks, and to connect takes longer than
 * most answers.  OpenSSH lets later ones go through the connection of the
 * first (ControlMaster in ssh_config(5)); here that is asked for, for as long
 * as a command runs.  The socket is in a folder that only its user can enter.
 * A command that is killed leaves a connection that ends by itself, after so
 * many seconds:
 */
#ifndef GIT_SSH_H
#define GIT_SSH_H

#include "git/repo.h"

#define SSH_SHARE_IDLE 10

struct ssh_share {
	struct repo *repo;	/* borrowed; NULL: nothing is shared */
	char *command;		/* ssh, as the user has it */
	char *dir;		/* of the sockets */
};

#define SSH_SHARE_INIT { NULL, NULL, NULL }

/*
 * From now on gits run in `r` share connections, if `url` is reached by ssh.
 * Nothing happens where it is another program than ssh, or where the user has
 * a say about that himself: Control... or -S in core.sshCommand or
 * GIT_SSH_COMMAND, or a ControlPath for this host in his ssh_config.  Begun
 * twice is begun once.
 */
void ssh_share_begin(struct ssh_share *s, struct repo *r, const char *url);
/* Close what is still open. */
void ssh_share_end(struct ssh_share *s);

/*
 * From now on ssh, run by gits in `r`, asks nobody for anything, and gives a
 * server up that does not answer.  What the user says of that in
 * core.sshCommand or GIT_SSH_COMMAND holds.
 */
void ssh_ask_nobody(struct repo *r);

/*
 * USER@HOST of an address that git reaches by ssh, and its port (NULL: none);
 * both free().  NULL when it is another one, or an odd one.
 */
char *ssh_destination(const char *url, char **port);

#endif
