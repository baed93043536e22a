/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the files of an archive that a nested host sent, and nothing but those, below one folder. */
#ifndef RUNNER_NESTED_UNPACK_H
#define RUNNER_NESTED_UNPACK_H

#include <stdint.h>
#include <stdio.h>

struct unpack_limits {
	uint64_t bytes; /* of all files together; one that comes twice counts twice */
	uint64_t entries; /* files and folders, likewise */
};

enum unpack_status {
	UNPACK_DONE,
	UNPACK_CUT_SHORT, /* complete files came before the archive's early end, and were written */
	UNPACK_REFUSED, /* files that came before what was refused were written */
	UNPACK_FAILED, /* cannot write; errno says why */
};

/*
 * Unpacks @stream into @folder, a descriptor of a folder that only this user can change. Files and folders get this
 * process's own permissions (by its umask), whatever the archive says; a file takes its place when it is complete, and
 * replaces what was there, even a link. What is there already is never followed out of @folder. Names that the outer
 * side writes there itself (soak.json; host.log, host.jsonl, kernel.log, also with a number) are refused.
 * @why: what is wrong, in words for people; the caller frees it; NULL with UNPACK_DONE and UNPACK_FAILED.
 */
enum unpack_status unpack(FILE *stream, int folder, const struct unpack_limits *limits, char **why);

#endif
