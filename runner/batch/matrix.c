/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/matrix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/batch/capture.h"
#include "runner/batch/matrix_flags.h"
#include "runner/batch/pairwise.h"
#include "runner/common/alloc.h"
#include "runner/common/text.h"

#define MATRIX_SECONDS_MAX 20 /* for one question to QEMU; some starts of it never end */
#define QEMU_ARGUMENTS_MAX 4

#define CPU "host,arch-capabilities=off"
/* With KVM's interrupt, but without KVM's local APIC, QEMU 7.2 aborts. */
#define CPU_IRQCHIP_OFF CPU ",kvm-asyncpf-int=off"
/* QEMU 7.2 sets the clock's MSR whether there is a clock or not, and older kernels refuse that; QEMU 10 does, too. */
#define CLOCK_REFUSAL	"failed to set MSR 0x12 to 0x0"
#define IRQCHIP_REFUSAL "KVM does not support userspace APIC"
#define HYPERV_FLAGS	"hv-relaxed=on,hv-vapic=on,hv-time=on,hv-vpindex=on"
#define HYPERV_REFUSAL	"kernel doesn't allow setting HyperV|Hyper-V .* not supported by kernel"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum irqchip { IRQCHIP_ON, IRQCHIP_SPLIT, IRQCHIP_OFF, IRQCHIPS };
static const char *const irqchips[IRQCHIPS] = {"on", "split", "off"};

/* Flags that -cpu host does not turn on by itself with every irqchip. */
static const struct {
	const char *flag;
	bool on[IRQCHIPS];
} host_exceptions[] = {
	{"kvm-hint-dedicated", {0}}, /* the host's owner has to promise it */
	{"kvm-msi-ext-dest-id", {[IRQCHIP_SPLIT] = true}}, /* needs an IOAPIC in QEMU */
	{"kvm-pv-unhalt", {[IRQCHIP_ON] = true, [IRQCHIP_SPLIT] = true}}, /* needs local APICs in KVM */
	{"kvm-asyncpf-int", {[IRQCHIP_ON] = true, [IRQCHIP_SPLIT] = true}},
};

/* What else a VM is made of. */
enum dimension { IRQCHIP, SMP, MACHINE, HYPERV, DIMENSIONS };
static const char *const smps[] = {"1", "2", "4"};
static const char *const machines[] = {"pc", "q35", "microvm"};

/* While a matrix is made. */
struct maker {
	struct matrix *matrix;
	struct matrix_flags flags;
	const char *qemu;
	bool clockless; /* QEMU starts with enforcement and without kvmclock */
};

static void leave_out(struct matrix *matrix, char *line)
{
	matrix->left_out = alloc_grow(matrix->left_out, matrix->left_out_count, sizeof(*matrix->left_out));
	matrix->left_out[matrix->left_out_count++] = line;
}

/* Does QEMU refuse to start with these arguments (up to the first NULL), and with this message? */
static bool refuses(const char *qemu, const char *message, const char *const arguments[QEMU_ARGUMENTS_MAX])
{
	static const char *const first[] = {"-accel", "kvm", "-nodefaults", "-display", "none",
					    "-m",     "32",  "-S",	    "-monitor", "stdio"};
	const char *argv[1 + COUNT(first) + QEMU_ARGUMENTS_MAX + 1] = {qemu};
	char *said;
	bool refused;
	int status;

	memcpy(&argv[1], first, sizeof(first));
	for (size_t i = 0; i < QEMU_ARGUMENTS_MAX && arguments[i]; i++)
		argv[1 + COUNT(first) + i] = arguments[i];
	said = capture(argv, "quit\n", MATRIX_SECONDS_MAX, &status);
	refused = strstr(said, message) != NULL;
	free(said);
	return refused;
}

/* Adds @text, which is then freed, to a list with commas. */
static void append(char **list, char *text)
{
	char *longer = text_format("%s%s%s", *list, **list ? "," : "", text);

	free(*list);
	free(text);
	*list = longer;
}

