/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/common/colour.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool takes_colours(FILE *out)
{
	const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return isatty(fileno(out)) && !(no_colour && *no_colour) && terminal && strcmp(terminal, "dumb") != 0;
}

void colour_begin(FILE *out, enum verdict verdict)
{
	if (takes_colours(out))
		fputs(verdict == VERDICT_PASS ? "\033[32m" :
		      verdict == VERDICT_SKIP ? "\033[33m" :
						"\033[31m",
		      out);
}

void colour_end(FILE *out)
{
	if (takes_colours(out))
		fputs("\033[0m", out);
}
