/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/kvm/pv_eoi.h"

#include "lib/test.h"
#include "x86/kvm/told.h"

unsigned int pv_eoi_bits_seen;

void pv_eoi_expect_acted(void)
{
	if (told.apicv == TOLD_OFF && told.kernel_lapic == TOLD_ON)
		EXPECT_GT(pv_eoi_bits_seen, 0u);
	else if (!pv_eoi_bits_seen)
		test_inert("the host never set the bit");
}
