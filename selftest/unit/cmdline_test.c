/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/cmdline.c: how a command line falls into words. */
#include "selftest/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "lib/cmdline.h"

/* All words as "key" or "key<value>", each with a '/' behind it. */
static const char *words_of(const char *text)
{
	static char words[200];
	char line[200], *rest = line, *key, *value;
	size_t at = 0;

	snprintf(line, sizeof(line), "%s", text);
	words[0] = '\0';
	while ((key = cmdline_next(&rest, &value)))
		at += (size_t)snprintf(words + at, sizeof(words) - at, value ? "%s<%s>/" : "%s/", key, value);
	assert_null(value);
	assert_null(cmdline_next(&rest, &value)); /* and it stays at the end */
	return words;
}

static void words(void **state)
{
	(void)state;
	assert_string_equal(words_of(""), "");
	assert_string_equal(words_of("  \t\r\n "), "");
	assert_string_equal(words_of("list"), "list/");
	assert_string_equal(words_of("  list  "), "list/");
	assert_string_equal(words_of("list enforce=on"), "list/enforce<on>/");
	assert_string_equal(words_of("a\tb\rc\nd  e"), "a/b/c/d/e/");
}

static void values(void **state)
{
	(void)state;
	assert_string_equal(words_of("run="), "run<>/");
	assert_string_equal(words_of("run= x"), "run<>/x/");
	assert_string_equal(words_of("=x"), "<x>/");
	assert_string_equal(words_of("="), "<>/");
	assert_string_equal(words_of("a=b=c"), "a<b=c>/");
	assert_string_equal(words_of("run=a.*,b.? epoch=5"), "run<a.*,b.?>/epoch<5>/");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(values),
	};

	return cmocka_run_group_tests_name("cmdline", tests, NULL, NULL);
}
