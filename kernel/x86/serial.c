/* SPDX-License-Identifier: MIT */
#include "x86/serial.h"

#include "lib/spinlock.h"
#include "x86/insn.h"

#define COM1 0x3f8
#define LINE_STATUS (COM1 + 5)
#define TRANSMIT_IS_EMPTY 0x20
#define FIFO_SIZE 16

static struct spinlock serial_lock = SPINLOCK_INIT("serial");

void serial_init(void)
{
	out8(COM1 + 1, 0);    /* no interrupts */
	out8(COM1 + 3, 0x80); /* divisor: */
	out8(COM1 + 0, 1);    /* 115200 */
	out8(COM1 + 1, 0);
	out8(COM1 + 3, 0x03); /* 8 bits, no parity, one stop bit */
	out8(COM1 + 2, 0xc7); /* FIFOs */
}

void serial_write(const char *bytes, size_t n)
{
	uint64_t flags = spin_lock(&serial_lock);

	for (size_t i = 0; i < n; i++) {
		/* Empty: then there is room for as many as the FIFO holds. */
		while (i % FIFO_SIZE == 0 && !(in8(LINE_STATUS) & TRANSMIT_IS_EMPTY))
			cpu_pause();
		out8(COM1, (uint8_t)bytes[i]);
	}
	spin_unlock(&serial_lock, flags);
}

void serial_break_lock(void)
{
	spin_reset(&serial_lock);
}
