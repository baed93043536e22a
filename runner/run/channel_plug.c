/* SPDX-License-Identifier: BSD-2-Clause */
/* The channel's verb plug: QEMU gets one more vCPU, and says which local APIC ID it has. */
#include "runner/run/channel_verbs.h"

#include <inttypes.h>
#include <stdlib.h>

#include "runner/common/result.h"
#include "runner/common/text.h"

static void id_arrived(void *context, json_t *reply, const char *error)
{
	struct channel *c = context;

	if (json_is_integer(reply))
		channel_finish(c, CHANNEL_IS_OK, "apic-id=%" JSON_INTEGER_FORMAT, json_integer_value(reply));
	else
		channel_finish(c, CHANNEL_IS_FAILED, "the vCPU's APIC ID: %s", error ? error : "none");
}

static void plugged(void *context, json_t *reply, const char *error)
{
	struct channel *c = context;

	if (reply)
		qmp_execute_for(c->qmp, "qom-get",
				json_pack("{s:o, s:s}", "path",
					  text_json_format("/machine/peripheral/plugged-%u", c->plugged),
					  "property", "apic-id"),
				id_arrived, c);
	else
		channel_finish(c, CHANNEL_IS_FAILED, "%s", error);
}

/* QEMU lists the vCPUs that there may be, and of those that there are the path. */
static void slots_arrived(void *context, json_t *reply, const char *error)
{
	struct channel *c = context;
	json_t *slot, *arguments;
	size_t i;

	json_array_foreach(reply, i, slot) {
		if (json_object_get(slot, "qom-path"))
			continue;
		arguments = json_pack("{s:o, s:s}", "id", text_json_format("plugged-%u", ++c->plugged),
				      "driver", result_string(slot, "type"));
		json_object_update_missing(arguments, json_object_get(slot, "props"));
		qmp_execute_for(c->qmp, "device_add", arguments, plugged, c);
		return;
	}
	if (error)
		channel_finish(c, CHANNEL_IS_FAILED, "%s", error);
	else
		channel_finish(c, CHANNEL_IS_UNSUPPORTED, "maxcpus=%zu", json_array_size(reply) + 1);
}

void channel_plug(struct channel *c)
{
	if (c->qmp->fd < 0)
		channel_finish(c, CHANNEL_IS_FAILED, "QEMU does not listen");
	else
		qmp_execute_for(c->qmp, "query-hotpluggable-cpus", NULL, slots_arrived, c);
}
