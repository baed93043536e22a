/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Repetitions on nested hosts. The pvbatch inside of a boot repeats; this one counts what it says of each run, and has the host booted
 * again for what is left where the host, and not the run inside, came to its end.
 */
#ifndef RUNNER_BATCH_REPEAT_HOSTS_H
#define RUNNER_BATCH_REPEAT_HOSTS_H

#include <stdbool.h>

#include "runner/batch/host_boot.h"

/* Of @runs, which has to stay. To be freed with repeat_hosts_end(). */
struct repeat_hosts *repeat_hosts_new(struct host_runs *runs);
/* Writes the counts, prints the report unless RESULTS= says that there is none, and returns the status. */
int repeat_hosts_end(struct repeat_hosts *repeat, bool interrupted);

/* A boot is about to start, for the first time or once more. */
void repeat_hosts_start(struct host_boot *boot);
/* A variable for the run inside; and options, which go into @words. Returns how many they are. */
#define REPEAT_WORDS_MAX 5
char *repeat_hosts_environment(const struct host_boot *boot);
size_t repeat_hosts_options(const struct host_boot *boot, char **words);
/* How long what is left takes at most, in seconds, where one repetition takes @once. */
long long repeat_hosts_seconds(const struct host_boot *boot, long long once);
/* A "run", of a configuration that is planned, a "repetition" or a "done". */
void repeat_hosts_hear(struct host_boot *boot, enum event event, const json_t *object);
/* A "host" event. */
void repeat_hosts_note(struct host_boot *boot, const json_t *note);
/* Whether the boot, which has ended with @status, starts once more. */
bool repeat_hosts_again(struct host_boot *boot, int status);

#endif
