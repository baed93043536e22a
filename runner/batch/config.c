/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/batch/config_keys.h"
#include "runner/common/alloc.h"
#include "runner/common/text.h"

#define BLANKS	 " \t\r\n"
#define DEFAULTS "defaults"

/* Where the parser is. */
struct parser {
	const char *path;
	struct config_list *list;
	struct config defaults;
	bool in_defaults;
	unsigned int line; /* from 1 */
};

void config_init(struct config_list *list)
{
	*list = (struct config_list){.index = json_object()};
}

static void clear(struct config *config)
{
	free(config->name);
	free(config->arrives_from);
	free(config->arrives_as);
	for (enum config_key key = 0; key < CONFIG_KEYS; key++)
		free(config->values[key]);
	*config = (struct config){0};
}

void config_free(struct config_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		clear(&list->configs[i]);
	free(list->configs);
	json_decref(list->index);
	*list = (struct config_list){0};
}

struct config *config_find(const struct config_list *list, const char *name)
{
	const json_t *position = json_object_get(list->index, name);

	return position ? &list->configs[json_integer_value(position)] : NULL;
}

struct config *config_add(struct config_list *list, const char *name, unsigned int line)
{
	struct config *config;

	if (config_find(list, name))
		return NULL;
	list->configs = alloc_grow(list->configs, list->count, sizeof(*list->configs));
	config = &list->configs[list->count];
	*config = (struct config){.name = text_format("%s", name), .line = line};
	json_object_set_new(list->index, name, json_integer((json_int_t)list->count));
	list->count++;
	return config;
}

void config_set(struct config *config, enum config_key key, const char *value)
{
	char *copy = value ? text_format("%s", value) : NULL;

	free(config->values[key]);
	config->values[key] = copy;
}

const char *config_value(const struct config *config, enum config_key key)
{
	return config->values[key] ? config->values[key] : config_keys[key].fallback;
}

const char *config_key_name(enum config_key key)
{
	return config_keys[key].name;
}

__attribute__((format(printf, 2, 3))) static char *mistake(const struct parser *p, const char *fmt, ...)
{
	char *message, *printable, *whole;
	va_list args;

	va_start(args, fmt);
	message = text_vformat(fmt, args);
	va_end(args);
	printable = text_printable(message, strlen(message));
	whole = text_format("%s:%u: %s", p->path, p->line, printable);
	free(message);
	free(printable);
	return whole;
}

/* [NAME], without the brackets */
static char *parse_section(struct parser *p, const char *name)
{
	p->in_defaults = !strcmp(name, DEFAULTS);
	if (p->in_defaults && p->defaults.name)
		return mistake(p, "a second [%s]", name);
	if (p->in_defaults)
		p->defaults = (struct config){.name = text_format("%s", name), .line = p->line};
	else if (!config_add(p->list, name, p->line))
		return mistake(p, "a second [%s]", name);
	return NULL;
}

static char *parse_value(struct parser *p, const char *name, const char *value)
{
	enum config_key key = config_key_find(name);
	struct config *section = NULL;

	if (p->in_defaults)
		section = &p->defaults;
	else if (p->list->count)
		section = &p->list->configs[p->list->count - 1];
	if (!section)
		return mistake(p, "\"%s\" outside of a section", name);
	if (key == CONFIG_KEYS)
		return mistake(p, "unknown key \"%s\"", name);
	if (!*value || (!(config_keys[key].unset && !strcmp(value, config_keys[key].unset)) &&
			!config_keys[key].is_valid(value)))
		return mistake(p, "bad value for %s: \"%s\"", name, value);
	if (section->values[key])
		return mistake(p, "a second \"%s\" in [%s]", name, section->name);
	config_set(section, key, value);
	return NULL;
}

/* Cuts the blanks off both ends. */
static char *trim(char *text)
{
	size_t length;

	text += strspn(text, BLANKS);
	length = strlen(text);
	while (length && strchr(BLANKS, text[length - 1]))
		length--;
	text[length] = '\0';
	return text;
}

