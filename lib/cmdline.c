/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/cmdline.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

char *cmdline_next(char **rest, char **value)
{
	char *at = *rest;
	char *key;

	while (is_blank(*at))
		at++;
	*value = NULL;
	key = *at ? at : NULL;
	for (; *at && !is_blank(*at); at++) {
		if (*at == '=' && !*value) {
			*at = '\0';
			*value = at + 1;
		}
	}
	if (*at)
		*at++ = '\0';
	*rest = at;
	return key;
}
