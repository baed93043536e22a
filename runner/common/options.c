/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/common/options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/alloc.h"
#include "runner/common/exit_status.h"

#define HELP_COLUMNS 110
#define TEXT_COLUMN  28

/* What getopt_long() returns for a row without a letter: this plus the row's index. */
#define FIRST_VALUE   256
#define VALUE_HELP    254
#define VALUE_VERSION 255

static void __attribute__((noreturn, format(printf, 2, 3)))
mistake(const struct program_options *program, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "%s: ", program->name);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "; see %s --help\n", program->name);
	exit(STATUS_CANNOT_RUN);
}

/* Prints @text from column @column on, and breaks it between words. */
static void print_wrapped(const char *text, int column)
{
	int at = column;

	while (*text) {
		int length = (int)strcspn(text, " ");

		if (at > column && at + 1 + length > HELP_COLUMNS) {
			printf("\n%*s", column, "");
			at = column;
		} else if (at > column) {
			putchar(' ');
			at++;
		}
		printf("%.*s", length, text);
		at += length;
		text += length + (text[length] == ' ');
	}
	putchar('\n');
}

static void print_row(char letter, const char *name, const char *argument, const char *help)
{
	int used = letter ? printf("  -%c, ", letter) : printf("      ");

	used += printf("--%s%s%s", name, argument ? " " : "", argument ? argument : "");
	if (used > TEXT_COLUMN - 2) {
		putchar('\n');
		used = 0;
	}
	printf("%*s", TEXT_COLUMN - used, "");
	print_wrapped(help, TEXT_COLUMN);
}

static char help_letter(const struct program_options *program)
{
	for (const struct option_row *row = program->rows; row->help; row++)
		if (row->letter == 'h')
			return 0;
	return 'h';
}

static void __attribute__((noreturn)) print_help(const struct program_options *program)
{
	printf("Usage: %s %s\n%s\n\n", program->name, program->arguments, program->purpose);
	for (const struct option_row *row = program->rows; row->help; row++) {
		if (row->kind == OPTION_HEADING)
			printf("\n%s\n", row->help);
		else
			print_row(row->letter, row->name, row->argument, row->help);
	}
	print_row(help_letter(program), "help", NULL, "print this help");
	print_row(0, "version", NULL, "print the version");
	if (program->notes)
		printf("\n%s", program->notes);
	exit(fflush(stdout) ? STATUS_CANNOT_RUN : 0);
}

static bool is_choice(const char *choices, const char *text)
{
	size_t length = strlen(text);

	for (const char *choice = choices; length;) {
		size_t size = strcspn(choice, "|");

		if (size == length && !strncmp(choice, text, size))
			return true;
		if (!choice[size])
			break;
		choice += size + 1;
	}
	return false;
}

static void __attribute__((noreturn))
refuse_choice(const struct program_options *program, const struct option_row *row, const char *text)
{
	const char *last = strrchr(row->argument, '|');

	mistake(program, "--%s wants %.*s or %s, not \"%s\"", row->name, (int)(last - row->argument),
		row->argument, last + 1, text);
}

static void take_value(const struct program_options *program, const struct option_row *row, const char *text)
{
	char *end;
	double seconds;
	long count;

	switch (row->kind) {
	case OPTION_SET:
		*(bool *)row->value = true;
		break;
	case OPTION_CHOICE:
		if (!is_choice(row->argument, text))
			refuse_choice(program, row, text);
		*(const char **)row->value = text;
		break;
	case OPTION_STRING:
		*(const char **)row->value = text;
		break;
	case OPTION_COUNT:
		errno = 0;
		count = strtol(text, &end, 10);
		if (*text < '0' || *text > '9' || *end || errno || count < 1 || count > OPTION_COUNT_MAX)
			mistake(program, "--%s wants a number from 1 to %d, not \"%s\"", row->name,
				OPTION_COUNT_MAX, text);
		*(long *)row->value = count;
		break;
	case OPTION_SECONDS:
		seconds = strtod(text, &end);
		/* poll() takes at most INT_MAX milliseconds. */
		if (end == text || *end || !(seconds > 0) || seconds * 1000 > INT_MAX)
			mistake(program, "--%s wants a number of seconds, not \"%s\"", row->name, text);
		*(int64_t *)row->value = (int64_t)(seconds * 1000);
		break;
	case OPTION_HEADING:
		break;
	}
}

struct getopt_tables {
	struct option *longs;
	char *letters;
};

static struct getopt_tables make_tables(const struct program_options *program)
{
	size_t rows = 0, used = 0, letters = 0;
	struct getopt_tables made;

	while (program->rows[rows].help)
		rows++;
	made.longs = alloc_bytes((rows + 3) * sizeof(*made.longs));
	made.letters = alloc_bytes(2 * rows + 4);
	/* '+': stop at the first word that is no option. ':': report a missing argument as such. */
	if (program->words_after_dashes)
		made.letters[letters++] = '+';
	made.letters[letters++] = ':';
	for (size_t i = 0; i < rows; i++) {
		const struct option_row *row = &program->rows[i];
		bool argument = row->kind != OPTION_SET;

		if (row->kind == OPTION_HEADING)
			continue;
		made.longs[used++] = (struct option){row->name, argument ? required_argument : no_argument,
						     NULL, FIRST_VALUE + (int)i};
		if (row->letter)
			made.letters[letters++] = row->letter;
		if (row->letter && argument)
			made.letters[letters++] = ':';
	}
	made.longs[used++] = (struct option){"help", no_argument, NULL, VALUE_HELP};
	made.longs[used++] = (struct option){"version", no_argument, NULL, VALUE_VERSION};
	made.longs[used] = (struct option){0};
	if (help_letter(program))
		made.letters[letters++] = 'h';
	made.letters[letters] = '\0';
	return made;
}

static const struct option_row *row_of(const struct program_options *program, int value)
{
	if (value >= FIRST_VALUE)
		return &program->rows[value - FIRST_VALUE];
	for (const struct option_row *row = program->rows; row->help; row++)
		if (row->kind != OPTION_HEADING && row->letter == value)
			return row;
	return NULL;
}

int options_parse(const struct program_options *program, int argc, char **argv)
{
	struct getopt_tables tables = make_tables(program);
	const struct option_row *row;
	int value;

	opterr = 0;
	while ((value = getopt_long(argc, argv, tables.letters, tables.longs, NULL)) != -1) {
		if (value == VALUE_HELP || (value == 'h' && help_letter(program)))
			print_help(program);
		if (value == VALUE_VERSION) {
			printf("%s (kvm-pv-tests) %s\n", program->name, KVM_PV_TESTS_VERSION);
			exit(fflush(stdout) ? STATUS_CANNOT_RUN : 0);
		}
		row = row_of(program, value == ':' ? optopt : value);
		if (value == ':')
			mistake(program, "--%s wants a value: %s", row->name, row->argument);
		if (value == '?' && optopt && optopt < VALUE_HELP)
			mistake(program, "unknown option -%c", optopt);
		if (value == '?' && optopt)
			mistake(program, "%s takes no value", argv[optind - 1]);
		if (value == '?')
			mistake(program, "unknown option %s", argv[optind - 1]);
		take_value(program, row, optarg);
	}
	free(tables.longs);
	free(tables.letters);
	if (program->no_words && optind < argc)
		mistake(program, "unexpected \"%s\"", argv[optind]);
	if (program->words_after_dashes && optind < argc && strcmp(argv[optind - 1], "--"))
		mistake(program, "unexpected \"%s\"", argv[optind]);
	return optind;
}
