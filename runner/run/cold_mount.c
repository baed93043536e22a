/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/run/cold_server.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* These have no functions in older C libraries. */
static int set(int fs, const char *key, const char *value)
{
	return (int)syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, value, 0);
}

static int set_number(int fs, const char *key, const char *format, unsigned int number)
{
	char value[16];

	snprintf(value, sizeof(value), format, number);
	return set(fs, key, value);
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return written;
}

/* Where this user has all capabilities, and is who he was. */
static bool enter_user_namespace(uid_t uid, gid_t gid)
{
	char users[40], groups[40];

	snprintf(users, sizeof(users), "%u %u 1", uid, uid);
	snprintf(groups, sizeof(groups), "%u %u 1", gid, gid);
	return !unshare(CLONE_NEWUSER | CLONE_NEWNS) && write_file("/proc/self/setgroups", "deny") &&
	       write_file("/proc/self/uid_map", users) && write_file("/proc/self/gid_map", groups);
}

/* A mount that is attached to no folder, or -1. */
static int mount_detached(int device, uid_t uid, gid_t gid)
{
	int fs = (int)syscall(SYS_fsopen, "fuse", FSOPEN_CLOEXEC), mount = -1;

	if (fs < 0)
		return -1;
	if (!set(fs, "source", "cold-memory") && !set_number(fs, "fd", "%u", (unsigned int)device) &&
	    !set_number(fs, "rootmode", "%o", S_IFREG) && !set_number(fs, "user_id", "%u", uid) &&
	    !set_number(fs, "group_id", "%u", gid) &&
	    !syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		mount = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC,
				     MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	close(fs);
	return mount;
}

const char *cold_mount(int *mount, int *device)
{
	uid_t uid = getuid();
	gid_t gid = getgid();

	for (int tries = 0; tries < 2; tries++) {
		*device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
		if (*device < 0 && (errno == EACCES || errno == EPERM))
			return "cold memory needs permission to read and write /dev/fuse";
		if (*device < 0)
			return "cold memory needs /dev/fuse: load the kernel's module fuse";
		*mount = mount_detached(*device, uid, gid);
		if (*mount >= 0)
			return NULL;
		/* It belongs to the namespace that it was opened in. */
		close(*device);
		if (!tries && !enter_user_namespace(uid, gid))
			break;
	}
	return "cold memory needs permission to mount FUSE file systems: run as root, or permit user namespaces to all users "
	       "(sysctl kernel.unprivileged_userns_clone=1; on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0)";
}
