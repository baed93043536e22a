/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/common/parent.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "runner/common/exit_status.h"

/* More than a run has open, where the limit is a large one. */
#define DESCRIPTORS_MAX 4096

void end_with_parent(pid_t parent, int signal)
{
	prctl(PR_SET_PDEATHSIG, signal);
	if (getppid() != parent)
		_exit(STATUS_CANNOT_RUN);
}

void outlive_parent(int fd)
{
	long descriptors = sysconf(_SC_OPEN_MAX);
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setsid();
	for (int other = 0; other < descriptors && other < DESCRIPTORS_MAX; other++)
		if (other != fd)
			close(other);
}
