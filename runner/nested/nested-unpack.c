/* SPDX-License-Identifier: BSD-2-Clause */
/* nested-unpack: takes the results that a nested host sent, which may be hostile. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "runner/common/exit_status.h"
#include "runner/common/options.h"
#include "runner/nested/unpack.h"

/* A run of every configuration sends some 20 MB in a few hundred files, and most of them a few times. */
static const struct unpack_limits limits = {.bytes = 512 << 20, .entries = 20000};

int main(int argc, char **argv)
{
	bool partial = false;
	const struct option_row rows[] = {
		{OPTION_SET, 0, "partial", NULL, &partial,
		 "the archive may end anywhere: its sender may have died"},
		{0},
	};
	const struct program_options options = {
		.name = "nested-unpack",
		.arguments = "[--partial] FOLDER <ARCHIVE",
		.purpose =
			"Writes the files of a tar archive, or of several that follow each other, into FOLDER, which must exist. Takes\n"
			"regular files and folders only, with names below FOLDER of at most 100 bytes, at most 512 MiB and 20000 of\n"
			"them. It ignores the owners, permissions and times in the archive. A file takes its place when it is complete.",
		.rows = rows,
		.notes =
			"Exit status: 0 all was taken; 1 something was refused, and nothing after it was taken; 2 cannot write.\n",
	};
	int first = options_parse(&options, argc, argv), folder;
	enum unpack_status status;
	char *why;

	if (first + 1 != argc)
		errx(STATUS_CANNOT_RUN, "one FOLDER is wanted; see nested-unpack --help");
	folder = open(argv[first], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		err(STATUS_CANNOT_RUN, "%s", argv[first]);
	status = unpack(stdin, folder, &limits, &why);
	if (status == UNPACK_FAILED)
		err(STATUS_CANNOT_RUN, "cannot write to %s", argv[first]);
	if (status == UNPACK_REFUSED || (status == UNPACK_CUT_SHORT && !partial)) {
		warnx("%s", why);
		return STATUS_FAILED;
	}
	free(why);
	return 0;
}
