/* SPDX-License-Identifier: BSD-2-Clause */
/* How a run ended: "end" in docs/result.schema.json, which explains each. */
#ifndef RUNNER_COMMON_RUN_END_H
#define RUNNER_COMMON_RUN_END_H

#include <stdbool.h>

/* X(NAME, word) */
#define RUN_ENDS(X)                           \
	X(EXIT, "exit")                       \
	X(TIMEOUT, "timeout")                 \
	X(SILENCE, "silence")                 \
	X(FLOOD, "flood")                     \
	X(STOPPED, "stopped")                 \
	X(QEMU_DIED, "qemu died")             \
	X(KILLED, "killed")                   \
	X(COULD_NOT_START, "could not start") \
	X(NOT_STARTED, "not started")         \
	X(MIGRATED, "migrated")               \
	X(LOG_FAILED, "log failed")

enum run_end {
#define RUN_END_ENUMERATOR(name, word) RUN_END_##name,
	RUN_ENDS(RUN_END_ENUMERATOR)
#undef RUN_END_ENUMERATOR
};

const char *run_end_name(enum run_end end);
/* False: @word is no end of a run, and *@end stays as it is. */
bool run_end_parse(const char *word, enum run_end *end);

#endif
