/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kvm-probe: does this machine's KVM work? A node in /dev proves little, so a VM of one page runs
 * to its exit. Exit status 0: it does. 77: it does not, and one line on stdout says why.
 *
 * kvm-probe --vcpu-tsc-hz: the frequency that vCPUs' TSCs have if the VMM sets no other one.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "runner/common/exit_status.h"
#include "runner/common/options.h"

#define PAGE	      4096
#define CODE_ADDRESS  0x1000
#define PORT	      0x10
#define BOUND_SECONDS 10

static void __attribute__((noreturn)) unusable(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	exit(STATUS_NOTHING_VALIDATED);
}

static void alarm_rang(int signal)
{
	(void)signal; /* it is there to interrupt KVM_RUN */
}

static int checked(int result, const char *what)
{
	if (result < 0)
		unusable(what);
	return result;
}

static int make_vcpu(int vm)
{
	static const unsigned char code[] = {0xe6, PORT}; /* out %al, $PORT */
	struct kvm_userspace_memory_region memory = {
		.guest_phys_addr = CODE_ADDRESS,
		.memory_size = PAGE,
	};
	struct kvm_regs regs = {.rip = CODE_ADDRESS, .rflags = 2};
	struct kvm_sregs sregs;
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int vcpu;

	if (page == MAP_FAILED)
		unusable("mmap");
	memcpy(page, code, sizeof(code));
	memory.userspace_addr = (unsigned long)page;
	/* Old Intel processors need a task state segment to run real mode at all. */
	checked(ioctl(vm, KVM_SET_TSS_ADDR, 0xfffbd000), "KVM_SET_TSS_ADDR");
	checked(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &memory), "KVM_SET_USER_MEMORY_REGION");
	vcpu = checked(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
	checked(ioctl(vcpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	checked(ioctl(vcpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
	checked(ioctl(vcpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");
	return vcpu;
}

/* Returns the exit status. */
static int probe(bool vcpu_tsc_hz)
{
	struct sigaction action = {.sa_handler = alarm_rang}; /* without SA_RESTART */
	int kvm = checked(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
	int vm = checked(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
	int vcpu = make_vcpu(vm);
	size_t size = (size_t)checked(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE");
	const struct kvm_run *run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);

	if (vcpu_tsc_hz) {
		printf("%d000\n", checked(ioctl(vcpu, KVM_GET_TSC_KHZ, 0), "KVM_GET_TSC_KHZ"));
		return 0;
	}
	if (run == MAP_FAILED)
		unusable("mmap of the vCPU");
	sigaction(SIGALRM, &action, NULL);
	alarm(BOUND_SECONDS);
	checked(ioctl(vcpu, KVM_RUN, 0), "KVM_RUN");
	if (run->exit_reason != KVM_EXIT_IO || run->io.port != PORT) {
		printf("/dev/kvm: a VM of one instruction ended with exit reason %u\n", run->exit_reason);
		return STATUS_NOTHING_VALIDATED;
	}
	return 0;
}

int main(int argc, char **argv)
{
	bool vcpu_tsc_hz = false;
	const struct option_row rows[] = {
		{OPTION_SET, 0, "vcpu-tsc-hz", NULL, &vcpu_tsc_hz,
		 "print the frequency that vCPUs' TSCs have if none is asked for, in Hz, instead"},
		{0},
	};
	const struct program_options options = {
		.name = "kvm-probe",
		.arguments = "[--vcpu-tsc-hz]",
		.purpose =
			"Finds out whether this machine's KVM works: a virtual machine of one instruction runs to its exit.",
		.rows = rows,
		.notes =
			"Exit status: 0 it does; 77 it does not, and one line on standard output says why.\n",
		.no_words = true,
	};

	options_parse(&options, argc, argv);
	return probe(vcpu_tsc_hz);
}
