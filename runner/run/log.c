/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/run/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/common/text.h"

/*
 * A bound for what is kept in memory: QEMU's messages, and among them those that wait for COM1 to
 * complete a line.
 */
#define TEXT_MAX 65536

static void echo_line(void *context, const char *line, size_t length)
{
	struct log *l = context;
	char *text = text_printable(line, length && line[length - 1] == '\r' ? length - 1 : length);

	l->echo(l->context, text);
	free(text);
}

static void log_write(struct log *l, const char *bytes, size_t length)
{
	if (l->echo)
		lines_feed(&l->echoed, bytes, length, echo_line, l);
	while (l->fd >= 0 && !l->error && length) {
		ssize_t done = write(l->fd, bytes, length);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0) {
			l->error = errno;
			break;
		}
		bytes += done;
		length -= (size_t)done;
	}
}

static void write_waiting(struct log *l)
{
	log_write(l, l->waiting, strlen(l->waiting));
	*l->waiting = '\0';
	l->waiting_full = false;
}

static void write_line(struct log *l, const char *prefix, const char *text)
{
	char *all;

	l->bytes += strlen(prefix) + strlen(text) + 1;
	if (l->waiting_full)
		return;
	all = text_format("%s%s%s\n", l->waiting, prefix, text);
	free(l->waiting);
	l->waiting = all;
	if (!l->mid_line)
		write_waiting(l);
	else if (strlen(all) > TEXT_MAX)
		l->waiting_full = true;
}

bool log_open(struct log *l, const char *path, log_echo *echo, void *context)
{
	*l = (struct log){.fd = -1,
			  .echo = echo,
			  .context = context,
			  .waiting = text_format("%s", ""),
			  .qemu_part = text_format("%s", ""),
			  .qemu_text = text_format("%s", "")};
	if (echo)
		lines_init(&l->echoed, TEXT_MAX);
	if (!path)
		return true;
	l->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	return l->fd >= 0;
}

void log_com1(struct log *l, const char *bytes, size_t length)
{
	const char *end = memrchr(bytes, '\n', length);
	size_t whole = end ? (size_t)(end - bytes) + 1 : 0;

	l->bytes += length;
	if (end && *l->waiting) {
		log_write(l, bytes, whole);
		write_waiting(l);
		log_write(l, bytes + whole, length - whole);
	} else {
		log_write(l, bytes, length);
	}
	if (length)
		l->mid_line = bytes[length - 1] != '\n';
}

void log_qemu(struct log *l, const char *bytes, size_t length)
{
	char *clean = text_format("%s%.*s", l->qemu_part, (int)length, bytes);
	char *line = clean, *end;

	while ((end = strchr(line, '\n'))) {
		free(l->qemu_last);
		l->qemu_last = text_printable(line, (size_t)(end - line));
		write_line(l, "qemu: ", l->qemu_last);
		if (l->qemu_text_length < TEXT_MAX) {
			char *all = text_format("%s%s\n", l->qemu_text, l->qemu_last);

			free(l->qemu_text);
			l->qemu_text = all;
			l->qemu_text_length = strlen(all);
		}
		line = end + 1;
	}
	free(l->qemu_part);
	l->qemu_part = text_copy(line, TEXT_MAX);
	free(clean);
}

void log_remark(struct log *l, const char *fmt, ...)
{
	char *text;
	va_list args;

	va_start(args, fmt);
	text = text_vformat(fmt, args);
	va_end(args);
	write_line(l, "pvrun: ", text);
	free(text);
}

void log_close(struct log *l)
{
	if (*l->qemu_part)
		log_qemu(l, "\n", 1);
	if (l->mid_line && *l->waiting)
		log_write(l, "\n", 1);
	write_waiting(l);
	if (l->echo) {
		lines_finish(&l->echoed, echo_line, l);
		lines_free(&l->echoed);
	}
	if (l->fd >= 0 && close(l->fd) && !l->error)
		l->error = errno;
	l->fd = -1;
	free(l->waiting);
	free(l->qemu_part);
	l->waiting = l->qemu_part = NULL;
}
