/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/alloc.h"
#include "runner/common/text.h"
#include "runner/common/whole_file.h"
#include "runner/report/report_form.h"

static const struct {
	const char *name;
	enum report_form form;
} files[] = {
	{"report.html", REPORT_HTML},
	{REPORT_FILE_JSON, REPORT_JSON},
	{"junit.xml", REPORT_JUNIT},
};
#define FILES (sizeof(files) / sizeof(files[0]))

/* What report_print() prints. The GNU C library lets standard output be assigned. The caller frees it. */
static char *print_to_memory(const struct report_subject *s, enum report_form form)
{
	FILE *before = stdout;
	char *text;
	size_t size;

	stdout = alloc_stream(&text, &size);
	report_print(s, form);
	/* Memory is all that it can be short of. */
	if (ferror(stdout) || fclose(stdout))
		alloc_failed();
	stdout = before;
	return text;
}

char *report_files_write(const struct report_subject *s, const char *folder, bool *all)
{
	char *written = NULL;

	*all = true;
	for (size_t i = 0; i < FILES; i++) {
		char *path = text_format("%s/%s", folder, files[i].name), *text;

		text = print_to_memory(s, files[i].form);
		if (whole_file_write(path, text)) {
			char *longer = written ? text_format("%s, %s", written, files[i].name) :
						 text_format("%s", path);

			free(written);
			written = longer;
		} else {
			text_print(stderr, "pvreport: cannot write %s: %s\n", path, strerror(errno));
			*all = false;
		}
		free(text);
		free(path);
	}
	return written;
}
