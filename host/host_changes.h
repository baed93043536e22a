/* SPDX-License-Identifier: BSD-2-Clause */
/* What is compared, and what has changed but is no test: kernel, QEMU, parameters, what guests see advertised. */
#ifndef HOST_HOST_CHANGES_H
#define HOST_HOST_CHANGES_H

#include <stdio.h>

#include "pairs.h"

void host_changes_print(const struct pairs *pairs, FILE *out);

#endif
