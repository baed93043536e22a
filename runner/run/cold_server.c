/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/run/cold_server.h"
#include "runner/common/clock.h"
#include "runner/common/parent.h"
#include "runner/run/cold.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "x86/kvm/cold.h"

#define SIZE ((uint64_t)COLD_MIB << 20)
#define PAGE 4096

/* How long a read of a cold page takes that is not a slow one. */
#define DELAY_US 5000

/* So many reads are under way at once: more than KVM lets one vCPU wait for, which is 64. */
#define READS_MAX 256

#define WRITE_MAX 65536

/* For a request that the kernel makes: a header, and what belongs to it. */
#define REQUEST_MAX (WRITE_MAX + PAGE)

/* The kernel may keep what it was told about the file. */
#define VALID_S 1000000

struct server {
	int device, client;
	unsigned char *memory;
	struct read {
		uint64_t unique, offset;
		uint32_t bytes;
		int64_t due_us;
	} reads[READS_MAX]; /* a ring, in the order of due_us */
	unsigned int first, count;
	pid_t evictor;
	int evictor_end; /* a pipe that its end closes, or -1 */
	bool leaving;
};

/* What fails here does so because the request was given up. */
static void reply(const struct server *s, uint64_t unique, int error, const void *data, size_t bytes)
{
	struct fuse_out_header header = {
		.len = (uint32_t)(sizeof(header) + bytes),
		.error = -error,
		.unique = unique,
	};
	struct iovec parts[] = {{&header, sizeof(header)}, {(void *)(uintptr_t)data, bytes}};

	if (writev(s->device, parts, bytes ? 2 : 1) < 0 && errno == ENODEV)
		_exit(0);
}

/*
 * One page is read at a time: with more, one touch would make others warm, and with none the kernel would read in the
 * foreground, and no page fault would be asynchronous.
 */
static void init(const struct server *s, uint64_t unique, const struct fuse_init_in *in)
{
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION,
		.minor = in->minor < FUSE_KERNEL_MINOR_VERSION ? in->minor : FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = PAGE,
		.flags = in->flags & (FUSE_ASYNC_READ | FUSE_BIG_WRITES),
		.max_background = READS_MAX,
		.congestion_threshold = READS_MAX,
		.max_write = WRITE_MAX,
	};

	reply(s, unique, 0, &out, sizeof(out));
}

static void tell_attributes(const struct server *s, uint64_t unique)
{
	struct fuse_attr_out out = {
		.attr_valid = VALID_S,
		.attr =
			{
				.ino = FUSE_ROOT_ID,
				.size = SIZE,
				.blocks = SIZE / 512,
				.mode = S_IFREG | 0600,
				.nlink = 1,
				.uid = getuid(),
				.gid = getgid(),
				.blksize = PAGE,
			},
	};

	reply(s, unique, 0, &out, sizeof(out));
}

static uint32_t bytes_in_file(uint64_t offset, uint32_t bytes)
{
	if (offset >= SIZE)
		return 0;
	return bytes < SIZE - offset ? bytes : (uint32_t)(SIZE - offset);
}

static void add_read(struct server *s, const struct read *read)
{
	unsigned int at = s->first + s->count++;

	for (; at > s->first && s->reads[(at - 1) % READS_MAX].due_us > read->due_us; at--)
		s->reads[at % READS_MAX] = s->reads[(at - 1) % READS_MAX];
	s->reads[at % READS_MAX] = *read;
}

static void begin_read(struct server *s, uint64_t unique, const struct fuse_read_in *in)
{
	struct read read = {
		.unique = unique,
		.offset = in->offset,
		.bytes = bytes_in_file(in->offset, in->size),
		.due_us = now_us() + (in->offset % COLD_STRIDE == COLD_SLOW ? COLD_SLOW_MS * 1000 : DELAY_US),
	};

	if (in->offset >= COLD_FIRST)
		add_read(s, &read);
	else
		reply(s, unique, 0, s->memory + read.offset, read.bytes);
}

static void finish_reads(struct server *s)
{
	while (s->count && s->reads[s->first].due_us <= now_us()) {
		const struct read *read = &s->reads[s->first];

		reply(s, read->unique, 0, s->memory + read->offset, read->bytes);
		s->first = (s->first + 1) % READS_MAX;
		s->count--;
	}
}

static void write_bytes(const struct server *s, uint64_t unique, const struct fuse_write_in *in)
{
	struct fuse_write_out out = {.size = bytes_in_file(in->offset, in->size)};

	memcpy(s->memory + in->offset, in + 1, out.size);
	reply(s, unique, 0, &out, sizeof(out));
}

