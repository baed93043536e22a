/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes that must not outlive the one that forked them. */
#ifndef RUNNER_COMMON_PARENT_H
#define RUNNER_COMMON_PARENT_H

#include <sys/types.h>

/*
 * In a child that @parent has just forked: whatever ends @parent, even SIGKILL, sends this process @signal, also after
 * an exec. If @parent has ended already, so does this process, with STATUS_CANNOT_RUN.
 */
void end_with_parent(pid_t parent, int signal);

#endif
