/* SPDX-License-Identifier: BSD-2-Clause */
/* How a run ended whose QEMU left by itself: by its exit status, its last words and the guest's report. */
#include "runner/common/text.h"
#include "runner/run/run_state.h"
#include "x86/platform/power.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* QEMU's exit status where the guest left by another way than isa-debug-exit (x86/platform/power.h). */
#define QEMU_POWERED_OFF 0

static char *with_qemu_message(const struct run *r, char *what)
{
	char *all;

	if (!r->log.qemu_last)
		return what;
	all = text_format("%s: %s", what, r->log.qemu_last);
	free(what);
	return all;
}

static bool is_guests_exit(int status)
{
	return status == QEMU_POWERED_OFF || status == POWER_OFF_STATUS(POWER_OFF_PASSED) ||
	       status == POWER_OFF_STATUS(POWER_OFF_FAILED);
}

void run_judge_exit(struct run *r)
{
	int status = WIFEXITED(r->vm.status) ? WEXITSTATUS(r->vm.status) : -1;
	const struct ktap_counts *c = &r->ktap.counts;
	bool done = r->ktap.state == KTAP_DONE, bad = c->fail || c->error;
	char *where = ktap_parser_where(&r->ktap);
	const char *how = NULL;

	r->end = RUN_END_EXIT;
	if (status && !r->com1_bytes) {
		char *end = vm_describe_end(&r->vm);

		r->end = RUN_END_COULD_NOT_START;
		r->why = with_qemu_message(r, text_format("QEMU could not start: %s", end));
		free(end);
	} else if (status == POWER_OFF_STATUS(POWER_OFF_GAVE_UP)) {
		how = "gave up";
	} else if (!done && status == QEMU_POWERED_OFF) {
		how = !r->shutdown || strcmp(r->shutdown, "guest-reset") ?
			      "powered off" :
			      "reset itself (a triple fault, perhaps)";
	} else if (!done && status == POWER_OFF_STATUS(POWER_OFF_FAILED)) {
		how = "ended";
	} else if (!done || !is_guests_exit(status)) {
		char *end = vm_describe_end(&r->vm);

		r->end = RUN_END_QEMU_DIED;
		r->why = with_qemu_message(r, text_format("%s, %s", end, where));
		free(end);
	} else if ((status == POWER_OFF_STATUS(POWER_OFF_PASSED) && bad) ||
		   (status == POWER_OFF_STATUS(POWER_OFF_FAILED) && !bad &&
		    !json_array_size(r->ktap.errors))) {
		r->why = text_format("the guest's exit (%d) contradicts its report", status);
	}
	if (how)
		r->why = text_format("the guest %s, %s", how, where);
	free(where);
}

char *run_refusal(const struct run *r)
{
	const char *line = r->log.qemu_text;
	char *found = NULL;
	regex_t refusal;

	if (!r->o->may_refuse || r->end != RUN_END_COULD_NOT_START ||
	    regcomp(&refusal, r->o->may_refuse, REG_EXTENDED | REG_NOSUB))
		return NULL;
	while (*line && !found) {
		int length = (int)strcspn(line, "\n");
		char *text = text_format("%.*s", length, line);

		if (!regexec(&refusal, text, 0, NULL, 0))
			found = text;
		else
			free(text);
		line += length + (line[length] == '\n');
	}
	regfree(&refusal);
	return found;
}
