/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/common/parent.h"

#include <sys/prctl.h>
#include <unistd.h>

#include "runner/common/exit_status.h"

void end_with_parent(pid_t parent, int signal)
{
	prctl(PR_SET_PDEATHSIG, signal);
	if (getppid() != parent)
		_exit(STATUS_CANNOT_RUN);
}
