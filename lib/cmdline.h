/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel command line: words "key" or "key=value", separated by blanks. */
#ifndef LIB_CMDLINE_H
#define LIB_CMDLINE_H

#include "lib/types.h"

/*
 * Take the next word off *rest, which is cut up in place. Returns its key, or NULL at the end;
 * *value points behind the '=', or is NULL when there is none.
 */
char *cmdline_next(char **rest, char **value);

#endif
