/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/platform/virtio_console.h"

#include "lib/string.h"
#include "x86/cpu/pages.h"
#include "x86/cpu/processor.h"
#include "x86/cpu/timer.h"
#include "x86/platform/pci.h"

/* No PC chipset has ports from here on; SeaBIOS assigns from here, too. A console has less than 256 ports. */
#define UNASSIGNED_IO_BASE	0xc000
#define IO_BYTES		0x100
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

#define RECEIVE_QUEUE	   0
#define TRANSMIT_QUEUE	   1
#define RECEIVE_SLOTS	   4
#define TRANSMIT_SLOTS	   64 /* lines in flight at a time; queues may be far longer */
#define DEVICE_WRITES	   2 /* in a descriptor's flags */
#define AVAIL_NO_INTERRUPT 1
#define BUFFER_SIZE	   512
#define WAIT_MS		   2000 /* the VMM is a process, which may not get a CPU for a while */

struct virtio_descriptor {
	u64 address;
	u32 length;
	u16 flags, next;
};

struct virtio_available {
	u16 flags, index;
	u16 ring[];
};

struct virtio_used {
	u16 flags, index;
	struct {
		u32 descriptor, length;
	} ring[];
};

struct virtio_console virtio_log;

static bool find_device(struct virtio_console *console, unsigned int number)
{
	u32 device = pci_find(TRANSITIONAL_CONSOLE_ID), bar;

	for (unsigned int i = 0; i < number && device != PCI_NONE; i++)
		device = pci_find_from(device + 1, TRANSITIONAL_CONSOLE_ID);
	bar = device == PCI_NONE ? 0 : pci_read(device, PCI_BAR0);
	if (!(bar & PCI_BAR_IO))
		return false;
	console->io_base = (u16)(bar & ~3u);
	if (!console->io_base) { /* qboot assigns no addresses */
		console->io_base = (u16)(UNASSIGNED_IO_BASE + number * IO_BYTES);
		pci_write(device, PCI_BAR0, console->io_base);
	}
	pci_write(device, PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_OFF);
	return true;
}

static size_t pages_for(size_t bytes)
{
	return (bytes + PAGE_SIZE - 1) / PAGE_SIZE;
}

/* Descriptors and available ring together, then on the next page the used ring: the legacy interface's layout. */
static bool set_up_queue(const struct virtio_console *console, struct virtio_queue *q, u16 number, u16 slots)
{
	size_t head_pages, used_pages;
	u8 *queue;
	u16 size;

	outw(number, console->io_base + QUEUE_SELECT);
	size = inw(console->io_base + QUEUE_SIZE);
	if (!size)
		return false;
	q->slots = MIN(size, slots);
	head_pages =
		pages_for(size * sizeof(*q->descriptors) + sizeof(*q->available) + (size + 1u) * sizeof(u16));
	used_pages = pages_for(sizeof(*q->used) + size * sizeof(q->used->ring[0]) + sizeof(u16));
	queue = pages_alloc(head_pages + used_pages);
	q->buffers = pages_alloc(pages_for((size_t)q->slots * BUFFER_SIZE));
	if (!queue || !q->buffers)
		return false;
	q->descriptors = (struct virtio_descriptor *)queue;
	q->available = (struct virtio_available *)(q->descriptors + size);
	q->used = (volatile struct virtio_used *)(queue + head_pages * PAGE_SIZE);
	q->available->flags = AVAIL_NO_INTERRUPT;
	outl((u32)((u64)queue / PAGE_SIZE), console->io_base + QUEUE_PFN);
	q->size = size;
	return true;
}

static char *next_buffer(const struct virtio_queue *q)
{
	return q->buffers + (size_t)(q->available->index % q->slots) * BUFFER_SIZE;
}

/* Offer the next buffer to the device: to read length bytes from it, or to write as many to it. */
static void offer(const struct virtio_console *console, const struct virtio_queue *q, u16 number, u32 length)
{
	u16 slot = q->available->index % q->slots;

	q->descriptors[slot] = (struct virtio_descriptor){
		.address = (u64)next_buffer(q),
		.length = length,
		.flags = number == RECEIVE_QUEUE ? DEVICE_WRITES : 0,
	};
	q->available->ring[q->available->index % q->size] = slot;
	__atomic_store_n(&q->available->index, q->available->index + 1, __ATOMIC_SEQ_CST);
	outw(number, console->io_base + QUEUE_NOTIFY);
}

bool virtio_console_init(struct virtio_console *console, unsigned int number)
{
	if (!find_device(console, number))
		return false;
	outb(0, console->io_base + STATUS);
	outb(STATUS_ACKNOWLEDGE | STATUS_DRIVER, console->io_base + STATUS);
	outl(0, console->io_base + GUEST_FEATURES);
	if (!set_up_queue(console, &console->receive, RECEIVE_QUEUE, RECEIVE_SLOTS) ||
	    !set_up_queue(console, &console->transmit, TRANSMIT_QUEUE, TRANSMIT_SLOTS))
		return false;
	outb(STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_DRIVER_OK, console->io_base + STATUS);
	for (unsigned int i = 0; i < console->receive.slots; i++)
		offer(console, &console->receive, RECEIVE_QUEUE, BUFFER_SIZE);
	return true;
}

bool virtio_console_ready(const struct virtio_console *console)
{
	return console->transmit.size != 0;
}

static u16 in_flight(const struct virtio_queue *q)
{
	return (u16)(READ_ONCE(q->available->index) - q->used->index);
}

void virtio_console_write(struct virtio_console *console, const char *bytes, size_t length)
{
	struct virtio_queue *q = &console->transmit;

	timer_wait_until(in_flight(q) < q->slots, WAIT_MS);
	length = MIN(length, (size_t)BUFFER_SIZE);
	memcpy(next_buffer(q), bytes, length);
	offer(console, q, TRANSMIT_QUEUE, (u32)length);
}

/* The device fills buffers in the order in which they were offered. */
size_t virtio_console_read(struct virtio_console *console, char *bytes, size_t size)
{
	const struct virtio_queue *q = &console->receive;
	u32 filled, length;

	if (console->received == q->used->index)
		return 0;
	filled = MIN(q->used->ring[console->received % q->size].length, (u32)BUFFER_SIZE);
	length = (u32)MIN((size_t)(filled - console->read), size);
	memcpy(bytes, q->buffers + (size_t)(console->received % q->slots) * BUFFER_SIZE + console->read,
	       length);
	console->read += length;
	if (console->read == filled) {
		console->read = 0;
		console->received++;
		offer(console, q, RECEIVE_QUEUE, BUFFER_SIZE);
	}
	return length;
}

void virtio_console_drain(const struct virtio_console *console)
{
	timer_wait_until(!in_flight(&console->transmit), WAIT_MS);
}
