/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of a program, from one table: parsing, --help, --version and messages about mistakes. getopt_long()
 * does the parsing. argp would print two lines for a mistake and "--name=ARGUMENT" in its help.
 */
#ifndef RUNNER_COMMON_OPTIONS_H
#define RUNNER_COMMON_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum option_kind {
	OPTION_SET, /* bool *: true */
	OPTION_STRING, /* const char ** */
	OPTION_COUNT, /* long *: a whole number from 1 to OPTION_COUNT_MAX */
	OPTION_SECONDS, /* int64_t *: milliseconds, from a decimal fraction of seconds above 0 */
	OPTION_CHOICE, /* const char **: one of the words of @argument, which are separated by '|' */
	OPTION_HEADING, /* no option: @help is a line between options in --help */
};

#define OPTION_COUNT_MAX 100000

struct option_row {
	enum option_kind kind;
	char letter; /* 0: there is only the name */
	const char *name;
	const char *argument; /* as --help shows it; NULL for OPTION_SET */
	void *value; /* of the type that @kind says; keeps its content when the option is not given */
	const char *help;
};

struct program_options {
	const char *name; /* as people call the program */
	const char *arguments; /* after the name in the first line of --help */
	const char *purpose; /* the lines below it */
	const struct option_row *rows; /* the last one has no help */
	const char *notes; /* the end of --help; may be NULL */
	bool no_words; /* all words have to be options */
	bool words_after_dashes; /* all words that are no options have to follow a "--" */
};

/*
 * Returns the index of the first word of @argv that is no option; such words come last (their order stays). --help and
 * --version print and end the program with status 0, a mistake prints one line and ends it with STATUS_CANNOT_RUN.
 */
int options_parse(const struct program_options *program, int argc, char **argv);

#endif
