/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The channel: the kernel asks the runner for what only a host can do, and waits for the answer. Shared by the kernel
 * and the runner; docs/channel.md has the grammar of the lines, and says what each verb does.
 */
#ifndef LIB_CHANNEL_H
#define LIB_CHANNEL_H

/* The highest version of the protocol that is spoken here. A new verb does not raise it. */
#define CHANNEL_VERSION 1

/* The longest line, in either direction, with its newline. */
#define CHANNEL_LINE_SIZE 128

/* The highest number of arguments of a verb. */
#define CHANNEL_ARGUMENTS_MAX 2

/* A pause takes from 1 ms to so many. A VM that is saved stands for at most so many more than it takes. */
#define CHANNEL_PAUSE_MAX_MS 10000

/* What the argument of a reset says: which side resets the VM. */
#define CHANNEL_RESET_BY_RUNNER 0
#define CHANNEL_RESET_BY_GUEST	1

/* X(NAME, word, number of arguments). All arguments are unsigned numbers. */
#define CHANNEL_VERBS(X)                 \
	X(HELLO, "hello", 1)             \
	X(TIME, "time", 0)               \
	X(PAUSE, "pause", 1)             \
	X(RESET, "reset", 1)             \
	X(COUNT, "count", 1)             \
	X(SAVE, "save", 1)               \
	X(RESTORE, "restore", 0)         \
	X(MIGRATE, "migrate", 0)         \
	X(EVICT, "evict", 2)             \
	X(CLOCKSOURCE, "clocksource", 1) \
	X(HOST_CPU, "host-cpu", 2)       \
	X(SUSPEND, "suspend", 2)         \
	X(PLUG, "plug", 0)               \
	X(CONTEND, "contend", 2)         \
	X(RUN_DELAY, "run-delay", 1)     \
	X(KVM_CLOCK, "kvm-clock", 1)

/*
 * X(NAME, word), what the answer begins with:
 *	ok		done; values follow, as KEY=NUMBER
 *	failed		not done; the rest is for people
 *	unsupported	not done, since the host cannot: a word follows that says what can: qemu>=6.0, newer-runner
 *	bad		the request is none that the runner knows; the rest is for people
 */
#define CHANNEL_STATUSES(X)           \
	X(OK, "ok")                   \
	X(FAILED, "failed")           \
	X(UNSUPPORTED, "unsupported") \
	X(BAD, "bad")

enum channel_verb {
#define CHANNEL_VERB_ENUMERATOR(name, word, arguments) CHANNEL_##name,
	CHANNEL_VERBS(CHANNEL_VERB_ENUMERATOR)
#undef CHANNEL_VERB_ENUMERATOR
		CHANNEL_VERB_COUNT
};

enum channel_status {
#define CHANNEL_STATUS_ENUMERATOR(name, word) CHANNEL_IS_##name,
	CHANNEL_STATUSES(CHANNEL_STATUS_ENUMERATOR)
#undef CHANNEL_STATUS_ENUMERATOR
		CHANNEL_STATUS_COUNT
};

#endif
