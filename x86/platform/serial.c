/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/platform/serial.h"

#include "x86/cpu/processor.h"

#define COM1 0x3f8
/* Registers of the 16550, as offsets from its base. */
#define UART_DATA	   0
#define UART_IER	   1
#define UART_FCR	   2
#define UART_LCR	   3
#define UART_MCR	   4
#define UART_LSR	   5
#define UART_FCR_ENABLE	   0x07 /* FIFOs on and empty */
#define UART_LCR_8N1	   0x03
#define UART_LCR_DLAB	   0x80
#define UART_MCR_DTR_RTS   0x03
#define UART_LSR_THR_EMPTY BIT(5)
#define UART_LSR_ALL_SENT  BIT(6)
#define UART_FIFO	   16

/* 16 bytes take 1.4 ms at 115200 baud; a virtual UART whose reader is slow may take far longer. */
#define POLLS_MAX 100000

void serial_init(void)
{
	outb(0, COM1 + UART_IER);
	outb(UART_LCR_DLAB, COM1 + UART_LCR);
	outb(1, COM1 + UART_DATA); /* divisor 1: 115200 baud */
	outb(0, COM1 + UART_IER);
	outb(UART_LCR_8N1, COM1 + UART_LCR);
	outb(UART_FCR_ENABLE, COM1 + UART_FCR);
	outb(UART_MCR_DTR_RTS, COM1 + UART_MCR);
}

static void wait_for(u8 status)
{
	for (unsigned int i = 0; i < POLLS_MAX && !(inb(COM1 + UART_LSR) & status); i++)
		pause();
}

void serial_write(const char *bytes, size_t length)
{
	while (length) {
		size_t burst = MIN(length, (size_t)UART_FIFO);

		length -= burst;
		wait_for(UART_LSR_THR_EMPTY);
		/* Not REP OUTSB: hypervisors emulate it in software, byte by byte, which takes twice as long. */
		for (; burst; burst--)
			outb((u8)*bytes++, COM1 + UART_DATA);
	}
}

void serial_drain(void)
{
	wait_for(UART_LSR_ALL_SENT);
}
