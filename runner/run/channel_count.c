/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * KVM's counters of a VM. Every KVM has them in debugfs, as sums over the VM's vCPUs; those of each vCPU, in QEMU's
 * query-stats, need Linux 5.14 and QEMU 7.1. Source: virt/kvm/kvm_main.c, kvm_create_vm_debugfs().
 */
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/kvm_counters.h"
#include "runner/common/text.h"
#include "runner/run/channel_verbs.h"

static const char *const names[] = {
#define NAME(name, word) [KVM_COUNTER_##name] = word,
	KVM_COUNTERS(NAME)
#undef NAME
};

#define COUNTERS (sizeof(names) / sizeof(names[0]))

/* A path of which KVM chose a part: the number of the VM's file descriptor. NULL: there is none. The caller frees it. */
static char *find(pid_t qemu, const char *file)
{
	char *pattern = text_format("/sys/kernel/debug/kvm/%d-*/%s", (int)qemu, file), *path = NULL;
	glob_t found;

	if (!glob(pattern, 0, NULL, &found))
		path = text_format("%s", found.gl_pathv[0]);
	globfree(&found);
	free(pattern);
	return path;
}

static bool read_number(const char *path, uint64_t *number)
{
	FILE *file = fopen(path, "re");
	bool got;

	if (!file)
		return false;
	got = fscanf(file, "%" SCNu64, number) == 1;
	fclose(file);
	return got;
}

/* Is it in debugfs? If not, @why is the word that says what is missing. */
static bool read_counter(pid_t qemu, const char *name, uint64_t *count, const char **why)
{
	char *folder = find(qemu, ""), *path = find(qemu, name);
	bool got = path && read_number(path, count);

	*why = "debugfs";
	if (folder && !path)
		*why = name;
	free(folder);
	free(path);
	return got;
}

void channel_count(struct channel *c, uint64_t which)
{
	const char *why;
	uint64_t count;

	if (which >= COUNTERS)
		channel_finish(c, CHANNEL_IS_UNSUPPORTED, "newer-runner");
	else if (read_counter(c->vm->pid, names[which], &count, &why))
		channel_finish(c, CHANNEL_IS_OK, "count=%" PRIu64, count);
	else
		channel_finish(c, CHANNEL_IS_UNSUPPORTED, "%s", why);
}
