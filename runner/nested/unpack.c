/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/nested/unpack.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/common/text.h"
#include "runner/nested/archive.h"

struct unpack {
	FILE *stream;
	int root;
	struct unpack_limits left;
	const char *why; /* what is refused */
	char part[40]; /* the name, in the root folder, of a file that is not complete */
};

/* NAME.SUFFIX or NAME-NUMBER.SUFFIX */
static bool has_form(const char *text, const char *name, const char *suffix)
{
	size_t length = strlen(name);

	if (strncmp(text, name, length))
		return false;
	text += length;
	if (*text == '-' && isdigit((unsigned char)text[1]))
		text += 1 + strspn(text + 1, "0123456789");
	return !strcmp(text, suffix);
}

static bool is_reserved(const char *name)
{
	return has_form(name, "host", ".log") || has_form(name, "host", ".jsonl") ||
	       has_form(name, "kernel", ".log") || !strcmp(name, "soak.json");
}

/* Of errors that come from names in the archive, what is wrong with those; the others are this side's. */
static const char *refused_name(int error)
{
	switch (error) {
	case EISDIR:
		return "a name that a folder has";
	case ENOTDIR:
	case ELOOP:
		return "a name that needs a folder where a file is";
	default:
		return NULL;
	}
}

static bool take(struct unpack *u, uint64_t *left, uint64_t amount, const char *why)
{
	if (amount > *left) {
		u->why = why;
		return false;
	}
	*left -= amount;
	return true;
}

static bool take_entry(struct unpack *u)
{
	return take(u, &u->left.entries, 1, "more files and folders than a host may send");
}

/* Takes @parent over. Returns the descriptor of its folder @name, which is made if it is not there; -1: see errno. */
static int enter(struct unpack *u, int parent, const char *name)
{
	int folder = -1, error;

	if (!mkdirat(parent, name, 0777) ? take_entry(u) : errno == EEXIST)
		folder = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	error = errno;
	close(parent);
	errno = error;
	return folder;
}

/* The folder with this name, or (@parent) the one that contains it, with all that are on the way. -1: see errno. */
static int open_folder(struct unpack *u, const char *name, bool parent, const char **last)
{
	int folder = fcntl(u->root, F_DUPFD_CLOEXEC, 0);
	const char *slash;

	for (; folder >= 0 && *name; name = *slash ? slash + 1 : slash) {
		char part[ARCHIVE_NAME_MAX + 1];

		slash = strchrnul(name, '/');
		if (parent && !*slash)
			break;
		memcpy(part, name, (size_t)(slash - name));
		part[slash - name] = '\0';
		folder = enter(u, folder, part);
	}
	*last = name;
	return folder;
}

static bool write_all(int file, const char *bytes, size_t length)
{
	while (length) {
		ssize_t done = write(file, bytes, length);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		bytes += done;
		length -= (size_t)done;
	}
	return true;
}

static enum unpack_status copy(struct unpack *u, int file, uint64_t size)
{
	char bytes[64 << 10];

	while (size) {
		size_t got = archive_read(u->stream, bytes, sizeof(bytes), size);

		if (!got)
			return UNPACK_CUT_SHORT;
		if (!write_all(file, bytes, got))
			return UNPACK_FAILED;
		size -= got;
	}
	return UNPACK_DONE;
}

static enum unpack_status put_in_place(struct unpack *u, const char *name)
{
	const char *last;
	int folder = open_folder(u, name, true, &last), error;
	bool done = folder >= 0 && !renameat(u->root, u->part, folder, last);

	error = errno;
	if (folder >= 0)
		close(folder);
	errno = error;
	if (!done && !u->why)
		u->why = refused_name(error);
	if (u->why)
		return UNPACK_REFUSED;
	return done ? UNPACK_DONE : UNPACK_FAILED;
}

static enum unpack_status unpack_file(struct unpack *u, const struct archive_entry *entry)
{
	enum unpack_status status;
	int file, error;

	if (is_reserved(entry->name))
		u->why = "a name that a host's own messages have";
	if (u->why || !take_entry(u) ||
	    !take(u, &u->left.bytes, entry->size, "more bytes than a host may send"))
		return UNPACK_REFUSED;
	if (unlinkat(u->root, u->part, 0) && errno != ENOENT)
		return UNPACK_FAILED;
	file = openat(u->root, u->part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (file < 0)
		return UNPACK_FAILED;
	status = copy(u, file, entry->size);
	if (close(file) && status == UNPACK_DONE)
		status = UNPACK_FAILED;
	if (status == UNPACK_DONE)
		status = put_in_place(u, entry->name);
	error = errno;
	if (status != UNPACK_DONE)
		unlinkat(u->root, u->part, 0);
	errno = error;
	return status;
}

static enum unpack_status unpack_folder(struct unpack *u, const struct archive_entry *entry)
{
	const char *last;
	int folder = take_entry(u) ? open_folder(u, entry->name, false, &last) : -1;

	if (folder >= 0)
		close(folder);
	else if (!u->why)
		u->why = refused_name(errno);
	if (u->why)
		return UNPACK_REFUSED;
	return folder >= 0 ? UNPACK_DONE : UNPACK_FAILED;
}

enum unpack_status unpack(FILE *stream, int folder, const struct unpack_limits *limits, char **why)
{
	struct unpack u = {.stream = stream, .root = folder, .left = *limits};
	enum unpack_status status = UNPACK_DONE;
	struct archive_entry entry;
	bool end = false;

	snprintf(u.part, sizeof(u.part), ".nested-unpack.%d", (int)getpid());
	*why = NULL;
	while (status == UNPACK_DONE && !end) {
		switch (archive_next(stream, &entry)) {
		case ARCHIVE_FILE:
			status = unpack_file(&u, &entry);
			break;
		case ARCHIVE_FOLDER:
			status = unpack_folder(&u, &entry);
			break;
		case ARCHIVE_END:
			end = true;
			break;
		case ARCHIVE_CUT_SHORT:
			status = UNPACK_CUT_SHORT;
			break;
		case ARCHIVE_REFUSED:
			u.why = entry.why;
			status = UNPACK_REFUSED;
			break;
		}
	}
	if (status == UNPACK_REFUSED)
		*why = *entry.name ? text_format("%s (%s)", u.why, entry.name) : text_format("%s", u.why);
	else if (status == UNPACK_CUT_SHORT)
		*why = text_format("the archive ends too early");
	return status;
}
