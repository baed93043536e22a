/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hang that an NMI from outside the VM ends; pvrun sends it after a silence. The test runs only with epoch=, which
 * pvrun passes: without pvrun no NMI would come.
 */
#include "lib/test.h"
#include "selftest/guest/unharmed.h"
#include "x86/cpu/processor.h"
#include "x86/kvm/needs.h"

/*
 * > # vCPU 0: unexpected NMI, perhaps from outside the VM; the state was:
 * > # rip <hex> outside__long_silence+<hex>
 * > <registers>
 * > ...
 * > not ok
 */
TEST(outside, long_silence, .needs.conditions = NEED_EPOCH, .budget_ms = 60000)
{
	irq_disable();
	for (;;)
		pause();
}

UNHARMED(outside, after_long_silence)

SUITE(outside);
