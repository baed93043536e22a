/* SPDX-License-Identifier: BSD-2-Clause */
/* The start of a run: the kernel's command line, QEMU, and what is to be asked of it. */
#include "runner/common/clock.h"
#include "runner/common/text.h"
#include "runner/run/run_state.h"
#include "runner/run/told_facts.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static void expansion_arrived(void *context, json_t *reply, const char *error)
{
	struct run *r = context;

	expected_answer(&r->expected, reply, error);
}

static void resumed(void *context, json_t *reply, const char *error)
{
	struct run *r = context;

	r->heard_ms = now_ms();
	if (!reply)
		run_stop(r, RUN_END_COULD_NOT_START,
			 text_format("QEMU refused to start the vCPUs: %s", error));
}

static void resume(struct run *r)
{
	qmp_execute(&r->qmp, "cont", NULL, resumed);
}

static void make_vm_options(struct run *r)
{
	char *facts = told_facts(r->o);
	bool virtio = !strcmp(r->o->console, "virtio");
	const char *channel = !r->o->channel ? NULL : virtio ? "virtio" : "com2";

	r->append = text_format("%s%sconsole=%s%s%s%s epoch=%lld%s", r->o->append, *r->o->append ? " " : "",
				r->o->console, channel ? " channel=" : "", channel ? channel : "",
				r->o->cold ? " cold=on" : "", (long long)time(NULL), facts);
	r->vm_options = (struct vm_options){
		.qemu = r->o->qemu,
		.accel = r->o->accel,
		.kernel = r->o->kernel,
		.append = r->append,
		.paused = r->o->cpus,
		.incoming = r->o->migrate_from,
		.virtio_console = virtio,
		.channel = channel,
		.cold = r->o->cold,
		.args = r->o->args,
	};
	free(facts);
}

void run_start(struct run *r)
{
	json_t *question;
	int error;

	make_vm_options(r);
	run_migrate_start(r);
	error = vm_start(&r->vm, &r->vm_options);
	qmp_init(&r->qmp, r->vm.qmp, run_qmp_event, r);
	channel_init(&r->channel, &r->vm, &r->qmp, &r->log);
	r->channel.cold = r->o->cold;
	r->channel.set_host = r->o->set_host;
	r->channel.kvm_device = r->o->kvm_device;
	r->channel.services = (struct channel_services){
		.save = run_save_asked,
		.restore = run_restore_asked,
		.migrate = run_migrate_asked,
		.context = r,
	};
	saved_state_init(&r->save.state);
	if (error)
		run_stop(r, RUN_END_COULD_NOT_START,
			 text_format("cannot execute %s: %s", r->o->qemu, strerror(error)));
	else if (r->o->migrate_from)
		run_migrate_arrive(r);
	else if (r->o->cpus)
		run_pin_vcpus(r, resume);
	/* While QEMU starts. */
	expected_init(&r->expected, r->o);
	question = expected_question(&r->expected);
	if (question)
		qmp_execute(&r->qmp, "query-cpu-model-expansion", question, expansion_arrived);
}
