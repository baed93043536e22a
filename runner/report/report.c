/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/report.h"

enum result_status report_status(const struct result_set *set)
{
	bool failed = false, cannot = false, passed = false;

	for (size_t i = 0; i < set->count; i++) {
		enum result_status status = result_status(set->all[i].rest);

		failed |= status == RESULT_FAIL;
		cannot |= status == RESULT_CANNOT_RUN;
		passed |= status == RESULT_PASS;
	}
	if (failed)
		return RESULT_FAIL;
	if (cannot)
		return RESULT_CANNOT_RUN;
	return passed ? RESULT_PASS : RESULT_NOTHING_VALIDATED;
}

const char *report_status_name(enum result_status status)
{
	switch (status) {
	case RESULT_PASS:
		return "PASS";
	case RESULT_FAIL:
		return "FAIL";
	case RESULT_CANNOT_RUN:
		return "CANNOT RUN";
	case RESULT_NOTHING_VALIDATED:
		break;
	}
	return "NOTHING VALIDATED";
}
