/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VMM that is not QEMU, to try the kernel on a machine as cloud VMMs make them: PVH, COM1, hardware-reduced ACPI, one
 * vCPU, and nothing else. Ports and memory without a device read 0. The log goes to standard output.
 *
 *   vmm [OPTION...] KERNEL [ARGUMENTS-FOR-THE-KERNEL]
 *
 * --no-pm-timer
 * --x2apic: the local APIC is in x2APIC mode from the start, as firmware may leave it.
 * --hypercall-exits: take KVM_HC_MAP_GPA_RANGE, and return a sum of what came: tests/map_gpa_range.c.
 * --quirks-off=MASK: switch off these of KVM's quirks (KVM_X86_QUIRK_...).
 * --enforce: have KVM enforce CPUID, as is asked for after CPUID is set.
 * --hide=MASK: leave these bits out of KVM's features in CPUID.
 * Exit status: 0 the guest powered the machine off, 3 reset it, 4 crashed; 2 this program cannot run.
 */
#include <elf.h>
#include <err.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/kvm_para.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "selftest/vmm/tables.h"

enum { POWERED_OFF = 0, CANNOT_RUN = 2, RESET = 3, CRASHED = 4 };

#define MEMORY_SIZE	   (64ul << 20)
#define PHYS32_ENTRY	   18 /* of notes with the name "Xen" */
#define TSS_ADDRESS	   0xfffbd000
#define CPUID_ENTRIES	   256
#define CPUID_1_X2APIC	   (1u << 21)
#define CPUID_1_HYPERVISOR (1u << 31)
#define APIC_BASE_X2APIC   (1ull << 10)
#define COM1		   0x3f8
#define COM1_LSR	   0x3fd
#define LSR_ALL_SENT	   0x60
#define KBD_COMMAND	   0x64
#define KBD_RESET	   0xfe
#define PM_TIMER_HZ	   3579545
#define POWER_OFF_US	   100000

static uint8_t *memory;
static bool pm_timer = true, x2apic, hypercall_exits, enforce;
static unsigned long quirks_off, hidden;

static int control(int fd, unsigned long request, const char *name, uintptr_t argument)
{
	int result = ioctl(fd, request, argument);

	if (result < 0)
		err(CANNOT_RUN, "%s", name);
	return result;
}

#define CONTROL(fd, request, argument) control(fd, request, #request, (uintptr_t)(argument))

static void enable(int fd, uint32_t capability, uint64_t argument)
{
	struct kvm_enable_cap cap = {.cap = capability, .args = {argument}};

	CONTROL(fd, KVM_ENABLE_CAP, &cap);
}

/* Where notes[0..size) say that a PVH guest begins; 0: they do not. */
static uint32_t find_entry(const uint8_t *notes, size_t size)
{
	for (size_t at = 0; at + sizeof(Elf64_Nhdr) <= size;) {
		const Elf64_Nhdr *note = (const void *)(notes + at);
		size_t name = at + sizeof(*note), value = name + ((note->n_namesz + 3u) & ~3u);
		uint32_t entry;

		if (note->n_type == PHYS32_ENTRY && note->n_namesz == 4 && value + sizeof(entry) <= size &&
		    !memcmp(notes + name, "Xen", 4)) {
			memcpy(&entry, notes + value, sizeof(entry));
			return entry;
		}
		at = value + ((note->n_descsz + 3u) & ~3u);
	}
	return 0;
}

/* Returns the entry. The file is our own build's: it is not checked as another's would have to be. */
static uint32_t load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const Elf64_Ehdr *elf;
	const Elf64_Phdr *part;
	struct stat status;
	uint32_t entry = 0;

	if (fd < 0 || fstat(fd, &status))
		err(CANNOT_RUN, "%s", path);
	elf = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (elf == MAP_FAILED || (size_t)status.st_size < sizeof(*elf) ||
	    elf->e_ident[EI_CLASS] != ELFCLASS64)
		errx(CANNOT_RUN, "%s: no 64-bit ELF file", path);
	part = (const void *)((const uint8_t *)elf + elf->e_phoff);
	for (unsigned int i = 0; i < elf->e_phnum; i++) {
		const uint8_t *from = (const uint8_t *)elf + part[i].p_offset;

		if (part[i].p_type == PT_NOTE)
			entry = find_entry(from, part[i].p_filesz);
		if (part[i].p_type != PT_LOAD)
			continue;
		if (part[i].p_paddr > MEMORY_SIZE || part[i].p_memsz > MEMORY_SIZE - part[i].p_paddr)
			errx(CANNOT_RUN, "%s: it does not fit into memory", path);
		memcpy(memory + part[i].p_paddr, from, part[i].p_filesz);
	}
	if (!entry)
		errx(CANNOT_RUN, "%s: no PVH entry", path);
	close(fd);
	return entry;
}

