/* SPDX-License-Identifier: BSD-2-Clause */
/* runner/batch/config.c and select.c: any unittests.cfg gives configurations, or one line that says what is wrong. */
#include "selftest/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "runner/batch/config.h"
#include "runner/batch/config_keys.h"
#include "runner/batch/select.h"

static void check_selection(const struct config_list *list, const struct choice *choice)
{
	struct selection selection;
	char *wrong = config_select(&selection, list, choice);

	FUZZ_CHECK(!wrong == !!selection.count);
	if (!wrong) {
		selection_print(&selection, false, stdout);
		selection_print(&selection, true, stdout);
	}
	free(wrong);
	selection_free(&selection);
}

static void check_list(const struct config_list *list)
{
	const struct choice all = {.all = true}, group = {.group = "pv"};
	char *names[] = {(char *)"smp*", (char *)"default"};
	const struct choice named = {.names = names, .name_count = 2};

	FUZZ_CHECK(list->count);
	for (size_t i = 0; i < list->count; i++) {
		const struct config *config = &list->configs[i];

		FUZZ_CHECK(config_find(list, config->name) == config);
		FUZZ_CHECK(config_name_is_valid(config->name));
		for (enum config_key key = 0; key < CONFIG_KEYS; key++)
			FUZZ_CHECK(!config->values[key] || *config->values[key]);
	}
	check_selection(list, &all);
	check_selection(list, &group);
	check_selection(list, &named);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_list list;
	static char *path;
	char *wrong;

	if (!path) {
		fuzz_silence();
		if (asprintf(&path, "%s/unittests.cfg", fuzz_folder()) < 0)
			return 0;
	}
	fuzz_write("unittests.cfg", data, size);
	wrong = config_parse(&list, path);
	if (wrong)
		for (const char *c = wrong; *c; c++)
			FUZZ_CHECK((*c >= ' ' && *c <= '~') || *c == '\t');
	else
		check_list(&list);
	free(wrong);
	config_free(&list);
	return 0;
}
