/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/run/cold.h"
#include "runner/common/exit_status.h"
#include "runner/run/cold_server.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "x86/kvm/cold.h"

#define PAGE	4096
#define X86_RET 0xc3
#define SIZE	((uint64_t)COLD_MIB << 20)

/* What the server sends first: what this host lacks, or nothing and a descriptor. */
#define WHY_SIZE 512

union descriptor {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr aligned;
};

static void send_mount(int client, const char *why, int mount)
{
	struct iovec text = {(void *)(uintptr_t)why, strlen(why) + 1};
	union descriptor control = {0};
	struct msghdr message = {.msg_iov = &text, .msg_iovlen = 1};

	if (mount >= 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
		CMSG_FIRSTHDR(&message)->cmsg_level = SOL_SOCKET;
		CMSG_FIRSTHDR(&message)->cmsg_type = SCM_RIGHTS;
		CMSG_FIRSTHDR(&message)->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &mount, sizeof(mount));
	}
	if (sendmsg(client, &message, MSG_NOSIGNAL) < 0)
		_exit(1);
}

/* The mount's descriptor, or -1 with the reason in @why. */
static int receive_mount(int server, char *why)
{
	struct iovec text = {why, WHY_SIZE - 1};
	union descriptor control = {0};
	struct msghdr message = {
		.msg_iov = &text,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	int mount;

	if (recvmsg(server, &message, MSG_CMSG_CLOEXEC) <= 0)
		snprintf(why, WHY_SIZE, "the server of the cold memory died");
	if (*why || !CMSG_FIRSTHDR(&message))
		return -1;
	memcpy(&mount, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(mount));
	return mount;
}

static void fill_page(unsigned char *memory, uint64_t at)
{
	uint64_t content = COLD_MAGIC | at;

	memset(memory + at, X86_RET, PAGE);
	memcpy(memory + at, &content, sizeof(content));
}

static void fill(unsigned char *memory)
{
	for (uint64_t at = COLD_FIRST; at < SIZE; at += COLD_STRIDE) {
		fill_page(memory, at);
		fill_page(memory, at + COLD_CHOSEN);
		fill_page(memory, at + COLD_SLOW);
	}
}

/* Signals that a terminal sends to a whole group are for pvrun, whose end is the server's, too. */
_Noreturn static void server(int client)
{
	unsigned char *memory;
	int mount = -1, device;
	const char *why;

	setsid();
	memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		_exit(1);
	fill(memory);
	why = cold_mount(&mount, &device);
	send_mount(client, why ? why : "", mount);
	if (why)
		_exit(0);
	close(mount);
	cold_serve(device, client, memory);
}

/*
 * What a kernel and its firmware need at once is in memory from the start, and some more, which
 * x86/kvm/cold.c touches now and then: a file that misses the page cache a hundred times more often
 * than it hits is read in the foreground from then on (MMAP_LOTSAMISS in the kernel's
 * mm/filemap.c), and then nothing is asynchronous any more. In pieces of what one touch maps: newer
 * kernels keep together what is written at once, and one touch would map, and count for, far more.
 */
static void warm_low_memory(int file)
{
	static const unsigned char zeros[COLD_FAULT_AROUND];

	for (off_t at = 0; at < COLD_FIRST; at += sizeof(zeros))
		if (pwrite(file, zeros, sizeof(zeros), at) != sizeof(zeros))
			err(STATUS_CANNOT_RUN, "cannot write cold memory");
}

/*
 * The kernel learns the file's owner and size when it is asked for them. Before that it lets no user open it
 * for writing, and when it has learnt them it drops what is in the page cache.
 */
static int open_root(int mount)
{
	struct stat st;
	char path[40];
	int file;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", mount);
	file = fstat(mount, &st) ? -1 : open(path, O_RDWR | O_CLOEXEC);
	if (file < 0)
		err(STATUS_CANNOT_RUN, "cannot open cold memory");
	close(mount);
	return file;
}

const char *cold_start(struct cold_memory *cold)
{
	static char why[WHY_SIZE];
	int pair[2], mount;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		err(STATUS_CANNOT_RUN, "cannot make a socket pair");
	fflush(NULL);
	cold->pid = fork();
	if (cold->pid < 0)
		err(STATUS_CANNOT_RUN, "cannot fork");
	if (!cold->pid) {
		close(pair[0]);
		server(pair[1]);
	}
	close(pair[1]);
	cold->server = pair[0];
	mount = receive_mount(cold->server, why);
	if (mount < 0) {
		close(cold->server);
		waitpid(cold->pid, NULL, 0);
		return why;
	}
	cold->file = open_root(mount);
	warm_low_memory(cold->file);
	return NULL;
}

void cold_end(const struct cold_memory *cold)
{
	close(cold->file);
	close(cold->server);
	waitpid(cold->pid, NULL, 0);
}

void cold_forbid_huge_pages(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MADV_HUGEPAGE, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};

	/* Without it fewer pages are cold; the guest's tests say so. */
	if (!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}