static bool host_turns_on(const char *flag, enum irqchip irqchip)
{
	for (size_t i = 0; i < COUNT(host_exceptions); i++)
		if (!strcmp(host_exceptions[i].flag, flag))
			return host_exceptions[i].on[irqchip];
	return true;
}

/* Of the flags, those that -cpu host turns on by itself. @except: not this one, or NULL. The caller frees them. */
static char *host_flags(const struct flag_list *backed, enum irqchip irqchip, const char *except)
{
	char *list = text_format("%s", "");

	for (size_t i = 0; i < backed->count; i++)
		if (!(except && !strcmp(backed->names[i], except)) &&
		    host_turns_on(backed->names[i], irqchip))
			append(&list, text_format("%s", backed->names[i]));
	return list;
}

/* Sets a value if it is not "", and frees it. */
static void set(struct config *config, enum config_key key, char *value)
{
	if (*value)
		config_set(config, key, value);
	free(value);
}

static void set_params(struct config *config, const char *machine, enum irqchip irqchip, const char *cpu)
{
	set(config, CONFIG_QEMU_PARAMS,
	    text_format("-machine %s,kernel-irqchip=%s -bios qboot.rom -m 32 -cpu %s", machine,
			irqchips[irqchip], cpu));
}

/* One flag on, and all others off; with @keep, which may be NULL, on too. Lists and @cpu as for append(). */
static void only_flag(const struct flag_list *switches, const char *flag, const char *keep, char **features,
		      char **absent, char **cpu)
{
	for (size_t i = 0; i < switches->count; i++) {
		const char *other = switches->names[i];
		bool on = !strcmp(other, flag) || (keep && !strcmp(other, keep));

		append(on ? features : absent, text_format("%s", other));
		append(cpu, text_format("%s=%s", other, on ? "on" : "off"));
	}
}

static void make_flag_config(struct maker *m, bool only, const char *flag, bool enforce)
{
	const char *kind = only ? "only" : "without";
	enum irqchip irqchip = strcmp(flag, "kvm-msi-ext-dest-id") ? IRQCHIP_ON : IRQCHIP_SPLIT;
	char *name = text_format("%s-%s%s", kind, flag, enforce ? "-enforced" : "");
	char *cpu = text_format("%s%s", CPU, enforce ? ",kvm-pv-enforce-cpuid=on" : "");
	char *features, *absent = text_format("%s", "");
	struct config *config = config_add(&m->matrix->configs, name, 0);

	if (only) {
		features = text_format("%s", "");
		only_flag(&m->flags.switches, flag, enforce && !m->clockless ? "kvmclock" : NULL, &features,
			  &absent, &cpu);
	} else {
		features = host_flags(&m->flags.backed, irqchip, flag);
		append(&absent, text_format("%s", flag));
		append(&cpu, text_format("%s=off", flag));
	}
	set(config, CONFIG_GROUPS, text_format("matrix %s%s", kind, enforce ? " enforced" : ""));
	config_set(config, CONFIG_ACCEL, "kvm");
	config_set(config, CONFIG_ENFORCE, enforce ? "on" : "off");
	set(config, CONFIG_FEATURES, features);
	set(config, CONFIG_ABSENT, absent);
	config_set(config, CONFIG_MAY_REFUSE, CLOCK_REFUSAL);
	set_params(config, "pc", irqchip, cpu);
	free(name);
	free(cpu);
}

static void make_flag_configs(struct maker *m, bool enforce)
{
	for (int only = 0; only <= 1; only++)
		for (size_t i = 0; i < m->flags.backed.count; i++)
			make_flag_config(m, only, m->flags.backed.names[i], enforce);
}

/* QEMU 7.2 with its own local APICs and a second vCPU never releases its own lock. */
static bool is_possible(const unsigned int *row)
{
	return row[IRQCHIP] != IRQCHIP_OFF || row[SMP] == 0;
}

