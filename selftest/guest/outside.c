/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hang that an NMI from outside the VM looks into, as pvrun sends it after a silence. Told apart from a run
 * without pvrun by the epoch= that pvrun gives: otherwise the run would wait here for nothing.
 */
#include "lib/test.h"
#include "selftest/guest/unharmed.h"
#include "x86/cpu/processor.h"
#include "x86/kvm/needs.h"

/*
 * > # vCPU 0: an NMI from outside asks what goes on here
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
