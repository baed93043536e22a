/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/format.h"

#include "lib/string.h"

struct output {
	char *buf;
	size_t size;
	size_t length;
};

struct spec {
	bool left;
	bool zero;
	bool prefix;
	unsigned width;
	int precision; /* -1: none given */
	unsigned longs; /* how many 'l'; 'z' counts as one */
};

static void put(struct output *out, char c)
{
	if (out->length + 1 < out->size)
		out->buf[out->length] = c;
	out->length++;
}

static void put_padding(struct output *out, char c, size_t have, size_t want)
{
	for (; have < want; have++)
		put(out, c);
}

/* head is what precedes the zeros of a zero-padded number: a sign or "0x". */
static void put_field(struct output *out, const struct spec *spec, const char *head, const char *body,
		      size_t body_length)
{
	size_t length = strlen(head) + body_length;

	if (!spec->left && !spec->zero)
		put_padding(out, ' ', length, spec->width);
	for (; *head; head++)
		put(out, *head);
	if (!spec->left && spec->zero)
		put_padding(out, '0', length, spec->width);
	for (size_t i = 0; i < body_length; i++)
		put(out, body[i]);
	if (spec->left)
		put_padding(out, ' ', length, spec->width);
}

static void put_number(struct output *out, const struct spec *spec, const char *head, u64 value,
		       unsigned base)
{
	char digits[20]; /* 2^64 has 20 decimal digits */
	size_t at = sizeof(digits);

	do {
		digits[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	put_field(out, spec, head, digits + at, sizeof(digits) - at);
}

static void put_string(struct output *out, struct spec *spec, const char *text)
{
	size_t length = 0;

	if (!text)
		text = "(null)";
	while ((spec->precision < 0 || length < (size_t)spec->precision) && text[length])
		length++;
	spec->zero = false;
	put_field(out, spec, "", text, length);
}

static const char *parse_spec(const char *fmt, struct spec *spec)
{
	*spec = (struct spec){.precision = -1};
	for (;; fmt++) {
		if (*fmt == '-')
			spec->left = true;
		else if (*fmt == '0')
			spec->zero = true;
		else if (*fmt == '#')
			spec->prefix = true;
		else
			break;
	}
	for (; *fmt >= '0' && *fmt <= '9'; fmt++)
		spec->width = spec->width * 10 + (unsigned)(*fmt - '0');
	if (*fmt == '.') {
		spec->precision = 0;
		for (fmt++; *fmt >= '0' && *fmt <= '9'; fmt++)
			spec->precision = spec->precision * 10 + (*fmt - '0');
	}
	for (; *fmt == 'l' || *fmt == 'z'; fmt++)
		spec->longs++;
	return fmt;
}

static void put_conversion(struct output *out, struct spec *spec, char conversion, va_list *args)
{
	s64 number;
	u64 value;
	char c;

	switch (conversion) {
	case 'd':
		number = spec->longs ? va_arg(*args, long) : va_arg(*args, int);
		/* Negating in unsigned arithmetic is defined for the most negative number, too. */
		put_number(out, spec, number < 0 ? "-" : "", number < 0 ? -(u64)number : (u64)number, 10);
		break;
	case 'u':
	case 'x':
		value = spec->longs ? va_arg(*args, unsigned long) : va_arg(*args, unsigned int);
		put_number(out, spec, conversion == 'x' && spec->prefix && value ? "0x" : "", value,
			   conversion == 'x' ? 16 : 10);
		break;
	case 'p':
		put_number(out, spec, "0x", (uintptr_t)va_arg(*args, void *), 16);
		break;
	case 's':
		put_string(out, spec, va_arg(*args, const char *));
		break;
	case 'c':
		c = (char)va_arg(*args, int);
		spec->zero = false;
		put_field(out, spec, "", &c, 1);
		break;
	default: /* "%%"; the compiler's format check refuses all others */
		put(out, conversion);
	}
}

size_t format_va(char *buf, size_t size, const char *fmt, va_list args)
{
	struct output out = {.buf = buf, .size = size};
	va_list copy;

	/* A va_list parameter may be an array, passed as a pointer, and then its address has the wrong type. */
	va_copy(copy, args);
	for (; *fmt; fmt++) {
		struct spec spec;

		if (*fmt != '%') {
			put(&out, *fmt);
			continue;
		}
		fmt = parse_spec(fmt + 1, &spec);
		if (!*fmt)
			break;
		put_conversion(&out, &spec, *fmt, &copy);
	}
	va_end(copy);
	if (size)
		buf[MIN(out.length, size - 1)] = '\0';
	return out.length;
}

size_t format(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	size_t length;

	va_start(args, fmt);
	length = format_va(buf, size, fmt, args);
	va_end(args);
	return length;
}
