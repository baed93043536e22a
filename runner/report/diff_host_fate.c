/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/diff_host_fate.h"

#include <string.h>

#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/report/diff_judge.h"
#include "runner/report/host_events.h"

struct fate {
	bool checked; /* something, before */
	bool ran; /* a test under KVM, now */
	const struct result_entry *ended; /* a VM that checked something before, and ended without a test now */
	const struct result_entry *unknown; /* the same, but there is no result that says how it ended */
};

/* A configuration whose check= or disk is not there was not tried. */
static bool was_tried(const struct result_entry *r)
{
	enum unmet_kind kind;
	const char *what;

	return r->end != RUN_END_NOT_STARTED ||
	       (unmet_from_json(json_object_get(r->rest, "unmet"), &kind, &what) && kind == UNMET_ACCEL);
}

/* Only a result that could not be loaded is of no schema. */
static bool is_unknown(const struct result_entry *r)
{
	return !result_number(r->rest, "schema") || r->end == RUN_END_KILLED || r->end == RUN_END_LOG_FAILED;
}

static bool is_under_kvm(const struct result_entry *r)
{
	return strcmp(result_string(json_object_get(r->rest, "config"), "accel"), "tcg") != 0;
}

static struct fate find(const struct diff_pairs *pairs, size_t host)
{
	struct fate fate = {0};

	for (size_t i = 0; i < pairs->count; i++) {
		const struct pair *p = &pairs->all[i];
		bool checked = diff_checked_anything(p->before);

		if (p->host != host || p->left_out)
			continue;
		fate.checked |= checked;
		if (!p->now)
			continue;
		if (p->now->test_count)
			fate.ran |= is_under_kvm(p->now);
		else if (is_unknown(p->now))
			fate.unknown = fate.unknown ? fate.unknown : p->now;
		else if (checked && was_tried(p->now))
			fate.ended = fate.ended ? fate.ended : p->now;
	}
	return fate;
}

char *diff_host_no_vm(const struct diff_pairs *pairs, size_t host)
{
	struct fate fate = find(pairs, host);

	if (!fate.checked || fate.ran)
		return NULL;
	if (fate.unknown)
		return host_events_end(fate.unknown->path);
	return fate.ended ? text_format("%s", diff_reason(fate.ended)) : NULL;
}

const struct result_entry *diff_host_unknown(const struct diff_pairs *pairs, size_t host)
{
	struct fate fate = find(pairs, host);

	return fate.ran ? NULL : fate.unknown;
}
