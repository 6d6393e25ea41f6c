/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <event2/event_struct.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "daemon/runner/output.h"

#define READ_BYTES 16384
#define LAST_READS 64 /* more than a pipe has: it may be filled meanwhile */

struct output {
	TAILQ_ENTRY(output) entry; /* of outputs->left, if is_left */
	struct outputs *outputs;
	struct event ev;
	int fd;
	uint8_t is_left;
	uint8_t is_over; /* of a line: it is passed over up to its end */
	uint64_t lines;
	char label[OUTPUT_LABEL_MAX];
	size_t used;
	char line[OUTPUT_LINE_MAX];
};

static void
end_line(struct output *output)
{
	char text[2 * OUTPUT_LINE_MAX];

	if (output->used == 0 && !output->is_over)
		return;
	output->lines++;
	if (output->lines <= OUTPUT_LINES_MAX)
		log_info("hook %s says=\"%s%s\"", output->label,
		    log_escape(output->line, output->used, text, sizeof(text)),
		    output->is_over ? "..." : "");
	else if (output->lines == OUTPUT_LINES_MAX + 1)
		log_warn("hook %s says more than %d lines: no more of them are "
			 "logged",
		    output->label, OUTPUT_LINES_MAX);
	output->used = 0;
	output->is_over = 0;
}

static void
take(struct output *output, const char *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (bytes[i] == '\n')
			end_line(output);
		else if (output->used < sizeof(output->line))
			output->line[output->used++] = bytes[i];
		else
			output->is_over = 1;
	}
}

/* Returns 0 when there is no more now; -1: and never will be. */
static int
read_some(struct output *output)
{
	char bytes[READ_BYTES];
	ssize_t n = read(output->fd, bytes, sizeof(bytes));

	if (n > 0)
		take(output, bytes, (size_t)n);
	else if (n == 0)
		return -1;
	return n > 0;
}

static void
free_output(struct output *output)
{
	if (output->is_left) {
		TAILQ_REMOVE(&output->outputs->left, output, entry);
		output->outputs->left_count--;
	}
	event_del(&output->ev);
	close(output->fd);
	free(output);
}

static void
on_read_cb(evutil_socket_t fd, short what, void *arg)
{
	struct output *output = arg;

	(void)fd;
	(void)what;
	if (read_some(output) >= 0)
		return;
	end_line(output);
	if (output->is_left)
		free_output(output);
	else
		event_del(&output->ev); /* it may have closed it, and go on */
}

struct output *
output_new(struct outputs *outputs, int fd, const char *label)
{
	struct output *output = calloc(1, sizeof(*output));

	if (output == NULL) {
		close(fd);
		return NULL;
	}
	output->outputs = outputs;
	output->fd = fd;
	strlcpy(output->label, label, sizeof(output->label));
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1 ||
	    event_assign(&output->ev, outputs->base, fd, EV_READ | EV_PERSIST,
		on_read_cb, output) == -1 ||
	    event_add(&output->ev, NULL) == -1) {
		close(fd);
		free(output);
		return NULL;
	}
	return output;
}

uint64_t
output_end(struct output *output, int is_left)
{
	struct outputs *outputs = output->outputs;
	int i, result = 1;
	uint64_t lines;

	for (i = 0; i < LAST_READS && result > 0; i++)
		result = read_some(output);
	end_line(output);
	lines = output->lines;
	if (!is_left || result < 0) {
		free_output(output);
		return lines;
	}
	if (outputs->left_count == OUTPUT_LEFT_MAX)
		free_output(TAILQ_FIRST(&outputs->left));
	output->is_left = 1;
	TAILQ_INSERT_TAIL(&outputs->left, output, entry);
	outputs->left_count++;
	return lines;
}

void
outputs_init(struct outputs *outputs, struct event_base *base)
{
	outputs->base = base;
	TAILQ_INIT(&outputs->left);
	outputs->left_count = 0;
}

void
outputs_clear(struct outputs *outputs)
{
	struct output *output;

	while ((output = TAILQ_FIRST(&outputs->left)) != NULL)
		free_output(output);
}
