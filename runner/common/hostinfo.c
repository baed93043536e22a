/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/common/hostinfo.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "runner/common/text.h"

static json_t *read_line(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[256] = "";

	if (!file)
		return NULL;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	return text_json(line);
}

static json_t *cpu_model(void)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[256];
	json_t *model = NULL;

	while (file && !model && fgets(line, sizeof(line), file)) {
		char *value = strchr(line, ':');

		if (strncmp(line, "model name", strlen("model name")) || !value)
			continue;
		line[strcspn(line, "\n")] = '\0';
		model = text_json(value + 1 + strspn(value + 1, " "));
	}
	if (file)
		fclose(file);
	return model ? model : json_null();
}

/* Some parameters only root may read; those are left out. */
static json_t *module_parameters(const char *module)
{
	char *folder = text_format("/sys/module/%s/parameters", module);
	DIR *dir = opendir(folder);
	json_t *parameters = json_object();
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char *path = text_format("%s/%s", folder, entry->d_name);

		if (entry->d_name[0] != '.')
			json_object_set_new(parameters, entry->d_name, read_line(path));
		free(path);
	}
	if (dir)
		closedir(dir);
	free(folder);
	return parameters;
}

json_t *hostinfo_collect(void)
{
	DIR *modules = opendir("/sys/module");
	json_t *parameters = json_object(), *module = json_null();
	struct dirent *entry;
	struct utsname kernel;

	while (modules && (entry = readdir(modules))) {
		bool vendor = !strncmp(entry->d_name, "kvm_", strlen("kvm_"));

		/* kvm_amd or kvm_intel; out-of-tree modules have names like these. */
		if (!vendor && strcmp(entry->d_name, "kvm"))
			continue;
		json_object_set_new(parameters, entry->d_name, module_parameters(entry->d_name));
		if (vendor)
			module = json_string(entry->d_name);
	}
	if (modules)
		closedir(modules);
	uname(&kernel);
	return json_pack("{s:o, s:o, s:o, s:n, s:o, s:o}", "release", text_json(kernel.release), "version",
			 text_json(kernel.version), "cpu_model", cpu_model(), "qemu_version", "kvm_module",
			 module, "kvm_parameters", parameters);
}