/* Changes @line, which has no blanks around it. */
static char *parse_line(struct parser *p, char *line)
{
	size_t length = strlen(line);
	char *equals = strchr(line, '='), *wrong, *key;

	if (!length || *line == '#')
		return NULL;
	if (*line == '[' && line[length - 1] == ']') {
		line[length - 1] = '\0';
		if (config_name_is_valid(line + 1))
			return parse_section(p, line + 1);
		if (config_name_is_reserved(line + 1))
			return mistake(p, "[%s] would leave its result in %s.json, which is the run's report",
				       line + 1, line + 1);
		line[length - 1] = ']';
	} else if (equals) {
		*equals = '\0';
		key = text_format("%s", line);
		*equals = '=';
		wrong = config_key_is_word(trim(key)) ?
				parse_value(p, trim(key), trim(equals + 1)) :
				mistake(p, "neither [NAME] nor KEY = VALUE: \"%s\"", line);
		free(key);
		return wrong;
	}
	return mistake(p, "neither [NAME] nor KEY = VALUE: \"%s\"", line);
}

static char *parse_file(struct parser *p, FILE *file)
{
	char *line = NULL, *wrong = NULL;
	size_t size = 0;
	ssize_t length;

	while (!wrong && (length = getline(&line, &size, file)) >= 0) {
		p->line++;
		wrong = strlen(line) == (size_t)length ? parse_line(p, trim(line)) :
							 mistake(p, "a byte of value 0");
	}
	free(line);
	if (!wrong && ferror(file))
		wrong = text_format("%s: %s", p->path, strerror(errno));
	return wrong;
}

/* Gives @config what only [defaults] has, and takes away what either unsets. */
static void apply_defaults(struct config *config, const struct config *defaults)
{
	for (enum config_key key = 0; key < CONFIG_KEYS; key++) {
		const char *unset = config_keys[key].unset;

		if (!config->values[key])
			config_set(config, key, defaults->values[key]);
		if (unset && config->values[key] && !strcmp(config->values[key], unset))
			config_set(config, key, NULL);
	}
}

/* Is @option one of the words of @params? */
static bool has_option(const char *params, const char *option)
{
	size_t length = strlen(option);

	while (*params) {
		size_t word = strcspn(params, BLANKS);

		if (word == length && !memcmp(params, option, length))
			return true;
		params += word + strspn(params + word, BLANKS);
	}
	return false;
}

/* Puts all of QEMU's arguments into qemu_params. Those that are there already replace the keys of their own. */
static char *join_params(struct parser *p, struct config *config)
{
	static const struct {
		enum config_key key;
		const char *option;
	} arguments[] = {
		{CONFIG_MACHINE, "-machine"},
		{CONFIG_BIOS, "-bios"},
		{CONFIG_MEMORY, "-m"},
		{CONFIG_CPU, "-cpu"},
	};
	char *more = config->values[CONFIG_QEMU_PARAMS], *params;
	const char *flags = config->values[CONFIG_CPU_FLAGS];
	size_t size;
	FILE *out = alloc_stream(&params, &size);

	for (size_t i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++) {
		if (more && has_option(more, arguments[i].option))
			config_set(config, arguments[i].key, NULL);
		if (config->values[arguments[i].key])
			fprintf(out, "%s %s ", arguments[i].option, config->values[arguments[i].key]);
	}
	fclose(out);
	p->line = config->line;
	if (flags && !config->values[CONFIG_CPU]) {
		free(params);
		return mistake(p, "cpu_flags without cpu in [%s]", config->name);
	}
	more = text_format("%s%s%s %s", trim(params), flags ? "," : "", flags ? flags : "", more ? more : "");
	if (*trim(more))
		config_set(config, CONFIG_QEMU_PARAMS, trim(more));
	free(more);
	free(params);
	return NULL;
}

char *config_parse(struct config_list *list, const char *path)
{
	struct parser p = {.path = path, .list = list};
	FILE *file = fopen(path, "re");
	char *wrong;

	config_init(list);
	if (!file)
		return text_format("%s: %s", path, strerror(errno));
	wrong = parse_file(&p, file);
	fclose(file);
	if (!wrong && !list->count)
		wrong = text_format("%s: no configurations", path);
	for (size_t i = 0; !wrong && i < list->count; i++) {
		apply_defaults(&list->configs[i], &p.defaults);
		wrong = join_params(&p, &list->configs[i]);
	}
	clear(&p.defaults);
	return wrong;
}
