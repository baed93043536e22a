/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/kvm/vm_reset.h"

#include "lib/ktap_writer.h"
#include "lib/string.h"
#include "x86/cpu/smp.h"
#include "x86/kvm/pv_areas.h"
#include "x86/platform/channel.h"
#include "x86/platform/power.h"

enum way { WAY_NONE, WAY_RUNNER, WAY_GUEST };

static const struct {
	const char *word;
	enum power_reset_way way;
} guest_ways[] = {
	{"port", POWER_RESET_PORT},
	{"keyboard", POWER_RESET_KEYBOARD},
	{"triple-fault", POWER_RESET_TRIPLE_FAULT},
};

static enum way wanted;
static enum power_reset_way guest_way;
static bool was_reset;

bool vm_reset_parse(const char *way)
{
	if (!strcmp(way, "runner")) {
		wanted = WAY_RUNNER;
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(guest_ways); i++) {
		if (strcmp(way, guest_ways[i].word))
			continue;
		wanted = WAY_GUEST;
		guest_way = guest_ways[i].way;
		return true;
	}
	return false;
}

/* The first boot ends without a report, which is an error of the run. */
_Noreturn static void give_up(const char *why)
{
	ktap_note("error: reset=: %s", why);
	power_off(POWER_OFF_GAVE_UP);
}

void vm_reset_before_tests(void)
{
	u64 boots = wanted == WAY_NONE ? 0 : channel_boots();

	was_reset = boots > 1;
	if (boots != 1)
		return;
	smp_start_all();
	if (!pv_areas_use())
		give_up("a PV MSR does not hold what was written");
	channel_reset(wanted == WAY_RUNNER);
	if (wanted == WAY_GUEST)
		power_reset(guest_way);
	give_up("the VM was not reset");
}

bool vm_was_reset(void)
{
	return was_reset;
}
