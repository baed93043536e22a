/* SPDX-License-Identifier: BSD-2-Clause */
/* Child processes, each of which ends when this program does, however that happens. */
#ifndef RUNNER_BATCH_CHILD_H
#define RUNNER_BATCH_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#define CHILD_STREAMS 3

struct child_spec {
	char *const *argv; /* ends with NULL; the program is found as execvp(3) does */
	const char *const
		*environment; /* KEY=VALUE, beyond what this program has; ends with NULL; may be NULL */
	/* Descriptors of the child that lead here; ends with 0 if there are fewer. */
	int descriptors[CHILD_STREAMS];
	bool quiet; /* its standard output leads nowhere, unless it is among @descriptors */
	const char *output; /* its standard output goes to this file; may be NULL */
};

struct child {
	pid_t pid; /* 0: none */
	int pidfd; /* readable once it has ended */
	int streams[CHILD_STREAMS]; /* the other ends of @descriptors, not blocking; -1: none, or closed */
};

/* Ends the program with STATUS_CANNOT_RUN if it cannot have the descriptors for so many children at a time. */
void child_need_descriptors(size_t children);

/* Starts a child in a process group of its own, so that Ctrl-C reaches this program alone. */
void child_start(struct child *child, const struct child_spec *spec);
/* Waits for the end. Returns the exit status, or STATUS_SIGNAL plus the number of the signal that ended it. */
int child_wait(struct child *child);

/* Runs a program to its end, in our process group, and returns its status. */
int child_run(const struct child_spec *spec);
/* The same; returns what it printed on its standard output, which the caller frees. */
char *child_output(char *const *argv, int *status);

#endif
