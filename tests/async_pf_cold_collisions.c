/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asynchronous page faults on memory that the host has to read from a disk: pages that share a place in the host's table.
 *
 * Contract: the host remembers which pages it has reported as not present. A guest that touches such a page again waits for
 *           it and gets no second event, whichever other pages are outstanding or became ready meanwhile.
 * Source:   arch/x86/kvm/x86.c, kvm_add_async_pf_gfn(), kvm_async_pf_gfn_slot() and kvm_del_async_pf_gfn(): a hash table of 64
 *           places with linear probing. When a page is ready, those behind its place may have to move up, or must not.
 * How:      pages whose numbers have chosen hash values (include/linux/hash.h, hash_32()) are touched in an order that fills
 *           known places, and one that the host reads faster than the others is ready first. The next touch is that of a page
 *           which a wrong move loses. Another host may have another table: then these are pages like any others.
 * Needs:    cold, file-backed RAM of two speeds, and a local APIC in the kernel.
 * Cannot show: a page that stays in the table for ever, which shows when that page is missing once more (evicted.c).
 */
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/kvm/apf.h"
#include "x86/kvm/cold.h"

#define PLACES	   64u /* ASYNC_PF_PER_VCPU, include/linux/kvm_host.h */
#define PLACES_LOG 6
#define GOLDEN	   0x61c88647u /* GOLDEN_RATIO_32, include/linux/hash.h */
#define LAST	   (PLACES - 1)
#define PAGES_MAX  3u
#define TRIES	   3

/* What is touched, in this order: the hash value of each page's number, and whether it is ready first. */
struct round {
	unsigned int count;
	struct {
		unsigned int place;
		bool fast;
	} pages[PAGES_MAX];
	unsigned int again; /* which one is touched again */
};

static bool has_place(u64 gfn, unsigned int place)
{
	return (u32)gfn * GOLDEN >> (32 - PLACES_LOG) == place;
}

/* False: the host has read one of the pages itself, or was too slow, so that there is nothing to see. */
static bool touch_again(const struct round *round)
{
	u8 *pages[PAGES_MAX];
	unsigned int count;

	wrmsr(MSR_KVM_ASYNC_PF_EN, 0); /* drops what another round has left */
	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	for (unsigned int i = 0; i < round->count; i++) {
		pages[i] = cold_page_at(round->pages[i].fast ? COLD_CHOSEN : COLD_SLOW, has_place,
					round->pages[i].place);
		apf_touch(pages[i]);
	}
	if (apf_seen.missing_count != round->count)
		return false;
	for (unsigned int i = 0; i < round->count; i++)
		if (round->pages[i].fast)
			EXPECT_TRUE(apf_becomes_ready(apf_seen.missing[i]),
				    "got no page-ready event for token %#x within %u ms, want one",
				    apf_seen.missing[i], APF_READY_MS);
	if (apf_is_ready(apf_seen.missing[round->again]))
		return false;
	EXPECT_TRUE(
		!apf_touch(pages[round->again]),
		"got page %p, which is awaited under token %#x, reported once more with token %#x, want no event",
		(void *)pages[round->again], apf_seen.missing[round->again],
		apf_seen.missing[apf_seen.missing_count - 1]);
	count = apf_seen.missing_count;
	apf_check_each_ready_once(count);
	return true;
}

static void run(const struct round *round)
{
	for (int i = 0; i < TRIES; i++)
		if (touch_again(round))
			return;
	test_skip(UNMET_LUCK, "missing-pages");
}

/* The second page lies behind the first one's place, and has to be found all the same: kvm_async_pf_gfn_slot(). [A45] */
TEST(async_pf_cold, pages_that_share_a_place_are_both_awaited)
{
	run(&(const struct round){2, {{5, false}, {5, false}}, .again = 0});
	run(&(const struct round){2, {{6, false}, {6, false}}, .again = 1});
}

/* The page that shared the place has to move up to it, or the search for it ends at the place that is free now. [A45] */
TEST(async_pf_cold, a_page_is_still_awaited_when_one_that_shared_its_place_is_ready)
{
	run(&(const struct round){2, {{10, true}, {10, false}}, .again = 1});
	run(&(const struct round){2, {{LAST, true}, {LAST, false}}, .again = 1}); /* its place is no. 0 */
}

/* A page at its own place must stay there, or the search for it begins at a place that is free. [A45] */
TEST(async_pf_cold, a_page_is_still_awaited_when_its_neighbour_is_ready)
{
	run(&(const struct round){2, {{20, true}, {21, false}}, .again = 1});
	run(&(const struct round){2, {{LAST, true}, {0, false}}, .again = 1});
}

/*
 * Three pages fill places 62, 63 and 0, or 63, 0 and 1. The last one has to stay if the first is ready, since the second is
 * between them, and to move up if that one is. [A45]
 */
TEST(async_pf_cold, a_page_is_still_awaited_behind_the_end_of_the_table)
{
	run(&(const struct round){3, {{LAST - 1, true}, {LAST, false}, {LAST, false}}, .again = 2});
	run(&(const struct round){3, {{LAST, false}, {LAST, true}, {LAST, false}}, .again = 2});
}
