/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/series_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "runner/batch/batch.h"
#include "runner/batch/child.h"
#include "runner/batch/results_folder.h"
#include "runner/common/json_file.h"
#include "runner/common/result.h"
#include "runner/common/sha256.h"
#include "runner/common/text.h"
#include "runner/common/whole_file.h"

void series_folder_open(const char *folder)
{
	char *path = text_format("%s/.lock", folder);
	int fd;

	if (!folder_make(folder))
		die("cannot make the folder %s", folder);
	/* It stays open: the lock ends with the program, however that ends. */
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		die("cannot write to the folder %s: %s", folder, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB))
		die("another series is running in %s", folder);
	free(path);
}

static char *test_sum(const struct config *config)
{
	char *path = text_format("build/%s", config_value(config, CONFIG_FILE)), *kernel = sha256_file(path);
	struct sha256 sum;

	if (!kernel)
		die("cannot read %s: %s", path, strerror(errno));
	free(path);
	sha256_init(&sum);
	sha256_add(&sum, kernel, strlen(kernel));
	free(kernel);
	for (enum config_key key = 0; key < CONFIG_KEYS; key++) {
		char *line;

		/* What it leaves to a key's fallback is not its own: keys may be added. */
		if (!config->values[key])
			continue;
		line = text_format("\n%s=%s", config_key_name(key), config->values[key]);
		sha256_add(&sum, line, strlen(line));
		free(line);
	}
	return sha256_end(&sum);
}

json_t *series_folder_tests(const struct selection *selection)
{
	json_t *tests = json_object();

	for (size_t i = 0; i < selection->count; i++) {
		char *sum = test_sum(selection->configs[i]);

		json_object_set_new(tests, selection->configs[i]->name, json_string(sum));
		free(sum);
	}
	return tests;
}

bool series_folder_write(const char *folder, const json_t *document)
{
	char *path = text_format("%s/" SERIES_FILE, folder);
	char *text = json_dumps(document, JSON_INDENT(1) | JSON_ENSURE_ASCII), *line;
	bool written;

	line = text_format("%s\n", text);
	written = whole_file_write(path, line);
	free(line);
	free(text);
	free(path);
	return written;
}

bool series_folder_has(const char *folder, const char *package_version, const json_t *tests)
{
	char *path = text_format("%s/" SERIES_FILE, folder), *why = NULL;
	json_t *document = json_file_load(path, &why), *sum;
	const char *name;
	bool has = document && result_number(document, "version") == SERIES_VERSION &&
		   !strcmp(result_string(document, "package_version"), package_version);

	json_object_foreach((json_t *)tests, name, sum)
		has = has && json_equal(json_object_get(json_object_get(document, "tests"), name), sum);
	json_decref(document);
	free(why);
	free(path);
	return has;
}

void series_folder_clear(const char *folder)
{
	if (!access(folder, F_OK) &&
	    child_run(&(struct child_spec){.argv = (char *[]){"rm", "-rf", "--", (char *)folder, NULL}}))
		die("cannot remove %s", folder);
}

bool series_folder_complete(const char *folder, const char *package_version, const json_t *tests)
{
	json_t *document = json_pack("{s:i, s:s, s:O}", "version", SERIES_VERSION, "package_version",
				     package_version, "tests", tests);
	bool written = series_folder_write(folder, document);

	json_decref(document);
	return written;
}
