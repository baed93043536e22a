/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/run/vm.h"
#include "runner/common/alloc.h"
#include "runner/common/exit_status.h"
#include "runner/common/parent.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/common/text.h"
#include "runner/run/cold.h"

/*
 * COM1 is a pipe, not a socket: QEMU writes it byte by byte, and a socket's buffer is full after
 * some 270 writes. What does not fit is lost for a guest that does not look whether its byte has
 * left. A failure to enlarge it does no harm.
 */
#define COM1_BYTES (1 << 20)

static void make_pair(int *ours, int *theirs)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) || fcntl(pair[0], F_SETFL, O_NONBLOCK))
		err(STATUS_CANNOT_RUN, "cannot make a socket pair");
	*ours = pair[0];
	*theirs = pair[1];
}

/* Our end does not block. */
static void make_pipe(int *reader, int *writer)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) || fcntl(ends[0], F_SETFL, O_NONBLOCK))
		err(STATUS_CANNOT_RUN, "cannot make a pipe");
	*reader = ends[0];
	*writer = ends[1];
}

/* After the log's console: of two virtio consoles the second one is the channel. Returns the end of @args. */
static char **add_channel_port(const char *port, char **args)
{
	*args++ = "-device";
	if (strcmp(port, "virtio") != 0) {
		*args++ = "isa-serial,index=1,chardev=channel";
		return args;
	}
	*args++ = "virtio-serial-pci,id=channel";
	*args++ = "-device";
	*args++ = "virtconsole,chardev=channel,bus=channel.0";
	return args;
}

/* What only some VMs have, NULL-terminated. */
static void make_optional_args(const struct vm_options *o, int channel, char **args)
{
	if (o->paused || o->incoming)
		*args++ = "-S";
	if (o->incoming) {
		*args++ = "-incoming";
		*args++ = "defer";
	}
	if (o->virtio_console) {
		*args++ = "-device";
		*args++ = "virtio-serial-pci";
		*args++ = "-device";
		*args++ = "virtconsole,chardev=com1";
	}
	if (o->channel) {
		*args++ = "-chardev";
		*args++ = text_format("socket,id=channel,fd=%d", channel);
		args = add_channel_port(o->channel, args);
	}
	if (o->cold) {
		*args++ = "-object";
		*args++ =
			text_format("memory-backend-file,id=cold,share=on,size=%uM,mem-path=/proc/self/fd/%d",
				    COLD_MIB, o->cold->file);
		*args++ = "-machine";
		*args++ = "memory-backend=cold";
		*args++ = "-m";
		*args++ = text_format("%u", COLD_MIB);
	}
	*args = NULL;
}

/* The arguments are made in the child, and live until exec. */
static char **make_argv(const struct vm_options *o, int com1, int qmp, int channel)
{
	char *ours[] = {
		text_format("%s", o->qemu),
		/* clang-format off: options with their values */
		"-nodefaults", "-no-user-config", "-display", "none", o->channel ? NULL : "-no-reboot",
		"-accel", text_format("%s", o->accel), "-add-fd", text_format("fd=%d,set=1", com1),
		"-chardev", "file,id=com1,path=/dev/fdset/1,append=on,mux=on", "-serial", "chardev:com1",
		"-chardev", text_format("socket,id=qmp,fd=%d", qmp), "-mon", "chardev=qmp,mode=control",
		"-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-kernel", text_format("%s", o->kernel),
		"-append", text_format("%s", o->append),
		/* clang-format on */
	};
	char *optional[24], **argv;
	size_t n = 0, extra = 0;

	make_optional_args(o, channel, optional);
	while (o->args[extra])
		extra++;
	argv = alloc_bytes(
		(sizeof(ours) / sizeof(ours[0]) + sizeof(optional) / sizeof(optional[0]) + extra + 1) *
		sizeof(*argv));
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (ours[i])
			argv[n++] = ours[i];
	for (size_t i = 0; i <= extra; i++)
		argv[n++] = o->args[i];
	/* Last, and over the NULL: of -m and -machine the later one counts. */
	n--;
	for (size_t i = 0; optional[i]; i++)
		argv[n++] = optional[i];
	argv[n] = NULL;
	return argv;
}

_Noreturn static void child(const struct vm_options *o, pid_t parent, int com1, int qmp, int channel,
			    int output, int failure)
{
	char **argv = make_argv(o, com1, qmp, channel);
	int null = open("/dev/null", O_RDONLY);
	sigset_t none;
	int error;

	end_with_parent(parent, SIGKILL);
	/*
	 * A session of its own: Ctrl-C reaches only us, and vm_kill() reaches QEMU's children too.
	 */
	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	dup2(null, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	if (o->cold) {
		cold_forbid_huge_pages();
		fcntl(o->cold->file, F_SETFD, 0);
	}
	fcntl(com1, F_SETFD, 0);
	fcntl(qmp, F_SETFD, 0);
	if (channel >= 0)
		fcntl(channel, F_SETFD, 0);
	execvp(argv[0], argv);
	error = errno;
	if (write(failure, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

int vm_start(struct vm *vm, const struct vm_options *options)
{
	int com1, qmp, channel = -1, output, failure[2], error = 0;
	pid_t parent = getpid();

	make_pipe(&vm->com1, &com1);
	fcntl(com1, F_SETPIPE_SZ, COM1_BYTES);
	make_pair(&vm->qmp, &qmp);
	vm->channel = -1;
	if (options->channel)
		make_pair(&vm->channel, &channel);
	make_pipe(&vm->output, &output);
	if (pipe2(failure, O_CLOEXEC))
		err(STATUS_CANNOT_RUN, "cannot make a pipe");

	fflush(NULL);
	vm->pid = fork();
	if (vm->pid < 0)
		err(STATUS_CANNOT_RUN, "cannot fork");
	if (!vm->pid)
		child(options, parent, com1, qmp, channel, output, failure[1]);
	close(com1);
	close(qmp);
	if (channel >= 0)
		close(channel);
	close(output);
	close(failure[1]);

	/* End of file means that exec worked. */
	if (read(failure[0], &error, sizeof(error)) != sizeof(error))
		error = 0;
	close(failure[0]);
	if (error) {
		waitpid(vm->pid, &vm->status, 0);
		vm->pid = 0;
	}
	return error;
}

void vm_kill(struct vm *vm)
{
	if (!vm->pid)
		return;
	/* There is nothing in a test VM that a gentler signal could save. */
	kill(-vm->pid, SIGKILL);
	kill(vm->pid, SIGKILL);
}

bool vm_reap(struct vm *vm)
{
	if (!vm->pid)
		return true;
	if (waitpid(vm->pid, &vm->status, WNOHANG) != vm->pid)
		return false;
	/*
	 * Its helpers, if any, must not outlive it. The group's id cannot have been reused while it
	 * has members.
	 */
	kill(-vm->pid, SIGKILL);
	vm->pid = 0;
	return true;
}

char *vm_describe_end(const struct vm *vm)
{
	if (WIFSIGNALED(vm->status))
		return text_format("QEMU was killed by signal %d (%s)", WTERMSIG(vm->status),
				   strsignal(WTERMSIG(vm->status)));
	return text_format("QEMU's exit status was %d", WEXITSTATUS(vm->status));
}
