/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nested-slow-disk: a disk whose reads take a while, for memory that a guest has to wait for. Bochs' disks are as fast as its
 * memory, and faster than the code that would notice. The kernel's device mapper has a target for this, "delay".
 */
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/dm-ioctl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#include "runner/common/exit_status.h"
#include "runner/common/options.h"

#define SECTOR	       512
#define PARAMETERS_MAX 512

struct request {
	struct dm_ioctl head;
	struct dm_target_spec target;
	char parameters[PARAMETERS_MAX];
};

static void call(int control, unsigned long command, struct request *r, const char *what)
{
	r->head.version[0] = DM_VERSION_MAJOR;
	r->head.data_size = sizeof(*r);
	r->head.data_start = sizeof(r->head);
	snprintf(r->head.name, sizeof(r->head.name), "slow");
	if (ioctl(control, command, r))
		err(STATUS_CANNOT_RUN, "cannot %s a slow disk", what);
}

/* Its path, as devtmpfs names it. */
static void make(const char *disk, const char *milliseconds, uint64_t bytes)
{
	struct request create = {0}, load = {.head.target_count = 1}, resume = {0};
	int control = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);

	if (control < 0)
		err(STATUS_CANNOT_RUN, "/dev/mapper/control");
	load.target.length = bytes / SECTOR;
	snprintf(load.target.target_type, sizeof(load.target.target_type), "delay");
	/* Reads, then writes: the disk, the place on it, how long. */
	snprintf(load.parameters, sizeof(load.parameters), "%s 0 %s %s 0 0", disk, milliseconds, disk);
	call(control, DM_DEV_CREATE, &create, "create");
	call(control, DM_TABLE_LOAD, &load, "set up");
	call(control, DM_DEV_SUSPEND, &resume, "start"); /* without the flag to suspend, it resumes */
	printf("/dev/dm-%u\n", minor(resume.head.dev));
}

int main(int argc, char **argv)
{
	const struct option_row rows[] = {{0}};
	const struct program_options options = {
		.name = "nested-slow-disk",
		.arguments = "DISK MILLISECONDS",
		.purpose =
			"Runs in a nested host: makes a disk of DISK each of whose reads takes that long, and prints its path. Needs the\n"
			"kernel's modules dm_mod and dm_delay.",
		.rows = rows,
	};
	int first = options_parse(&options, argc, argv), disk;
	uint64_t bytes;

	if (first + 2 != argc)
		errx(STATUS_CANNOT_RUN, "DISK and MILLISECONDS are wanted; see nested-slow-disk --help");
	disk = open(argv[first], O_RDONLY | O_CLOEXEC);
	if (disk < 0 || ioctl(disk, BLKGETSIZE64, &bytes))
		err(STATUS_CANNOT_RUN, "%s", argv[first]);
	make(argv[first], argv[first + 1], bytes);
	return 0;
}
