/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/repeat.h"

#include <stdlib.h>
#include <string.h>

#include "runner/batch/child.h"
#include "runner/common/alloc.h"
#include "runner/common/exit_status.h"
#include "runner/common/result.h"
#include "runner/common/text.h"

/* Of names of failures: how many an event has, and a line for people. */
#define EVENT_NAMES_MAX 20
#define HEAD_NAMES_MAX	2

void repeat_check(const struct batch *batch)
{
	if (!goal_given(&batch->goal))
		return;
	if (batch->series || batch->migrate || batch->migrate_away || batch->migrate_from || batch->matrix ||
	    batch->baseline || batch->ktap)
		die("--repeat, --for and --until-fail go without --series, --migrate, --matrix, --baseline and --ktap");
}

void repeat_write_event(struct progress *progress, const struct repeat_state *state, const json_t *failures,
			const char *host)
{
	json_t *shown = json_array(), *event, *failure;
	size_t i;

	json_array_foreach(failures, i, failure)
		if (i < EVENT_NAMES_MAX)
			json_array_append(shown, failure);
	event = json_pack("{s:I, s:I, s:I, s:o}", "repetitions", (json_int_t)state->repetitions, "elapsed_ms",
			  (json_int_t)state->elapsed_ms, "failing", (json_int_t)json_array_size(failures),
			  "failures", shown);
	if (state->of)
		json_object_set_new(event, "of", json_integer(state->of));
	if (state->left_ms >= 0)
		json_object_set_new(event, "left_ms", json_integer(state->left_ms));
	if (host)
		json_object_set_new(event, "host", json_string(host));
	events_write(&progress->events, EVENT_REPETITION, event);
}

static void print_failures(const json_t *failures, FILE *out)
{
	json_t *failure;
	size_t i;

	json_array_foreach(failures, i, failure) {
		const char *name = result_string(failure, "name");

		if (i == HEAD_NAMES_MAX) {
			fprintf(out, " and %zu more", json_array_size(failures) - i);
			break;
		}
		text_print(out, "%s %s%s%s (%lld)",
			   i ? "," : "; failed:", result_string(failure, "configuration"), *name ? ": " : "",
			   name, result_number(failure, "runs"));
	}
}

char *repeat_head(const struct repeat_state *state, const json_t *failures)
{
	char *text, *left = state->left_ms >= 0 ? goal_time_text(state->left_ms) : NULL;
	char *of = state->of ? text_format("/%ld", state->of) : text_format(" repetitions");
	size_t size;
	FILE *out = alloc_stream(&text, &size);

	text_print(out, "[%ld%s%s%s%s", state->repetitions, of, left ? ", " : "", left ? left : "",
		   left ? " left" : "");
	print_failures(failures, out);
	fputc(']', out);
	fclose(out);
	free(of);
	free(left);
	return text;
}

void repeat_say_news(struct progress *progress, const char *host, const json_t *news, long repetition)
{
	json_t *entry;
	size_t i;

	json_array_foreach(news, i, entry) {
		const char *name = result_string(entry, "name");

		progress_say(progress, "%s%s%s%s%s: %s in repetition %ld; at first: %s", host ? host : "",
			     host ? ": " : "", result_string(entry, "configuration"), *name ? ": " : "", name,
			     result_string(entry, "outcome"), repetition, result_string(entry, "first"));
	}
}

int repeat_report(const struct batch *batch, struct progress *progress, char *const *folders, size_t count)
{
	char **argv = alloc_bytes((count + 3) * sizeof(*argv));
	int status;

	argv[0] = PVREPORT_PROGRAM;
	argv[1] = "--soak";
	for (size_t i = 0; i < count; i++)
		argv[i + 2] = folders[i];
	argv[count + 2] = NULL;
	progress_print(progress, "%s", "");
	status = child_run(&(struct child_spec){
		.argv = argv,
		.output = batch->events_on_stdout ? "/dev/stderr" : NULL,
	});
	free(argv);
	return status;
}
