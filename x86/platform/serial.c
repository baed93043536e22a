/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/platform/serial.h"

#include "x86/cpu/processor.h"

/* Registers of the 16550, as offsets from its base. */
#define UART_DATA	   0
#define UART_IER	   1
#define UART_FCR	   2
#define UART_LCR	   3
#define UART_MCR	   4
#define UART_LSR	   5
#define UART_SCRATCH	   7
#define UART_FCR_ENABLE	   0x07 /* FIFOs on and empty */
#define UART_LCR_8N1	   0x03
#define UART_LCR_DLAB	   0x80
#define UART_MCR_DTR_RTS   0x03
#define UART_LSR_RECEIVED  BIT(0)
#define UART_LSR_THR_EMPTY BIT(5)
#define UART_LSR_ALL_SENT  BIT(6)
#define UART_FIFO	   16

/* 16 bytes take 1.4 ms at 115200 baud; a virtual UART whose reader is slow may take far longer. */
#define POLLS_MAX 100000

void serial_init(u16 port)
{
	outb(0, port + UART_IER);
	outb(UART_LCR_DLAB, port + UART_LCR);
	outb(1, port + UART_DATA); /* divisor 1: 115200 baud */
	outb(0, port + UART_IER);
	outb(UART_LCR_8N1, port + UART_LCR);
	outb(UART_FCR_ENABLE, port + UART_FCR);
	outb(UART_MCR_DTR_RTS, port + UART_MCR);
}

bool serial_is_there(u16 port)
{
	outb(0x5a, port + UART_SCRATCH);
	return inb(port + UART_SCRATCH) == 0x5a;
}

static void wait_for(u16 port, u8 status)
{
	for (unsigned int i = 0; i < POLLS_MAX && !(inb(port + UART_LSR) & status); i++)
		pause();
}

void serial_write(u16 port, const char *bytes, size_t length)
{
	while (length) {
		size_t burst = MIN(length, (size_t)UART_FIFO);

		length -= burst;
		wait_for(port, UART_LSR_THR_EMPTY);
		/* Not REP OUTSB: hypervisors emulate it in software, byte by byte, which takes twice as long. */
		for (; burst; burst--)
			outb((u8)*bytes++, port + UART_DATA);
	}
}

size_t serial_read(u16 port, char *bytes, size_t size)
{
	size_t length = 0;

	while (length < size && inb(port + UART_LSR) & UART_LSR_RECEIVED)
		bytes[length++] = (char)inb(port + UART_DATA);
	return length;
}

void serial_drain(u16 port)
{
	wait_for(port, UART_LSR_ALL_SENT);
}
