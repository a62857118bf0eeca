/*
 * One text for another, all over a third one, so that doing it again changes
 * nothing.
 *
 * What is part of an occurrence of `to`, or reaches into one, is none of
 * `from`: in "registry/mender/gui" there is no "mender/" where that is to be
 * "registry/mender/".  Else it goes from left to right.  Where `from` holds
 * `to` ("docker.io/mender/", "mender/") it is done until nothing is left.
 */
#ifndef BASE_REPLACE_H
#define BASE_REPLACE_H

#include <stddef.h>

#include "base/buf.h"

/*
 * How many there were.  Neither text is empty, and they differ.  The time is
 * linear in the text, but for what stands close to an occurrence, and where
 * `from` holds `to`: what is made anew each time can take its square.
 */
size_t replace_all(struct buf *text, const char *from, const char *to);

#endif
