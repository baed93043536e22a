/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/host_module.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runner/common/alloc.h"
#include "runner/common/text.h"

/* The kernel's own limit is 2048 bytes. */
#define COMMAND_LINE_MAX 4096

/* What the kernel's command line has for a module, without its name: "a=1 b=2 ". The caller frees it. */
static char *usual_parameters(const char *module)
{
	char *line = alloc_bytes(COMMAND_LINE_MAX), *prefix = text_format("%s.", module), *rest = line, *word;
	char *parameters = text_format("%s", "");
	FILE *file = fopen("/proc/cmdline", "re");

	line[0] = '\0';
	if (file && !fgets(line, COMMAND_LINE_MAX, file))
		line[0] = '\0';
	while ((word = strsep(&rest, " \n"))) {
		char *longer;

		if (strncmp(word, prefix, strlen(prefix)) != 0)
			continue;
		longer = text_format("%s%s ", parameters, word + strlen(prefix));
		free(parameters);
		parameters = longer;
	}
	if (file)
		fclose(file);
	free(line);
	free(prefix);
	return parameters;
}

static bool reload(const char *folder, const char *module, const char *parameter, const char *value)
{
	char *path = text_format("%s/%s.ko", folder, module), *usual = usual_parameters(module);
	char *wanted = text_format("%s%s=%s", usual, parameter, value);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	bool done = false;

	if (file >= 0 && !syscall(SYS_delete_module, module, O_NONBLOCK)) {
		done = !syscall(SYS_finit_module, file, wanted, 0);
		if (!done)
			syscall(SYS_finit_module, file, usual, 0);
	}
	if (file >= 0)
		close(file);
	free(path);
	free(usual);
	free(wanted);
	return done;
}

bool host_module_set(const char *path, const char *value)
{
	const char *folder = getenv("KVM_PV_TESTS_MODULES");
	char module[64], parameter[64];
	int end = 0;

	if (!folder ||
	    sscanf(path, "/sys/module/%63[a-z0-9_]/parameters/%63[a-z0-9_]%n", module, parameter, &end) != 2)
		return false;
	return !path[end] && reload(folder, module, parameter, value);
}
