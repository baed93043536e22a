/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/platform/channel_host.h"

#define NS_PER_US 1000
/* The host stops all its CPUs for a moment, and a busy emulated one takes its time. */
#define CHANGE_MS 10000

u64 channel_clocksource(bool tsc)
{
	struct channel_answer answer = {0};

	channel_ask(CHANNEL_CLOCKSOURCE, (const u64[]){tsc}, CHANGE_MS, &answer);
	return channel_value(&answer, "took-us") * NS_PER_US;
}

void channel_host_cpu_and_rest(unsigned int cpu, bool on, u64 rest_ns)
{
	struct channel_answer answer = {0};

	channel_ask_and_rest(CHANNEL_HOST_CPU, (const u64[]){cpu, on}, rest_ns, CHANGE_MS, &answer);
}

void channel_host_cpu(unsigned int cpu, bool on)
{
	channel_host_cpu_and_rest(cpu, on, 0);
}

void channel_suspend(unsigned int cpu, unsigned int ms, struct channel_pause *stood)
{
	struct channel_answer answer = {0};

	channel_ask(CHANNEL_SUSPEND, (const u64[]){cpu, ms}, ms, &answer);
	stood->stood_ns = channel_value(&answer, "stood-us") * NS_PER_US;
	stood->took_ns = channel_value(&answer, "took-us") * NS_PER_US;
}

void channel_contend(unsigned int cpu, unsigned int ms)
{
	struct channel_answer answer = {0};

	channel_ask(CHANNEL_CONTEND, (const u64[]){cpu, ms}, 0, &answer);
}

u64 channel_run_delay_ns(unsigned int cpu)
{
	struct channel_answer answer = {0};

	channel_ask(CHANNEL_RUN_DELAY, (const u64[]){cpu}, 0, &answer);
	return channel_value(&answer, "waited-ns");
}

u32 channel_plug(void)
{
	struct channel_answer answer = {0};

	channel_ask(CHANNEL_PLUG, NULL, CHANGE_MS, &answer);
	return (u32)channel_value(&answer, "apic-id");
}
