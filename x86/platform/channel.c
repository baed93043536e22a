/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/platform/channel.h"

#include "lib/arch.h"
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/processor.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/told.h"
#include "x86/platform/serial.h"
#include "x86/platform/virtio_console.h"

/* QEMU took 11 s for an answer where the host had no CPU for it. */
#define ANSWER_MS 15000
/* A vCPU that has lost more time than this between two looks stood, and the answer may have stood behind it. */
#define STOOD_MS 100

#define NS_PER_US 1000

static struct virtio_console console;
static bool port_found, agreed, ignored;
static u64 boots; /* of the VM, with this one */
static u64 requests; /* each has a number of its own */
static char line[CHANNEL_LINE_SIZE]; /* what has arrived of the next line */
static size_t line_length; /* may pass the size: what is beyond is dropped */

void channel_init(void)
{
	if (told.virtio_channel == TOLD_ON)
		port_found = virtio_console_init(&console, 1);
	else if (told.virtio_channel == TOLD_OFF)
		port_found = serial_is_there(SERIAL_COM2);
	if (port_found && told.virtio_channel == TOLD_OFF)
		serial_init(SERIAL_COM2);
}

bool channel_is_told(void)
{
	return told.virtio_channel != TOLD_NOTHING;
}

bool channel_is_there(void)
{
	return port_found;
}

static void write(const char *text, size_t length)
{
	if (told.virtio_channel == TOLD_ON)
		virtio_console_write(&console, text, length);
	else
		serial_write(SERIAL_COM2, text, length);
}

static size_t read(char *byte)
{
	return told.virtio_channel == TOLD_ON ? virtio_console_read(&console, byte, 1) :
						serial_read(SERIAL_COM2, byte, 1);
}

/* Has a whole line arrived? It then stands in line, without its end. */
static bool read_line(void)
{
	char byte;

	while (read(&byte)) {
		if (byte == '\n') {
			line[MIN(line_length, sizeof(line) - 1)] = '\0';
			line_length = 0;
			return true;
		}
		if (line_length < sizeof(line) - 1)
			line[line_length] = byte;
		line_length++;
	}
	return false;
}

static unsigned int limit_ms(unsigned int takes_ms)
{
	return takes_ms + ANSWER_MS * arch_time_factor();
}

static void send(enum channel_verb verb, const u64 *arguments)
{
	char request[CHANNEL_LINE_SIZE];

	write(request, channel_request(request, ++requests, verb, arguments));
}

/* The limit is of time in which this vCPU runs. */
static bool wait_for_answer(unsigned int takes_ms, struct channel_answer *answer)
{
	u64 left = timer_ns_to_tsc(limit_ms(takes_ms) * NS_PER_MS),
	    stood = timer_ns_to_tsc(STOOD_MS * NS_PER_MS);
	u64 last = rdtsc();

	while (!read_line() || !channel_answer_read(line, requests, answer)) {
		u64 now = rdtsc(), gone = MIN(now - last, stood);

		if (gone > left)
			return false;
		left -= gone;
		last = now;
		pause();
	}
	return true;
}

/* The test's budget does not run meanwhile. */
static bool exchange(enum channel_verb verb, const u64 *arguments, u64 rest_ns, unsigned int takes_ms,
		     struct channel_answer *answer)
{
	u64 budget = timer_watchdog_hold();
	bool answered;

	send(verb, arguments);
	timer_sleep(rest_ns);
	answered = wait_for_answer(takes_ms, answer);
	timer_watchdog_resume(budget);
	return answered;
}

static void ask(enum channel_verb verb, const u64 *arguments, u64 rest_ns, unsigned int takes_ms,
		struct channel_answer *answer)
{
	char word[UNMET_WHAT_SIZE];

	if (!exchange(verb, arguments, rest_ns, takes_ms, answer)) {
		test_report(VERDICT_ERROR, __FILE__, 0, "the runner did not answer request %lu within %u ms",
			    requests, limit_ms(takes_ms));
		test_leave();
	}
	if (answer->status == CHANNEL_IS_UNSUPPORTED) {
		channel_answer_word(answer, word, sizeof(word));
		test_skip(UNMET_HOST, "%s", word);
	}
	if (answer->status != CHANNEL_IS_OK) {
		test_report(VERDICT_ERROR, __FILE__, 0, "the runner's answer is \"%s\"", line);
		test_leave();
	}
}

