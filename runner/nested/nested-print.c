/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nested-print: what a nested host under Bochs says, to a parallel port, whose "printer" is a file of the machine below. It
 * needs no driver, loses nothing, and a byte takes the host four instructions and some microseconds of real time. Two programs
 * that print to the same port would mix their lines.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/io.h>
#include <unistd.h>

#include "runner/common/exit_status.h"
#include "runner/common/options.h"

#define CONTROL	      2 /* the register's distance from the port, which is that of the data */
#define PORT_COUNT    3
#define CONTROL_READY 0x0c /* selected, not being initialized */
#define STROBE	      0x01

/* From now on, reading ends where the input would have to be waited for. */
static void finish(int signal)
{
	(void)signal;
	fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
}

static void print(uint16_t port, const unsigned char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		outb(bytes[i], port);
		outb(CONTROL_READY | STROBE, port + CONTROL);
		outb(CONTROL_READY, port + CONTROL);
	}
}

int main(int argc, char **argv)
{
	const struct option_row rows[] = {{0}};
	const struct program_options options = {
		.name = "nested-print",
		.arguments = "PORT",
		.purpose =
			"Runs in a nested host: writes what it reads to the parallel port at the I/O address PORT (0x378, 0x278). SIGTERM\n"
			"makes it end when it has written all that is there to read.",
		.rows = rows,
	};
	int first = options_parse(&options, argc, argv);
	struct sigaction action = {.sa_handler = finish};
	unsigned char bytes[4096];
	unsigned long port;
	char *end;

	if (first + 1 != argc)
		errx(STATUS_CANNOT_RUN, "one PORT is wanted; see nested-print --help");
	port = strtoul(argv[first], &end, 0);
	if (*end || (port != 0x378 && port != 0x278))
		errx(STATUS_CANNOT_RUN, "%s: no address of a parallel port", argv[first]);
	if (ioperm(port, PORT_COUNT, 1))
		err(STATUS_CANNOT_RUN, "I/O port %s", argv[first]);
	sigaction(SIGTERM, &action, NULL);
	for (;;) {
		ssize_t got = read(STDIN_FILENO, bytes, sizeof(bytes));

		if (got > 0)
			print((uint16_t)port, bytes, (size_t)got);
		else if (!got || errno != EINTR)
			return got && errno != EAGAIN;
	}
}
