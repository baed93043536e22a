/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/report.h"

#include "runner/common/exit_status.h"

int report_status(const struct result_set *set)
{
	bool failed = false, cannot = false, passed = false;

	for (size_t i = 0; i < set->count; i++) {
		int status = result_status(set->all[i].verdict, set->all[i].end);

		failed |= status == STATUS_FAILED;
		cannot |= status == STATUS_CANNOT_RUN;
		passed |= status == STATUS_PASSED;
	}
	if (failed)
		return STATUS_FAILED;
	if (cannot)
		return STATUS_CANNOT_RUN;
	return passed ? STATUS_PASSED : STATUS_NOTHING_VALIDATED;
}

const char *report_status_name(int status)
{
	switch (status) {
	case STATUS_PASSED:
		return "PASS";
	case STATUS_FAILED:
		return "FAIL";
	case STATUS_CANNOT_RUN:
		return "CANNOT RUN";
	default:
		return "NOTHING VALIDATED";
	}
}
