/* SPDX-License-Identifier: BSD-2-Clause */
/* runner/batch/config.c and select.c: what unittests.cfg may say, what comes of it, and which configurations run. */
#include "selftest/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "runner/batch/config.h"
#include "runner/batch/select.h"

static char path[] = "/tmp/config_test.XXXXXX";

/* The message without the file's name and its colon, or NULL. Free it, and the list. */
static char *parse(struct config_list *list, const char *text)
{
	FILE *file = fopen(path, "w");
	char *wrong;

	fputs(text, file);
	fclose(file);
	wrong = config_parse(list, path);
	if (wrong) {
		assert_memory_equal(wrong, path, strlen(path));
		memmove(wrong, wrong + strlen(path), strlen(wrong + strlen(path)) + 1);
	}
	return wrong;
}

static void expect_wrong(const char *text, const char *message)
{
	struct config_list list;
	char *wrong = parse(&list, text);

	assert_non_null(wrong);
	assert_string_equal(wrong, message);
	free(wrong);
	config_free(&list);
}

/* In a file that has this section alone, or after @before. */
static void expect_params(const char *before, const char *section, const char *params)
{
	struct config_list list;
	char text[1000];

	snprintf(text, sizeof(text), "%s\n[x]\n%s\n", before, section);
	assert_null(parse(&list, text));
	assert_string_equal(config_value(config_find(&list, "x"), CONFIG_QEMU_PARAMS), params);
	config_free(&list);
}

static void test_sections(void **state)
{
	struct config_list list;
	const struct config *b;

	(void)state;
	assert_null(
		parse(&list,
		      "# comment\r\n\n [a] \nsmp = 4\n\n\t[b.c-d_E2]\nappend=  run=x*   y=1\t\nfile = k"));
	assert_int_equal(list.count, 2);
	assert_string_equal(list.configs[0].name, "a");
	assert_int_equal(list.configs[0].line, 3);
	assert_string_equal(config_value(&list.configs[0], CONFIG_SMP), "4");
	b = config_find(&list, "b.c-d_E2");
	assert_ptr_equal(b, &list.configs[1]);
	assert_string_equal(config_value(b, CONFIG_APPEND), "run=x*   y=1");
	assert_string_equal(config_value(b, CONFIG_FILE), "k");
	assert_string_equal(config_value(b, CONFIG_SMP), "2");
	assert_string_equal(config_value(b, CONFIG_TIMEOUT), "90");
	assert_null(config_value(b, CONFIG_ACCEL));
	assert_null(config_find(&list, "b"));
	config_free(&list);
}