static void set_cpuid(int kvm, int cpu)
{
	struct kvm_cpuid2 *cpuid =
		calloc(1, sizeof(*cpuid) + CPUID_ENTRIES * sizeof(struct kvm_cpuid_entry2));

	if (!cpuid)
		err(CANNOT_RUN, "memory");
	cpuid->nent = CPUID_ENTRIES;
	CONTROL(kvm, KVM_GET_SUPPORTED_CPUID, cpuid);
	for (unsigned int i = 0; i < cpuid->nent; i++) {
		struct kvm_cpuid_entry2 *leaf = &cpuid->entries[i];

		if (leaf->function == 1)
			leaf->ecx |= CPUID_1_HYPERVISOR | CPUID_1_X2APIC;
		if (leaf->function == KVM_CPUID_FEATURES && hypercall_exits)
			leaf->eax |= 1u << KVM_FEATURE_HC_MAP_GPA_RANGE;
		if (leaf->function == KVM_CPUID_FEATURES)
			leaf->eax &= ~(uint32_t)hidden;
	}
	CONTROL(cpu, KVM_SET_CPUID2, cpuid);
	free(cpuid);
}

/* Protected mode without paging, and flat segments. */
static void set_registers(int cpu, uint32_t entry, uint32_t start_info)
{
	struct kvm_segment code =
		{.limit = ~0u, .selector = 8, .type = 11, .present = 1, .db = 1, .s = 1, .g = 1};
	struct kvm_segment data = code;
	struct kvm_regs registers = {.rip = entry, .rbx = start_info, .rflags = 2};
	struct kvm_sregs system;

	data.type = 3;
	data.selector = 16;
	CONTROL(cpu, KVM_GET_SREGS, &system);
	system.cs = code;
	system.ds = system.es = system.ss = system.fs = system.gs = data;
	system.cr0 = 1;
	if (x2apic)
		system.apic_base |= APIC_BASE_X2APIC;
	CONTROL(cpu, KVM_SET_SREGS, &system);
	CONTROL(cpu, KVM_SET_REGS, &registers);
}

static void power_off(int signal)
{
	(void)signal;
	_exit(POWERED_OFF);
}

/* Some time after the guest asked for it, in which the guest runs on: other VMMs do this in another thread. */
static void power_off_soon(void)
{
	const struct itimerval soon = {.it_value.tv_usec = POWER_OFF_US};

	signal(SIGALRM, power_off);
	setitimer(ITIMER_REAL, &soon, NULL);
}

static uint32_t pm_timer_count(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (uint32_t)((uint64_t)now.tv_sec * PM_TIMER_HZ +
			  (uint64_t)now.tv_nsec * PM_TIMER_HZ / 1000000000);
}

static void on_write(uint16_t port, uint8_t value)
{
	if (port == COM1 && write(STDOUT_FILENO, &value, 1) != 1)
		err(CANNOT_RUN, "standard output");
	if (port == SLEEP_PORT && value == SLEEP_S5)
		power_off_soon();
	if ((port == SLEEP_PORT && value == RESET_VALUE) || (port == KBD_COMMAND && value == KBD_RESET))
		exit(RESET);
}

static uint32_t on_read(uint16_t port)
{
	if (port == COM1_LSR)
		return LSR_ALL_SENT;
	return port == PM_TIMER_PORT && pm_timer ? pm_timer_count() : 0;
}

