/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/common/all_cpus.h"

#include <pthread.h>
#include <unistd.h>

/* More gain nothing over reading files, which is what this is for. */
#define MAX_THREADS 8

void all_cpus_run(void *(*work)(void *argument), void *argument)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t threads[MAX_THREADS];
	int started = 0;

	while (started + 1 < cpus && started < MAX_THREADS &&
	       !pthread_create(&threads[started], NULL, work, argument))
		started++;
	work(argument);
	while (started)
		pthread_join(threads[--started], NULL);
}
