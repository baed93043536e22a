/* SPDX-License-Identifier: BSD-2-Clause */
/* The pair of 8259 interrupt controllers. The kernel keeps all of their inputs masked. */
#ifndef X86_PLATFORM_I8259_H
#define X86_PLATFORM_I8259_H

#define PIC_MASTER_MASK 0x21
#define PIC_SLAVE_MASK	0xa1

#endif