static void on_port(struct kvm_run *run)
{
	uint8_t *at = (uint8_t *)run + run->io.data_offset;

	for (uint32_t i = 0; i < run->io.count; i++, at += run->io.size) {
		uint32_t value;

		if (run->io.direction == KVM_EXIT_IO_OUT) {
			on_write(run->io.port, *at);
			continue;
		}
		value = on_read(run->io.port);
		memcpy(at, &value, run->io.size);
	}
}

/* Without attributes it is the success of a VMM that has nothing to do; else tests/map_gpa_range.c knows the sum. */
static void on_hypercall(struct kvm_run *run)
{
	static uint64_t calls;
	const __u64 *args = run->hypercall.args;

	calls++;
	run->hypercall.ret = args[2] ? run->hypercall.nr + 3 * args[0] + 5 * args[1] + 7 * args[2] +
					       11 * run->hypercall.longmode + 13 * calls :
				       0;
}

static _Noreturn void run_vcpu(int cpu, struct kvm_run *run)
{
	for (;;) {
		CONTROL(cpu, KVM_RUN, 0);
		switch (run->exit_reason) {
		case KVM_EXIT_IO:
			on_port(run);
			break;
		case KVM_EXIT_MMIO:
			if (!run->mmio.is_write)
				memset(run->mmio.data, 0, sizeof(run->mmio.data));
			break;
		case KVM_EXIT_HYPERCALL:
			on_hypercall(run);
			break;
		default:
			warnx("exit reason %u", run->exit_reason);
			exit(CRASHED);
		}
	}
}

static void set_option(const char *option)
{
	const char quirks[] = "--quirks-off=", hide[] = "--hide=";

	if (!strcmp(option, "--no-pm-timer"))
		pm_timer = false;
	else if (!strcmp(option, "--x2apic"))
		x2apic = true;
	else if (!strcmp(option, "--hypercall-exits"))
		hypercall_exits = true;
	else if (!strcmp(option, "--enforce"))
		enforce = true;
	else if (!strncmp(option, quirks, strlen(quirks)))
		quirks_off = strtoul(option + strlen(quirks), NULL, 0);
	else if (!strncmp(option, hide, strlen(hide)))
		hidden = strtoul(option + strlen(hide), NULL, 0);
	else
		errx(CANNOT_RUN, "unknown option %s", option);
}

int main(int argc, char **argv)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm, cpu;
	struct kvm_userspace_memory_region region = {.memory_size = MEMORY_SIZE};
	struct kvm_run *run;
	uint32_t entry;

	if (kvm < 0)
		err(CANNOT_RUN, "/dev/kvm");
	for (argv++; argc > 1 && argv[0][0] == '-'; argc--, argv++)
		set_option(argv[0]);
	if (argc < 2)
		errx(CANNOT_RUN, "usage: vmm [OPTION...] KERNEL [ARGUMENTS-FOR-THE-KERNEL]");
	memory = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		err(CANNOT_RUN, "memory");

	vm = CONTROL(kvm, KVM_CREATE_VM, 0);
	CONTROL(vm, KVM_SET_TSS_ADDR, TSS_ADDRESS);
	CONTROL(vm, KVM_CREATE_IRQCHIP, 0);
	if (hypercall_exits)
		enable(vm, KVM_CAP_EXIT_HYPERCALL, 1 << KVM_HC_MAP_GPA_RANGE);
	if (quirks_off)
		enable(vm, KVM_CAP_DISABLE_QUIRKS2, quirks_off);
	region.userspace_addr = (uintptr_t)memory;
	CONTROL(vm, KVM_SET_USER_MEMORY_REGION, &region);
	cpu = CONTROL(vm, KVM_CREATE_VCPU, 0);
	run = mmap(NULL, (size_t)CONTROL(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE, MAP_SHARED,
		   cpu, 0);
	if (run == MAP_FAILED)
		err(CANNOT_RUN, "vCPU");
	set_cpuid(kvm, cpu);
	if (enforce)
		enable(cpu, KVM_CAP_ENFORCE_PV_FEATURE_CPUID, 1);
	entry = load(argv[0]);
	set_registers(cpu, entry, tables_write(memory, MEMORY_SIZE, argc > 2 ? argv[1] : "", pm_timer));
	run_vcpu(cpu, run);
}
