/* SPDX-License-Identifier: BSD-2-Clause */
/* nested-unpack: takes the results that a nested host sent, which may be hostile. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "runner/common/exit_status.h"
#include "runner/nested/unpack.h"

/* A run of every configuration sends some 20 MB in a few hundred files, and most of them a few times. */
static const struct unpack_limits limits = {.bytes = 512 << 20, .entries = 20000};

static const char usage[] =
	"Usage: nested-unpack [--partial] FOLDER <ARCHIVE\n"
	"Writes the files of a tar archive, or of several that follow each other, into FOLDER, which must exist.\n"
	"Takes regular files and folders only, with names below FOLDER of at most 100 bytes, at most 512 MiB\n"
	"and 20000 of them. It ignores the owners, permissions and times in the archive. A file takes its place when\n"
	"it is complete.\n"
	"\n"
	"  --partial  the archive may end anywhere: its sender may have died\n"
	"  --help\n"
	"\n"
	"Exit status: 0 all was taken; 1 something was refused, and nothing after it was taken; 2 cannot write.\n";

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"partial", no_argument, NULL, 'p'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	enum unpack_status status;
	bool partial = false;
	int option, folder;
	char *why;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'p':
			partial = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			return 2;
		}
	}
	if (optind + 1 != argc) {
		fputs(usage, stderr);
		return 2;
	}
	folder = open(argv[optind], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		err(STATUS_CANNOT_RUN, "%s", argv[optind]);
	status = unpack(stdin, folder, &limits, &why);
	if (status == UNPACK_FAILED)
		err(STATUS_CANNOT_RUN, "cannot write to %s", argv[optind]);
	if (status == UNPACK_REFUSED || (status == UNPACK_CUT_SHORT && !partial)) {
		warnx("%s", why);
		return 1;
	}
	free(why);
	return 0;
}