/*
 * Both sides speak the lower one of their versions, which is 1 until there is another. A runner that does not answer is asked
 * once.
 */
static bool agree(void)
{
	struct channel_answer answer = {0};
	u64 version;

	if (agreed || ignored)
		return agreed;
	agreed = exchange(CHANNEL_HELLO, (const u64[]){CHANNEL_VERSION}, 0, 0, &answer) &&
		 answer.status == CHANNEL_IS_OK && channel_answer_value(&answer, "version", &version) &&
		 version == CHANNEL_VERSION && channel_answer_value(&answer, "boots", &boots);
	ignored = !agreed;
	return agreed;
}

u64 channel_boots(void)
{
	return port_found && agree() ? boots : 0;
}

void channel_reset(bool by_runner)
{
	struct channel_answer answer = {0};

	exchange(CHANNEL_RESET, (const u64[]){by_runner ? CHANNEL_RESET_BY_RUNNER : CHANNEL_RESET_BY_GUEST},
		 0, 0, &answer);
}

void channel_ask_and_rest(enum channel_verb verb, const u64 *arguments, u64 rest_ns, unsigned int takes_ms,
			  struct channel_answer *answer)
{
	if (!agree()) {
		test_report(VERDICT_ERROR, __FILE__, 0, "the runner did not agree on version %u within %u ms",
			    CHANNEL_VERSION, limit_ms(0));
		test_leave();
	}
	ask(verb, arguments, rest_ns, takes_ms, answer);
}

void channel_ask(enum channel_verb verb, const u64 *arguments, unsigned int takes_ms,
		 struct channel_answer *answer)
{
	channel_ask_and_rest(verb, arguments, 0, takes_ms, answer);
}

u64 channel_value(const struct channel_answer *answer, const char *key)
{
	u64 value;

	if (!channel_answer_value(answer, key, &value)) {
		test_report(VERDICT_ERROR, __FILE__, 0, "the runner's answer \"%s\" has no %s", answer->rest,
			    key);
		test_leave();
	}
	return value;
}

u64 channel_host_time_ns(void)
{
	struct channel_answer answer = {0};

	channel_ask(CHANNEL_TIME, NULL, 0, &answer);
	return channel_value(&answer, "realtime-ns");
}

u64 channel_host_monotonic_ns(void)
{
	struct channel_answer answer = {0};

	channel_ask(CHANNEL_TIME, NULL, 0, &answer);
	return channel_value(&answer, "monotonic-us") * NS_PER_US;
}

void channel_pause(unsigned int ms, struct channel_pause *pause)
{
	struct channel_answer answer = {0};

	channel_ask(CHANNEL_PAUSE, (const u64[]){ms}, ms, &answer);
	pause->stood_ns = channel_value(&answer, "stood-us") * NS_PER_US;
	pause->took_ns = channel_value(&answer, "took-us") * NS_PER_US;
}

/* The TSC stands with the VM but for moments, however long the save takes. */
static void read_save(const struct channel_answer *answer, struct channel_save *save)
{
	save->restored = (unsigned int)channel_value(answer, "restored");
	save->stood_ns = channel_value(answer, "stood-us") * NS_PER_US;
	save->took_ns = channel_value(answer, "took-us") * NS_PER_US;
}

void channel_save(unsigned int ms, struct channel_save *save)
{
	struct channel_answer answer = {0};

	channel_ask(CHANNEL_SAVE, (const u64[]){ms}, ANSWER_MS, &answer);
	read_save(&answer, save);
}

void channel_migrate(struct channel_migrate *migrate)
{
	struct channel_answer answer = {0};
	u64 tsc_clock;

	channel_ask(CHANNEL_MIGRATE, NULL, ANSWER_MS, &answer);
	read_save(&answer, &migrate->save);
	migrate->tsc_clock_known = channel_answer_value(&answer, "tsc-clock", &tsc_clock);
	migrate->tsc_clock = migrate->tsc_clock_known && tsc_clock;
}

void channel_restore(void)
{
	struct channel_answer answer = {0};

	channel_ask(CHANNEL_RESTORE, NULL, ANSWER_MS, &answer);
}
