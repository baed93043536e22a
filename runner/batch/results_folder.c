/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/results_folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "runner/batch/child.h"
#include "runner/common/exit_status.h"
#include "runner/common/text.h"

bool folder_make(const char *path)
{
	char *part = text_format("%s", path);
	struct stat st;
	bool made;

	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(part, 0777);
		*slash = '/';
	}
	free(part);
	made = !mkdir(path, 0777) || (errno == EEXIST && !stat(path, &st) && S_ISDIR(st.st_mode));
	return made;
}

static bool is_entry(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
}

/* Whether one of the names in @folder ends with @suffix. */
static bool folder_has(const char *folder, const char *suffix)
{
	DIR *names = opendir(folder);
	const struct dirent *entry;
	bool found = false;

	while (names && !found && (entry = readdir(names))) {
		size_t length = strlen(entry->d_name), end = strlen(suffix);

		found = is_entry(entry) && length >= end && !strcmp(entry->d_name + length - end, suffix);
	}
	if (names)
		closedir(names);
	return found;
}

bool folder_has_results(const char *folder)
{
	return folder_has(folder, ".json");
}

static void check_save(const char *folder)
{
	char *file;
	int fd;

	if (!folder_make(folder))
		die("cannot make the folder %s", folder);
	file = text_format("%s/run.XXXXXX", folder);
	fd = mkstemp(file);
	if (fd < 0)
		die("cannot write to the folder %s", folder);
	close(fd);
	unlink(file);
	free(file);
	if (folder_has(folder, ""))
		die("%s is not empty: it may hold another run", folder);
}

void folders_check(struct batch *batch)
{
	if ((batch->save || batch->baseline) && batch->results)
		die("--save and --baseline go without RESULTS=");
	if (batch->baseline) {
		/* results/latest is going to be another one. */
		char *real = realpath(batch->baseline, NULL);
		int status;

		if (real) {
			free(batch->baseline);
			batch->baseline = real;
		}
		status = child_run(&(struct child_spec){
			.argv = (char *[]){PVREPORT_PROGRAM, "--baseline", batch->baseline, NULL}});
		if (status)
			exit(STATUS_CANNOT_RUN);
	}
	if (batch->save)
		check_save(batch->save);
}

char *results_folder_make(const struct batch *batch)
{
	char *base, *path, *latest, *new_latest, stamp[32];
	time_t now = time(NULL);
	struct tm local;

	if (batch->results) {
		if (!folder_make(batch->results))
			die("cannot make the folder %s", batch->results);
		return text_format("%s", batch->results);
	}
	localtime_r(&now, &local);
	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &local);
	base = text_format("%s/%s", batch->runs, stamp);
	path = text_format("%s", base);
	if (!folder_make(batch->runs))
		die("cannot make the folder %s", batch->runs);
	for (int n = 2; mkdir(path, 0777); n++) {
		if (errno != EEXIST)
			die("cannot make the folder %s: %s", path, strerror(errno));
		free(path);
		path = text_format("%s.%d", base, n);
	}
	free(base);
	/* In one step: a reader finds the old one or the new one. */
	latest = text_format("%s/latest", batch->runs);
	new_latest = text_format("%s.%d", latest, getpid());
	if (symlink(path + strlen(batch->runs) + 1, new_latest) || rename(new_latest, latest)) {
		int error = errno;

		unlink(new_latest);
		rmdir(path);
		die("cannot make %s: %s", latest, strerror(error));
	}
	free(latest);
	free(new_latest);
	return path;
}

/* Also removes @from, which is then empty. */
static bool move_entries(const char *from, const char *to)
{
	DIR *names = opendir(from);
	const struct dirent *entry;
	bool moved = names;

	while (moved && (entry = readdir(names))) {
		char *old = text_format("%s/%s", from, entry->d_name);
		char *new = text_format("%s/%s", to, entry->d_name);

		moved = !is_entry(entry) || !rename(old, new);
		free(old);
		free(new);
	}
	if (names)
		closedir(names);
	return moved && !rmdir(from);
}

void results_folder_save(const struct batch *batch, const char *results, bool interrupted)
{
	char *from, *part;

	if (!batch->save)
		return;
	if (interrupted) {
		rmdir(batch->save);
		return;
	}
	/* Half a run must not look like one: comparisons do not see hidden folders. */
	from = text_format("%s/.", results);
	part = text_format("%s/.part", batch->save);
	if (mkdir(part, 0777) ||
	    child_run(&(struct child_spec){.argv = (char *[]){"cp", "-a", "--", from, part, NULL}}) ||
	    !move_entries(part, batch->save)) {
		child_run(&(struct child_spec){.argv = (char *[]){"rm", "-rf", "--", part, NULL}});
		die("cannot save the run in %s; it is in %s", batch->save, results);
	}
	free(from);
	free(part);
}
