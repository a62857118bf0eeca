/*
 * For a child that is to outlive whoever started it, and has called setsid().
 */
#ifndef DEPLOY_DETACH_H
#define DEPLOY_DETACH_H

/*
 * Nothing of whoever started us: no input, signal mask or handler, and no
 * descriptor past an exec.  Output goes to `log`.
 */
void detach_cut_off(int log);
/*
 * Pipes to programs of whoever started us: they end when nobody holds their
 * input any more, and he waits for them.
 */
void detach_close_others(int keep, int keep_too);

#endif
