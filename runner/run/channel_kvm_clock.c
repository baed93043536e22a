/* SPDX-License-Identifier: BSD-2-Clause */
/* The channel's verb kvm-clock: what KVM's clock interface for VMMs does, on a VM of the runner's own. */
#include "runner/run/channel_verbs.h"

#include <inttypes.h>
#include <string.h>

#include "runner/run/kvm_clock.h"

void channel_kvm_clock(struct channel *c, uint64_t step)
{
	struct kvm_clock_outcome o;

	if (step >= KVM_CLOCK_STEPS_COUNT) {
		channel_finish(c, CHANNEL_IS_UNSUPPORTED, "newer-runner");
		return;
	}
	if (!c->kvm_device || !*c->kvm_device) {
		channel_finish(c, CHANNEL_IS_UNSUPPORTED, "kvm-device");
		return;
	}
	o = kvm_clock_try(c->kvm_device, (enum kvm_clock_step)step);
	if (o.error)
		channel_finish(c, CHANNEL_IS_FAILED, "a VM of the runner's own: %s", strerror(o.error));
	else if (o.lacking)
		channel_finish(c, CHANNEL_IS_UNSUPPORTED, "KVM_CLOCK_REALTIME");
	else
		channel_finish(c, CHANNEL_IS_OK, "got=%" PRIu64 " least=%" PRIu64 " most=%" PRIu64, o.got,
			       o.least, o.most);
}
