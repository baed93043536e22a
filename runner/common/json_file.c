/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/common/json_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/common/text.h"

/* A file being read. */
struct input {
	FILE *file;
	size_t left; /* bytes until the limit */
};

/* Opening does not wait for the other end of a FIFO. NULL: *@why says what is wrong, and errno is 0 or an error. */
static FILE *open_regular(const char *path, char **why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), error;
	struct stat status = {0};

	errno = fd < 0 || fstat(fd, &status) ? errno : 0;
	if (!errno && S_ISREG(status.st_mode) && status.st_size <= JSON_FILE_MAX)
		return fdopen(fd, "r");
	error = errno;
	if (error)
		*why = text_format("%s", strerror(error));
	else if (!S_ISREG(status.st_mode))
		*why = text_format("it is not a regular file");
	else
		*why = text_format("it is larger than %d MiB", JSON_FILE_MAX >> 20);
	if (fd >= 0)
		close(fd);
	errno = error;
	return NULL;
}

/* For jansson: its next bytes. */
static size_t read_bytes(void *buffer, size_t size, void *context)
{
	struct input *input = context;
	size_t got = fread(buffer, 1, size < input->left ? size : input->left, input->file);

	input->left -= got;
	return got;
}

json_t *json_file_load(const char *path, char **why)
{
	struct input input = {open_regular(path, why), JSON_FILE_MAX};
	json_error_t error;
	json_t *document;

	if (!input.file)
		return NULL;
	errno = 0;
	document = json_load_callback(read_bytes, &input, 0, &error);
	if (!document && ferror(input.file))
		*why = text_format("%s", strerror(errno));
	else if (!document && !input.left)
		*why = text_format("it is larger than %d MiB", JSON_FILE_MAX >> 20);
	else if (!document)
		*why = text_format("line %d: %s", error.line, error.text);
	if (!document && !ferror(input.file))
		errno = 0;
	fclose(input.file);
	return document;
}

json_t *json_file_load_lines(const char *path, size_t *left_out)
{
	char *why = NULL, *line = NULL;
	FILE *file = open_regular(path, &why);
	json_t *documents = json_array();
	size_t size = 0, left = JSON_FILE_MAX, bad = 0;
	ssize_t length;

	while (file && (length = getline(&line, &size, file)) > 0 && (size_t)length <= left) {
		json_t *document = json_loadb(line, (size_t)length, 0, NULL);

		left -= (size_t)length;
		if (document)
			json_array_append_new(documents, document);
		else
			bad++;
	}
	if (left_out)
		*left_out = bad;
	if (file)
		fclose(file);
	free(line);
	free(why);
	return documents;
}
