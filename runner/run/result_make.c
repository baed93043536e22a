/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/run/result_make.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/hostinfo.h"
#include "runner/common/result.h"
#include "runner/common/sha256.h"
#include "runner/common/text.h"

static json_t *config(const struct run_options *o)
{
	json_t *args = json_array(), *made;
	char *sum = sha256_file(o->kernel);

	for (char **arg = o->args; *arg; arg++)
		json_array_append_new(args, text_json(*arg));
	made = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:f, s:f, s:o, s:o}", "name", text_json(o->name),
			 "kernel", text_json(o->kernel), "qemu", text_json(o->qemu), "qemu_args", args,
			 "append", text_json(o->append), "accel", text_json(o->accel), "timeout",
			 (double)o->timeout_ms / 1000, "silence", (double)o->silence_ms / 1000, "features",
			 text_json(o->features ? o->features : ""), "absent",
			 text_json(o->absent ? o->absent : ""));
	json_object_set_new(made, "kernel_sha256", text_json_or_null(sum));
	free(sum);
	return made;
}

static json_t *host(const struct run_outcome *r)
{
	json_t *info = hostinfo_collect();
	const json_t *kvm = json_object_get(json_object_get(info, "kvm_parameters"), "kvm");

	if (r->qemu_version)
		json_object_set_new(info, "qemu_version", text_json(r->qemu_version));
	if (!strcmp(result_string(kvm, "ignore_msrs"), "Y"))
		json_array_append_new(r->ktap->notes,
				      json_string("the host has kvm.ignore_msrs=Y: accesses to "
						  "unknown MSRs do not fault there"));
	return info;
}

static json_t *counts(const struct ktap_counts *c)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "pass", (json_int_t)c->pass, "fail",
			 (json_int_t)c->fail, "error", (json_int_t)c->error, "timeout",
			 (json_int_t)c->timeout, "skip", (json_int_t)c->skip, "not_run",
			 (json_int_t)c->not_run, "suites_not_run", (json_int_t)c->suites_not_run);
}

/* The worst verdict sticks. What validated nothing is a skip, and not success: "unmet" and "reason" say why. */
static enum verdict judge(const struct run_outcome *r, json_t *result)
{
	const struct ktap_counts *c = &r->ktap->counts;
	enum unmet_kind unmet = r->skipped ? r->unmet : UNMET_NOTHING;
	const char *what = r->skipped ? r->unmet_what : NULL;
	char *reason;

	if (c->fail || c->error || c->timeout)
		return VERDICT_FAIL;
	if (json_array_size(r->ktap->errors))
		return VERDICT_ERROR;
	if (!what && strcmp(r->o->accel, "kvm"))
		what = "without KVM there is no contract";
	else if (!what && !c->pass && !result_number(r->ktap->guest, "base"))
		what = "the guest saw no KVM";
	else if (!what && !c->pass)
		what = "no test ran";
	if (!what)
		return VERDICT_PASS;
	reason = unmet_sentence(unmet, what);
	json_object_set_new(result, "unmet", unmet_json(unmet, what));
	json_object_set_new(result, "reason", text_json(reason));
	free(reason);
	return VERDICT_SKIP;
}

json_t *result_make(const struct run_outcome *r)
{
	json_t *host_info = host(r), *result;
	char started[32];
	struct tm utc;

	gmtime_r(&r->started, &utc);
	strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", &utc);
	result = json_pack("{s:i, s:o, s:o, s:O, s:o, s:s, s:I, s:O, s:O, s:O, s:s, s:n, s:n, s:o, s:o}",
			   "schema", RESULT_SCHEMA, "config", config(r->o), "host", host_info, "guest",
			   r->ktap->guest, "expected", r->expected ? expected_json(r->expected) : json_null(),
			   "started", started, "duration_ms", (json_int_t)r->duration_ms, "tests",
			   r->ktap->tests, "errors", r->ktap->errors, "notes", r->ktap->notes, "end",
			   run_end_name(r->end), "verdict", "reason", "counts", counts(&r->ktap->counts),
			   "log", r->o->log ? text_json(r->o->log) : json_null());
	json_object_set_new(result, "verdict", json_string(verdict_name(judge(r, result))));
	if (r->migrated_from)
		json_object_set(result, "migrated_from", r->migrated_from);
	if (r->timing)
		json_object_set(result, "timing", r->timing);
	return result;
}

json_t *result_make_skipped(const struct run_options *o, enum unmet_kind unmet, const char *what,
			    const char *reason)
{
	struct ktap_parser ktap;
	struct run_outcome outcome = {
		.o = o,
		.ktap = &ktap,
		.end = RUN_END_NOT_STARTED,
		.skipped = true,
		.unmet = unmet,
		.unmet_what = what,
		.started = time(NULL),
	};
	json_t *result;

	ktap_parser_init(&ktap);
	result = result_make(&outcome);
	if (reason)
		json_object_set_new(result, "reason", text_json(reason));
	ktap_parser_free(&ktap);
	return result;
}
