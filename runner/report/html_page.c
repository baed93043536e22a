/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One file that needs no other: a page whose script renders the data that lie in it. Hostile text cannot become markup,
 * because the data have no "<" in them, and because the script makes nodes of text only; and the page's policy lets no
 * other script run, and nothing be loaded.
 */
#include "runner/report/html_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/sha256.h"
#include "runner/common/text.h"

static unsigned int digit(char hex)
{
	return hex <= '9' ? (unsigned int)(hex - '0') : (unsigned int)(hex - 'a' + 10);
}

/* Base64 of 32 bytes, which are given as 64 digits. */
static void print_base64(const char *hex)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	/* Three digits are 12 bits, which are two letters; 64 digits have one left over, and 43 letters. */
	for (size_t i = 0; i + 2 < 64; i += 3) {
		unsigned int bits = digit(hex[i]) << 8 | digit(hex[i + 1]) << 4 | digit(hex[i + 2]);

		putchar(letters[bits >> 6]);
		putchar(letters[bits & 63]);
	}
	putchar(letters[digit(hex[63]) << 2]);
	putchar('=');
}

static void print_policy(const char *kind, const char *text)
{
	struct sha256 hash;
	char *hex;

	sha256_init(&hash);
	sha256_add(&hash, text, strlen(text));
	hex = sha256_end(&hash);
	printf("%s 'sha256-", kind);
	print_base64(hex);
	printf("'; ");
	free(hex);
}

/* JSON in which no markup can begin. */
static void print_data(const json_t *data)
{
	char *text = json_dumps(data, JSON_COMPACT | JSON_ENSURE_ASCII);

	for (const char *c = text; *c; c++)
		if (*c == '<')
			fputs("\\u003c", stdout);
		else
			putchar(*c);
	free(text);
}

void html_page_print(const char *page, const char *script, const json_t *data)
{
	const char *mark;

	while ((mark = strchr(page, '@'))) {
		fwrite(page, 1, (size_t)(mark - page), stdout);
		page = strchr(mark + 1, '@') + 1;
		if (!strncmp(mark, "@POLICY@", strlen("@POLICY@"))) {
			print_policy("script-src", script);
			print_policy("style-src", html_style);
		} else if (!strncmp(mark, "@STYLE@", strlen("@STYLE@"))) {
			fputs(html_style, stdout);
		} else if (!strncmp(mark, "@SCRIPT@", strlen("@SCRIPT@"))) {
			fputs(script, stdout);
		} else {
			print_data(data);
		}
	}
	fputs(page, stdout);
}
