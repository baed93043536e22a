/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/common/unmet.h"

#include <stdlib.h>
#include <string.h>

#include "runner/common/result.h"
#include "runner/common/text.h"

static const char *const words[] = {
#define WORD(name, word) [UNMET_##name] = (word),
	UNMET_KINDS(WORD)
#undef WORD
};

const char *unmet_name(enum unmet_kind kind)
{
	return words[kind];
}

static bool parse_kind(const char *word, enum unmet_kind *kind)
{
	int index = text_index(words, sizeof(words) / sizeof(words[0]), word);

	if (index >= 0)
		*kind = (enum unmet_kind)index;
	return index >= 0;
}

bool unmet_parse(const char *text, enum unmet_kind *kind, const char **what)
{
	const char *blank = strchr(text, ' ');
	char *word;
	bool known;

	if (!blank || !blank[1] || blank[1] == ' ')
		return false;
	word = text_copy(text, (size_t)(blank - text));
	known = parse_kind(word, kind);
	free(word);
	*what = blank + 1;
	return known;
}

bool unmet_is_of_guest(enum unmet_kind kind)
{
	return kind != UNMET_REFUSED && kind != UNMET_ACCEL && kind != UNMET_NOTHING;
}

json_t *unmet_json(enum unmet_kind kind, const char *what)
{
	return json_pack("{s:s, s:o}", "kind", unmet_name(kind), "what", text_json(what));
}

bool unmet_from_json(const json_t *object, enum unmet_kind *kind, const char **what)
{
	*what = result_string(object, "what");
	return **what && parse_kind(result_string(object, "kind"), kind);
}

/* PATH=VALUE, a file of the host and what has to be in it; or cpus=LISTS, as for pvrun's --vcpu-affinity; or fuse. */
static char *host_sentence(const char *what)
{
	size_t path = strcspn(what, "=");

	if (!strncmp(what, "cpus=", 5))
		return text_format("this host lacks a CPU that a vCPU is to run on: \"%s\"", what + 5);
	if (!strcmp(what, "fuse"))
		return text_format("cold memory needs /dev/fuse, and permission to mount it");
	return text_format("check: %.*s is not %s; set it, as SET_HOST=on does where it can be", (int)path,
			   what, what[path] ? what + path + 1 : "set");
}

char *unmet_sentence(enum unmet_kind kind, const char *what)
{
	switch (kind) {
	case UNMET_REFUSED:
		return text_format("QEMU refuses: %s", what);
	case UNMET_NOTHING:
		return text_format("nothing validated: %s", what);
	case UNMET_ACCEL:
		return text_format("it needs KVM, and this is TCG");
	case UNMET_HOST:
		return host_sentence(what);
	default:
		return text_format("it needs: %s %s", unmet_name(kind), what);
	}
}
