/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes that must not outlive the one that forked them, and those that must. */
#ifndef RUNNER_COMMON_PARENT_H
#define RUNNER_COMMON_PARENT_H

#include <sys/types.h>

/*
 * In a child that @parent has just forked: whatever ends @parent, even SIGKILL, sends this process @signal, also after
 * an exec. If @parent has ended already, so does this process, with STATUS_CANNOT_RUN.
 */
void end_with_parent(pid_t parent, int signal);

/*
 * In a child that has to put something in order after its parent: nothing but SIGKILL ends it, it is in no group of the run's,
 * and it keeps nothing open but @fd, by which it notices the parent's end.
 */
void outlive_parent(int fd);

#endif