static void open_file(const struct server *s, uint64_t unique)
{
	struct fuse_open_out out = {.open_flags = FOPEN_KEEP_CACHE};

	reply(s, unique, 0, &out, sizeof(out));
}

static void serve_request(struct server *s)
{
	static _Alignas(8) unsigned char request[REQUEST_MAX];
	const struct fuse_in_header *header = (const struct fuse_in_header *)request;
	const void *rest = header + 1;
	ssize_t got = read(s->device, request, sizeof(request));

	if (got < 0 && errno == ENODEV) /* nothing has the file open any more */
		_exit(0);
	if (got < (ssize_t)sizeof(*header))
		return;
	switch (header->opcode) {
	case FUSE_INIT:
		init(s, header->unique, rest);
		break;
	case FUSE_GETATTR:
		tell_attributes(s, header->unique);
		break;
	case FUSE_OPEN:
		open_file(s, header->unique);
		break;
	case FUSE_READ:
		begin_read(s, header->unique, rest);
		break;
	case FUSE_WRITE:
		write_bytes(s, header->unique, rest);
		break;
	case FUSE_RELEASE:
	case FUSE_FSYNC:
		reply(s, header->unique, 0, NULL, 0);
		break;
	case FUSE_FORGET: /* these have no answer */
	case FUSE_BATCH_FORGET:
		break;
	default:
		reply(s, header->unique, ENOSYS, NULL, 0);
	}
}

/* The kernel returns when all pages have been written back, which the server does meanwhile. */
static void evict(const struct server *s, const struct cold_eviction *range, int end)
{
	struct fuse_notify_inval_inode_out what = {
		.ino = FUSE_ROOT_ID,
		.off = (int64_t)range->offset,
		.len = (int64_t)range->bytes,
	};
	struct fuse_out_header header = {
		.len = sizeof(header) + sizeof(what),
		.error = FUSE_NOTIFY_INVAL_INODE,
	};
	struct iovec parts[] = {{&header, sizeof(header)}, {&what, sizeof(what)}};
	cold_evicted error = writev(s->device, parts, 2) < 0 ? errno : 0;

	if (write(end, &error, sizeof(error)) < 0)
		_exit(1);
	_exit(0);
}

/* In a process of its own. The server outlives it: it cannot end while it waits for the server. */
static void begin_eviction(struct server *s, const struct cold_eviction *range)
{
	pid_t parent = getpid();
	int end[2];

	if (pipe2(end, O_CLOEXEC))
		_exit(1);
	s->evictor = fork();
	if (s->evictor < 0)
		_exit(1);
	if (!s->evictor) {
		end_with_parent(parent, SIGKILL);
		close(s->client);
		evict(s, range, end[1]);
	}
	close(end[1]);
	s->evictor_end = end[0];
}

static void finish_eviction(struct server *s)
{
	cold_evicted error = EINTR;
	ssize_t got = read(s->evictor_end, &error, sizeof(error));

	waitpid(s->evictor, NULL, 0);
	close(s->evictor_end);
	s->evictor_end = -1;
	if (got != sizeof(error))
		error = EINTR;
	if (!s->leaving && send(s->client, &error, sizeof(error), MSG_NOSIGNAL) < 0)
		s->leaving = true;
}

static void hear_client(struct server *s)
{
	struct cold_eviction range;

	if (recv(s->client, &range, sizeof(range), 0) == sizeof(range)) {
		begin_eviction(s, &range);
		return;
	}
	s->leaving = true;
	if (s->evictor_end >= 0)
		kill(s->evictor, SIGKILL);
}

static int time_left_ms(const struct server *s)
{
	int64_t left;

	if (!s->count)
		return -1;
	left = s->reads[s->first].due_us - now_us();
	return left > 0 ? (int)((left + 999) / 1000) : 0;
}

void cold_serve(int device, int client, unsigned char *memory)
{
	struct server s = {.device = device, .client = client, .memory = memory, .evictor_end = -1};

	while (!s.leaving || s.evictor_end >= 0) {
		struct pollfd fds[] = {
			{.fd = device, .events = s.count < READS_MAX ? POLLIN : 0},
			{.fd = s.leaving ? -1 : client, .events = s.evictor_end < 0 ? POLLIN : 0},
			{.fd = s.evictor_end, .events = POLLIN},
		};

		poll(fds, sizeof(fds) / sizeof(fds[0]), time_left_ms(&s));
		finish_reads(&s);
		if (fds[0].revents & (POLLIN | POLLERR))
			serve_request(&s);
		if (fds[1].revents)
			hear_client(&s);
		if (fds[2].revents)
			finish_eviction(&s);
	}
	_exit(0);
}
