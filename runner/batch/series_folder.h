/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The folder of a series, which may be continued later. In it: "series", what the series is and what became of each kernel
 * (docs/series.md); and for each kernel that ran a folder like that of any host, with a file "series" that says which
 * tests ran there. That file comes last: what lacks it was interrupted.
 */
#ifndef RUNNER_BATCH_SERIES_FOLDER_H
#define RUNNER_BATCH_SERIES_FOLDER_H

#include <jansson.h>
#include <stdbool.h>

#include "runner/batch/select.h"

#define SERIES_FILE    "series"
#define SERIES_VERSION 1

/* Makes the folder, and keeps others out of it until this program ends. Ends the program if that fails. */
void series_folder_open(const char *folder);

/* name -> SHA-256 of the test kernel and of all that unittests.cfg says of the configuration. Ends the program at errors. */
json_t *series_folder_tests(const struct selection *selection);

/*
 * Whether @folder has all that the tests (of series_folder_tests()) say on this kernel: the same package, the same tests,
 * and perhaps more of them.
 */
bool series_folder_has(const char *folder, const char *package_version, const json_t *tests);
/* Removes what an interrupted run, or one of other tests, has left there. Ends the program if that fails. */
void series_folder_clear(const char *folder);
/* Writes, when all else is there, that it is complete. False, with errno: it cannot be written. */
bool series_folder_complete(const char *folder, const char *package_version, const json_t *tests);

/* False, with errno: @document cannot be written to FOLDER/series. */
bool series_folder_write(const char *folder, const json_t *document);

#endif
