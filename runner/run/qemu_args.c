/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/run/qemu_args.h"

#include <stdlib.h>
#include <string.h>

#include "runner/common/text.h"

static bool is_option(const char *arg, const char *name)
{
	return arg[0] == '-' && !strcmp(arg + 1 + (arg[1] == '-'), name);
}

const char *qemu_option(char **args, const char *name)
{
	const char *value = NULL;

	for (; *args && args[1]; args++)
		if (is_option(*args, name))
			value = args[1];
	return value;
}

/* Of one option's value; takes @found over, and returns it unless the key is there. */
static char *find_property(const char *option, const char *key, char *found)
{
	char *copy = text_format("%s", option), *rest = copy, *value;

	while ((value = strsep(&rest, ","))) {
		const char *name = strsep(&value, "=");

		if (strcmp(name, key))
			continue;
		free(found);
		found = text_format("%s", value ? value : "on");
	}
	free(copy);
	return found;
}

char *qemu_property(char **args, const char *name, const char *key)
{
	char *found = NULL;

	for (; *args && args[1]; args++)
		if (is_option(*args, name))
			found = find_property(args[1], key, found);
	return found;
}

int qemu_truth(const char *value)
{
	static const char *const words[] = {"off", "on", "no", "yes", "false", "true", "n", "y"};
	int i = value ? text_index(words, sizeof(words) / sizeof(words[0]), value) : 1;

	return i < 0 ? -1 : i % 2;
}

bool qemu_has_cpu_pm(char **args)
{
	char *value = qemu_property(args, "overcommit", "cpu-pm");
	bool on = value && qemu_truth(value) == 1;

	free(value);
	return on;
}
