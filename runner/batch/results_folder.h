/* SPDX-License-Identifier: BSD-2-Clause */
/* The folder of a run: a new one in that of --runs, or RESULTS; and the folders that a run is kept in or compared with. */
#ifndef RUNNER_BATCH_RESULTS_FOLDER_H
#define RUNNER_BATCH_RESULTS_FOLDER_H

#include <stdbool.h>

#include "runner/batch/batch.h"

/* Finds mistakes that would otherwise show after the run, and ends the program then. Makes the folder of --save. */
void folders_check(struct batch *batch);
/* Makes the folder, and "latest" beside it point to it. The caller frees its path. */
char *results_folder_make(const struct batch *batch);
/* Whether @folder has a file NAME.json. */
bool folder_has_results(const char *folder);
/* Copies the run to the folder of --save; an interrupted one is not kept. */
void results_folder_save(const struct batch *batch, const char *results, bool interrupted);
/* mkdir -p. False, with errno: it cannot be made. */
bool folder_make(const char *path);

#endif
