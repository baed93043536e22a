/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/run/cold.h"
#include "runner/common/exit_status.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "x86/kvm/cold.h"

#define PAGE	4096
#define SECTOR	512
#define X86_RET 0xc3
#define SIZE	((uint64_t)COLD_MIB << 20)

static void write_pages(int fd, const char *disk)
{
	unsigned char page[PAGE];

	for (uint64_t at = COLD_FIRST; at < SIZE; at += COLD_STRIDE) {
		uint64_t content = COLD_MAGIC | at;

		memset(page, X86_RET, sizeof(page));
		memcpy(page, &content, sizeof(content));
		if (pwrite(fd, page, sizeof(page), (off_t)at) != sizeof(page))
			err(STATUS_CANNOT_RUN, "cannot write %s", disk);
	}
	if (fsync(fd))
		err(STATUS_CANNOT_RUN, "cannot write %s", disk);
}

/* If pages are in memory again, a test would wait for an asynchronous page fault that never occurs. */
static void check_cold(int fd, const char *disk)
{
	unsigned char resident[SIZE / PAGE];
	void *map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED || mincore(map, SIZE, resident))
		err(STATUS_CANNOT_RUN, "cannot look at the pages of %s", disk);
	munmap(map, SIZE);
	for (uint64_t at = COLD_FIRST; at < SIZE; at += COLD_STRIDE)
		if (resident[at / PAGE] & 1)
			errx(STATUS_CANNOT_RUN, "%s stays in the page cache; end what else uses it", disk);
}

/*
 * What a kernel and its firmware need at once is in memory from the start, and some more, which
 * x86/kvm/cold.c touches now and then: a file that misses the page cache a hundred times more often
 * than it hits is read in the foreground from then on (MMAP_LOTSAMISS in the kernel's
 * mm/filemap.c), and then nothing is asynchronous any more. In pieces of what one touch maps: newer
 * kernels keep together what is written at once, and one touch would map, and count for, far more.
 */
static void warm_low_memory(int fd, const char *disk)
{
	static const unsigned char zeros[COLD_FAULT_AROUND];

	for (off_t at = 0; at < COLD_FIRST; at += sizeof(zeros))
		if (pwrite(fd, zeros, sizeof(zeros), at) != sizeof(zeros))
			err(STATUS_CANNOT_RUN, "cannot write %s", disk);
}

void cold_prepare(const char *disk)
{
	int fd = open(disk, O_RDWR | O_CLOEXEC | O_EXCL);
	uint64_t bytes = 0;
	struct stat st;

	if (fd < 0)
		err(STATUS_CANNOT_RUN, "cannot open %s", disk);
	if (fstat(fd, &st) || !S_ISBLK(st.st_mode) || ioctl(fd, BLKGETSIZE64, &bytes) || bytes < SIZE)
		errx(STATUS_CANNOT_RUN, "%s is no block device of %u MiB or more", disk, COLD_MIB);
	write_pages(fd, disk);
	/* One page: with none at all the kernel reads in the foreground, and nothing is asynchronous. */
	if (ioctl(fd, BLKRASET, (unsigned long)(PAGE / SECTOR)) || ioctl(fd, BLKFLSBUF, 0))
		err(STATUS_CANNOT_RUN, "cannot drop %s from memory", disk);
	check_cold(fd, disk);
	warm_low_memory(fd, disk);
	/* It stays open while this program runs: with its last user a disk leaves the page cache. */
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
