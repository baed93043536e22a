/* SPDX-License-Identifier: BSD-2-Clause */
/* Bochs insists on the ROM of a graphics card. This one does nothing: 512 bytes whose sum is 0. */
	.byte 0x55, 0xaa, 1
	.byte 0xcb /* lret */
	.byte 0x35
	.org 512