static void test_mistakes(void **state)
{
	static const struct {
		const char *line, *message;
	} lines[] = {
		{"colour = blue", "unknown key \"colour\""},
		{"smp = 2\nsmp = 2", NULL},
		{"[x y]", "neither [NAME] nor KEY = VALUE: \"[x y]\""},
		{"[.x]", "neither [NAME] nor KEY = VALUE: \"[.x]\""},
		{"[]", "neither [NAME] nor KEY = VALUE: \"[]\""},
		{"[", "neither [NAME] nor KEY = VALUE: \"[\""},
		{"nonsense", "neither [NAME] nor KEY = VALUE: \"nonsense\""},
		{"Smp = 1", "neither [NAME] nor KEY = VALUE: \"Smp = 1\""},
		{"= 1", "neither [NAME] nor KEY = VALUE: \"= 1\""},
		{"smp = 1\xff", "bad value for smp: \"1\\xff\""},
		{"append =", "bad value for append: \"\""},
		{"[x]", "a second [x]"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char text[200], message[200];

		snprintf(text, sizeof(text), "[x]\n#\n%s\n", lines[i].line);
		snprintf(message, sizeof(message), ":3: %s", lines[i].message);
		expect_wrong(text, lines[i].message ? message : ":4: a second \"smp\" in [x]");
	}
	expect_wrong("smp = 1", ":1: \"smp\" outside of a section");
	expect_wrong("", ": no configurations");
	expect_wrong("[defaults]\nsmp = 1", ": no configurations");
	expect_wrong("[defaults]\n[a]\n[defaults]", ":3: a second [defaults]");
	expect_wrong("[a]\n[b]\ncpu_flags = x=on", ":2: cpu_flags without cpu in [b]");
}

static void test_missing_file(void **state)
{
	struct config_list list;
	char *wrong = config_parse(&list, "/nonexistent/x.cfg");

	(void)state;
	assert_string_equal(wrong, "/nonexistent/x.cfg: No such file or directory");
	free(wrong);
	config_free(&list);
}

static void test_values(void **state)
{
	static const struct {
		const char *key, *value;
		bool good;
	} values[] = {
		{"smp", "1", true},
		{"smp", "72,sockets=24,cores=3", true},
		{"smp", "0", false},
		{"smp", "2,", false},
		{"smp", "2,cores", false},
		{"smp", "2,=3", false},
		{"smp", "2,cores=", false},
		{"smp", "2 3", false},
		{"timeout", "90", true},
		{"timeout", "09", false},
		{"timeout", "never", false},
		{"accel", "tcg", true},
		{"accel", "any", true},
		{"accel", "xen", false},
		{"enforce", "on", true},
		{"enforce", "maybe", false},
		{"channel", "on", true},
		{"channel", "virtio", false},
		{"cold_memory", "off", true},
		{"cold_memory", "1", false},
		{"console", "serial", true},
		{"console", "tty", false},
		{"groups", "a b-c   d_9", true},
		{"groups", "A", false},
		{"groups", "a,b", false},
		{"features", "kvmclock,kvm-pv-eoi", true},
		{"features", "kvm clock", false},
		{"features", "kvmclock,", false},
		{"absent", "x", true},
		{"absent", ",x", false},
		{"check", "/sys/a=Y /sys/b=1", true},
		{"check", "/sys/a", false},
		{"check", "/sys/a=", false},
		{"check", "=Y", false},
		{"check", "/sys/a=b=c", false},
		{"affinity", "0", true},
		{"affinity", "0-3,8", true},
		{"affinity", "0-", false},
		{"affinity", "-1", false},
		{"affinity", "1-2-3", false},
		{"affinity", "all", false},
		{"vcpu_affinity", "0", true},
		{"vcpu_affinity", "0 0-3,8  1", true},
		{"vcpu_affinity", "0 x", false},
		{"vcpu_affinity", "0, 1", false},
		{"vcpu_affinity", "0-", false},
		{"file", "a.b-c_D", true},
		{"file", "../../bin/sh", false},
		{"machine", "pc,x=y", true},
		{"machine", "none", true},
		{"machine", "pc q35", false},
		{"memory", "32", true},
		{"memory", "none", true},
		{"memory", "32M", false},
		{"qemu_params", "$(x) `y` ; *", true},
		{"may_refuse", "a|b .*", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char text[200], message[200];

		snprintf(text, sizeof(text), "[x]\n%s = %s\n", values[i].key, values[i].value);
		snprintf(message, sizeof(message), ":2: bad value for %s: \"%s\"", values[i].key,
			 values[i].value);
		if (values[i].good) {
			struct config_list list;

			assert_null(parse(&list, text));
			config_free(&list);
		} else {
			expect_wrong(text, message);
		}
	}
}

static void test_defaults(void **state)
{
	static const char all[] =
		"[defaults]\nmachine = pc\nbios = q\nmemory = 32\ncpu = host,a=b\naccel = kvm";
	struct config_list list;

	(void)state;
	expect_params(all, "", "-machine pc -bios q -m 32 -cpu host,a=b");
	expect_params(all, "cpu_flags = x=on,y=off", "-machine pc -bios q -m 32 -cpu host,a=b,x=on,y=off");
	expect_params(all, "machine = q35\nbios = none\nmemory = none", "-machine q35 -cpu host,a=b");
	expect_params(all, "cpu = max\nqemu_params = -device  edu",
		      "-machine pc -bios q -m 32 -cpu max -device  edu");
	expect_params(all, "qemu_params = -m 64 -cpu max -x -machines",
		      "-machine pc -bios q -m 64 -cpu max -x -machines");
	expect_params("", "qemu_params = -m 64   -cpu max", "-m 64   -cpu max");
	expect_params("", "machine = pc", "-machine pc");

	/* Wherever they stand. */
	assert_null(
		parse(&list,
		      "[a]\naccel = any\n[b]\n[defaults]\nsmp = 3\naccel = kvm\n[c]\nsmp = 4\naccel = tcg"));
	assert_int_equal(list.count, 3);
	assert_null(config_find(&list, "defaults"));
	assert_string_equal(config_value(&list.configs[0], CONFIG_SMP), "3");
	assert_null(config_value(&list.configs[0], CONFIG_ACCEL));
	assert_string_equal(config_value(&list.configs[1], CONFIG_ACCEL), "kvm");
	assert_string_equal(config_value(&list.configs[2], CONFIG_SMP), "4");
	assert_string_equal(config_value(&list.configs[2], CONFIG_ACCEL), "tcg");
	assert_null(config_value(&list.configs[2], CONFIG_QEMU_PARAMS));
	config_free(&list);
}

static const char few[] = "[one]\ngroups = odd small\n[two]\ngroups = small even\n[three]\ngroups = odd\n"
			  "[thirty-one]\ngroups = odd nodefault\n[four]\n";

/* What is chosen from few[], or the message. */
static void expect_choice(struct choice choice, const char *expected)
{
	struct config_list list;
	struct selection selection;
	char text[200] = "", *wrong;

	assert_null(parse(&list, few));
	wrong = config_select(&selection, &list, &choice);
	for (size_t i = 0; !wrong && i < selection.count; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "",
			 selection.configs[i]->name);
	assert_string_equal(wrong ? wrong : text, expected);
	free(wrong);
	selection_free(&selection);
	config_free(&list);
}

static void expect_named(const char *first, const char *second, const char *expected)
{
	char names[2][40];
	char *const pointers[] = {names[0], names[1]};

	snprintf(names[0], sizeof(names[0]), "%s", first);
	snprintf(names[1], sizeof(names[1]), "%s", second ? second : "");
	expect_choice((struct choice){.names = pointers, .name_count = second ? 2 : 1}, expected);
}

static void test_selection(void **state)
{
	(void)state;
	expect_choice((struct choice){0}, "one two three four");
	expect_choice((struct choice){.all = true}, "one two three thirty-one four");
	expect_choice((struct choice){.group = "odd"}, "one three thirty-one");
	expect_choice((struct choice){.group = "small"}, "one two");
	expect_choice((struct choice){.group = "nodefault"}, "thirty-one");
	expect_choice((struct choice){.group = "mall"},
		      "no group \"mall\": there are even nodefault odd small");
	expect_choice((struct choice){.group = ""}, "no group \"\": there are even nodefault odd small");
	expect_named("two", "one", "one two");
	expect_named("thirty-one", NULL, "thirty-one");
	expect_named("t*", "[ft]*", "two three thirty-one four");
	expect_named("one", "x*", "no configuration \"x*\": there are one two three thirty-one four");
	expect_named("on", NULL, "no configuration \"on\": there are one two three thirty-one four");
}

/* 10,000 sections, each also named on the command line. Quadratic work takes minutes here, and the limit is generous. */
static void test_many(void **state)
{
	enum { COUNT = 10000 };
	struct config_list list;
	struct selection selection;
	struct choice choice = {.name_count = COUNT};
	char **names = malloc(COUNT * sizeof(*names)), *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	clock_t start = clock();

	(void)state;
	for (int i = 0; i < COUNT; i++) {
		assert_true(asprintf(&names[i], "config-%d", i) > 0);
		fprintf(out, "[%s]\nsmp = 2\ngroups = a b\nfeatures = x,y\n", names[i]);
	}
	fclose(out);
	assert_null(parse(&list, text));
	choice.names = names;
	assert_null(config_select(&selection, &list, &choice));
	assert_int_equal(selection.count, COUNT);
	assert_true(clock() - start < 2 * CLOCKS_PER_SEC);
	selection_free(&selection);
	config_free(&list);
	for (int i = 0; i < COUNT; i++)
		free(names[i]);
	free(names);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sections),     cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_missing_file), cmocka_unit_test(test_values),
		cmocka_unit_test(test_defaults),     cmocka_unit_test(test_selection),
		cmocka_unit_test(test_many),
	};
	int file = mkstemp(path), failed;

	if (file < 0)
		return 1;
	close(file);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
