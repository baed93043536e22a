/* SPDX-License-Identifier: BSD-2-Clause */
/* Logs and results of single runs: those that are kept, as FOLDER/CONFIGURATION/REPETITION.log and .json, and the others. */
#ifndef RUNNER_SOAK_KEEP_H
#define RUNNER_SOAK_KEEP_H

#include <jansson.h>
#include <stdbool.h>

/* Where pvrun writes until the run is judged. Nested hosts do not send what is in a folder with this name's end. */
#define KEEP_WORK "running.part"

/* Moves WORK/CONFIGURATION.{log,json} to @folder; @result is what is in that .json, or NULL. False, with errno: it could not. */
bool keep_run(const char *work, const char *folder, const char *configuration, long repetition,
	      json_t *result);
/* Removes them. */
void keep_nothing(const char *work, const char *configuration);

#endif
