/* SPDX-License-Identifier: BSD-2-Clause */
/* One QEMU process: started without a shell, ours alone, and gone when we are. */
#ifndef RUNNER_RUN_VM_H
#define RUNNER_RUN_VM_H

#include <stdbool.h>
#include <sys/types.h>

struct vm_options {
	const char *qemu, *accel, *kernel;
	const char *append; /* the whole kernel command line */
	bool paused; /* vCPUs wait for QMP "cont" */
	bool incoming; /* so does the VM for QMP "migrate-incoming"; then vCPUs are paused, too */
	bool virtio_console; /* a second, faster way for the guest's log; both come out of com1 */
	const char *channel; /* the port for it: "virtio" or "com2"; NULL: none */
	const struct cold_memory *cold; /* the RAM; NULL: ordinary memory */
	char **args; /* QEMU arguments beyond ours, NULL-terminated */
};

struct vm {
	pid_t pid; /* 0 when it is not running */
	int status; /* from waitpid(), once it has run */
	/* Non-blocking; whoever takes one closes it. */
	int com1; /* what the guest prints, on whichever console */
	int qmp; /* a socket */
	int channel; /* a socket, or -1 */
	int output; /* what QEMU itself prints */
};

/* Returns 0, or the errno that kept QEMU from being executed. */
int vm_start(struct vm *vm, const struct vm_options *options);
void vm_kill(struct vm *vm);
/* True once the process has ended; never waits. */
bool vm_reap(struct vm *vm);
/* "QEMU was killed by signal 9 (Killed)"; the caller frees it. */
char *vm_describe_end(const struct vm *vm);

#endif
