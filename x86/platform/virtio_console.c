/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/platform/virtio_console.h"

#include "lib/string.h"
#include "x86/cpu/pages.h"
#include "x86/cpu/processor.h"
#include "x86/cpu/timer.h"
#include "x86/platform/pci.h"

/* No PC chipset has ports from here on; SeaBIOS assigns from here, too. */
#define UNASSIGNED_IO_BASE	0xc000
#define TRANSITIONAL_CONSOLE_ID 0x10031af4

/* Registers of the legacy interface, in the I/O BAR. */
#define GUEST_FEATURES	   4
#define QUEUE_PFN	   8
#define QUEUE_SIZE	   12
#define QUEUE_SELECT	   14
#define QUEUE_NOTIFY	   16
#define STATUS		   18
#define STATUS_ACKNOWLEDGE 1
#define STATUS_DRIVER	   2
#define STATUS_DRIVER_OK   4

#define TRANSMIT_QUEUE	   1
#define SLOTS_MAX	   64 /* lines in flight at a time; queues may be far longer */
#define AVAIL_NO_INTERRUPT 1
#define LINE_MAX	   512
#define WAIT_MS		   2000 /* the VMM is a process, which may not get a CPU for a while */

struct descriptor {
	u64 address;
	u32 length;
	u16 flags, next;
};

struct available {
	u16 flags, index;
	u16 ring[];
};

struct used {
	u16 flags, index; /* the elements that follow are not needed */
};

static u16 io_base;
static u16 size; /* of the queue */
static u16 slots; /* how many of the queue's are used at a time */
static struct descriptor *descriptors;
static struct available *available;
static volatile struct used *used;
static char (*lines)[LINE_MAX];

static bool find_device(void)
{
	u32 device = pci_find(TRANSITIONAL_CONSOLE_ID);
	u32 bar = device == PCI_NONE ? 0 : pci_read(device, PCI_BAR0);

	if (!(bar & PCI_BAR_IO))
		return false;
	io_base = (u16)(bar & ~3u);
	if (!io_base) { /* qboot assigns no addresses */
		io_base = UNASSIGNED_IO_BASE;
		pci_write(device, PCI_BAR0, io_base);
	}
	pci_write(device, PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_OFF);
	return true;
}

static size_t pages_for(size_t bytes)
{
	return (bytes + PAGE_SIZE - 1) / PAGE_SIZE;
}

/* Descriptors and available ring together, then on the next page the used ring: the legacy interface's layout. */
static bool set_up_queue(void)
{
	size_t head_pages, used_pages;
	u8 *queue;

	outw(TRANSMIT_QUEUE, io_base + QUEUE_SELECT);
	size = inw(io_base + QUEUE_SIZE);
	if (!size)
		return false;
	slots = MIN(size, (u16)SLOTS_MAX);
	head_pages = pages_for(size * sizeof(*descriptors) + sizeof(*available) + (size + 1u) * sizeof(u16));
	used_pages = pages_for(sizeof(*used) + size * 8u + sizeof(u16));
	queue = pages_alloc(head_pages + used_pages);
	lines = pages_alloc(pages_for((size_t)slots * LINE_MAX));
	if (!queue || !lines)
		return false;
	descriptors = (struct descriptor *)queue;
	available = (struct available *)(descriptors + size);
	used = (volatile struct used *)(queue + head_pages * PAGE_SIZE);
	available->flags = AVAIL_NO_INTERRUPT;
	outl((u32)((u64)queue / PAGE_SIZE), io_base + QUEUE_PFN);
	return true;
}

bool virtio_console_init(void)
{
	if (!find_device())
		return false;
	outb(0, io_base + STATUS);
	outb(STATUS_ACKNOWLEDGE | STATUS_DRIVER, io_base + STATUS);
	outl(0, io_base + GUEST_FEATURES);
	if (!set_up_queue()) {
		size = 0;
		return false;
	}
	outb(STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_DRIVER_OK, io_base + STATUS);
	return true;
}

bool virtio_console_ready(void)
{
	return size != 0;
}

static u16 in_flight(void)
{
	return (u16)(READ_ONCE(available->index) - used->index);
}

void virtio_console_write(const char *bytes, size_t length)
{
	u16 slot = available->index % slots;

	timer_wait_until(in_flight() < slots, WAIT_MS);
	length = MIN(length, (size_t)LINE_MAX);
	memcpy(lines[slot], bytes, length);
	descriptors[slot] = (struct descriptor){.address = (u64)lines[slot], .length = (u32)length};
	available->ring[available->index % size] = slot;
	__atomic_store_n(&available->index, available->index + 1, __ATOMIC_SEQ_CST);
	outw(TRANSMIT_QUEUE, io_base + QUEUE_NOTIFY);
}

void virtio_console_drain(void)
{
	timer_wait_until(!in_flight(), WAIT_MS);
}