static void make_pair_config(struct maker *m, const unsigned int *row)
{
	const char *smp = smps[row[SMP]], *machine = machines[row[MACHINE]];
	char *name = text_format("pair-%s-smp%s-%s%s", irqchips[row[IRQCHIP]], smp, machine,
				 row[HYPERV] ? "-hyperv" : "");
	char *cpu = text_format("%s%s", row[IRQCHIP] == IRQCHIP_OFF ? CPU_IRQCHIP_OFF : CPU,
				row[HYPERV] ? "," HYPERV_FLAGS : "");
	struct config *config = config_add(&m->matrix->configs, name, 0);

	config_set(config, CONFIG_GROUPS, "matrix pair");
	config_set(config, CONFIG_ACCEL, "kvm");
	config_set(config, CONFIG_SMP, smp);
	set(config, CONFIG_FEATURES, host_flags(&m->flags.backed, row[IRQCHIP], NULL));
	if (row[HYPERV])
		config_set(config, CONFIG_MAY_REFUSE, HYPERV_REFUSAL);
	if (!strcmp(machine, "microvm"))
		config_set(config, CONFIG_CONSOLE, "serial");
	set_params(config, machine, row[IRQCHIP], cpu);
	free(name);
	free(cpu);
}

static void make_pair_configs(struct maker *m)
{
	static const char *const irqchip_off[QEMU_ARGUMENTS_MAX] = {"-machine", "pc,kernel-irqchip=off",
								    "-cpu", CPU_IRQCHIP_OFF};
	unsigned int sizes[DIMENSIONS] =
		{[IRQCHIP] = IRQCHIPS, [SMP] = COUNT(smps), [MACHINE] = COUNT(machines), [HYPERV] = 2};
	unsigned int *rows;
	size_t count;

	/* A configuration that QEMU never starts would cover nothing. */
	if (refuses(m->qemu, IRQCHIP_REFUSAL, irqchip_off)) {
		leave_out(m->matrix, text_format("kernel-irqchip=off: QEMU says \"" IRQCHIP_REFUSAL "\""));
		sizes[IRQCHIP] = IRQCHIP_OFF;
	}
	rows = pairwise(sizes, DIMENSIONS, is_possible, &count);
	for (size_t i = 0; i < count; i++)
		make_pair_config(m, &rows[i * DIMENSIONS]);
	free(rows);
}

static void make_enforced_configs(struct maker *m)
{
	static const char *const clockless[QEMU_ARGUMENTS_MAX] = {"-cpu", CPU
								  ",kvm-pv-enforce-cpuid=on,kvmclock=off"};

	m->clockless = !refuses(m->qemu, CLOCK_REFUSAL, clockless);
	if (!m->clockless)
		leave_out(m->matrix,
			  text_format("only-FLAG-enforced without kvmclock: QEMU says \"" CLOCK_REFUSAL
				      "\""));
	make_flag_configs(m, true);
}

char *matrix_make(struct matrix *matrix, const char *qemu, const char *offer)
{
	struct maker m = {.matrix = matrix, .qemu = qemu};
	char *wrong;

	*matrix = (struct matrix){0};
	config_init(&matrix->configs);
	wrong = matrix_flags_ask(&m.flags, qemu, offer);
	if (!wrong) {
		for (size_t i = 0; i < m.flags.left_out.count; i++)
			leave_out(matrix, text_format("%s", m.flags.left_out.names[i]));
		make_flag_configs(&m, false);
		if (m.flags.enforce)
			make_enforced_configs(&m);
		make_pair_configs(&m);
	}
	matrix_flags_free(&m.flags);
	return wrong;
}

void matrix_free(struct matrix *matrix)
{
	for (size_t i = 0; i < matrix->left_out_count; i++)
		free(matrix->left_out[i]);
	free(matrix->left_out);
	config_free(&matrix->configs);
	*matrix = (struct matrix){0};
}
