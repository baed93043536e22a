/* SPDX-License-Identifier: BSD-2-Clause */
/* A suite is skipped if all of its tests are. Here the suite has the unmet need. */
#include "lib/test.h"
#include "x86/kvm/kvm_para.h"

/*
 * > # unmet: absent bit-31
 * > ok # SKIP feature bit 31 is not advertised; the VMM has to offer it
 */
TEST(skips, feature_that_nobody_has)
{
	EXPECT_TRUE(false, "this ran");
}

/*
 * > # unmet: absent bit-31
 * > ok # SKIP feature bit 31 is not advertised; the VMM has to offer it
 */
TEST(skips, more_vcpus_than_there_are, .needs.cpus = 1000)
{
	EXPECT_TRUE(false, "this ran");
}

SUITE(skips, .contract = "none", .needs.features = BIT(31));
