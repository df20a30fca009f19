/* SPDX-License-Identifier: MIT */
/* A system as a whole: made, ended, counted, and described in text. */
#include "abi.h"
#include "node.h"

#define FILES_DEFAULT (1u << 20)
#define EVENTFDS_DEFAULT 4096u

struct evfd_system *evfd_system_create(const struct evfd_config *c)
{
	uint32_t limit = c->max_eventfds ? c->max_eventfds : EVENTFDS_DEFAULT;
	struct evfd_system *s;

	if (c->profile == EVFD_PROFILE_VERIDIAN)
		limit = EVENTFDS_DEFAULT;
	else if (c->profile != EVFD_PROFILE_LINUX)
		return NULL;
	if (c->flags & ~(EVFD_CONFIG_COUNTED | EVFD_CONFIG_LOSSY_READ))
		return NULL;
	s = evfd_port_alloc(sizeof(*s));
	if (!s)
		return NULL;
	s->profile = c->profile;
	s->flags = c->flags;
	s->max_files = c->max_files ? c->max_files : FILES_DEFAULT;
	if (evfd_registry_init(&s->registry, limit) < 0)
		goto no_registry;
	if (evfd_veridian_init(s) < 0)
		goto no_veridian;
	return s;

no_veridian:
	evfd_registry_fini(&s->registry);
no_registry:
	evfd_port_free(s, sizeof(*s));
	return NULL;
}

int evfd_system_destroy(struct evfd_system *s)
{
	/* Acquire: what the last process or file did to *s is seen. */
	if (load_acq(&s->processes) || load_acq(&s->files))
		return EVFD_EBUSY;
	evfd_veridian_fini(s);
	if (evfd_registry_fini(&s->registry) < 0)
		return EVFD_EBUSY;
	evfd_file_fini(s);
	evfd_port_free(s, sizeof(*s));
	return 0;
}

struct evfd_registry *evfd_system_registry(struct evfd_system *s)
{
	return &s->registry;
}

static void add_live(struct evfd_file *f, void *ctx)
{
	struct evfd_census *c = ctx;
	evfd_t h = evfd_eventfd_handle(f);
	struct evfd_stat st;

	if (h == EVFD_NONE || evfd_stat(&f->system->registry, h, &st) < 0)
		return;
	c->reads += st.reads;
	c->writes += st.posts;
	c->wakes += st.wakes;
}

void evfd_system_census(struct evfd_system *s, struct evfd_census *c)
{
	/* Relaxed: numbers to look at. */
	*c = (struct evfd_census){
		.processes = load_rlx(&s->processes),
		.files = load_rlx(&s->files),
		.eventfds = evfd_registry_live(&s->registry),
		.epolls = load_rlx(&s->epolls),
		.epoll_items = load_rlx(&s->items),
		.created = load_rlx(&s->created),
		.reads = load_rlx(&s->reads),
		.writes = load_rlx(&s->writes),
		.wakes = load_rlx(&s->wakes),
	};
	if (s->flags & EVFD_CONFIG_COUNTED)
		evfd_file_each(s, add_live, c);
}

/* ---- text ------------------------------------------------------------------- */

static void add_char(struct evfd_text *t, char c)
{
	if (t->len < t->size)
		t->buf[t->len++] = c;
}

void evfd_text_add(struct evfd_text *t, const char *s)
{
	while (*s)
		add_char(t, *s++);
}

/* The digits of a number, last first. */
struct digits {
	char last_first[24];
	uint32_t n;
};

static void add_digits(struct evfd_text *t, const struct digits *d, uint32_t width)
{
	for (; width > d->n; width--)
		add_char(t, ' ');
	for (uint32_t n = d->n; n > 0; n--)
		add_char(t, d->last_first[n - 1]);
}

void evfd_text_bits(struct evfd_text *t, uint64_t x, uint32_t bits, uint32_t width)
{
	struct digits d = { .n = 0 };

	do
		d.last_first[d.n++] = "0123456789abcdef"[x & ((1u << bits) - 1)];
	while (x >>= bits);
	add_digits(t, &d, width);
}

void evfd_text_decimal(struct evfd_text *t, uint32_t x, uint32_t width)
{
	struct digits d = { .n = 0 };

	do
		d.last_first[d.n++] = (char)('0' + x % 10);
	while (x /= 10);
	add_digits(t, &d, width);
}

int64_t evfd_process_fdinfo(struct evfd_process *p, int fd, char *buf, size_t size)
{
	struct evfd_file *f = evfd_fd_get(p, fd);
	struct evfd_text t = { .buf = buf, .size = size };
	uint32_t flags;

	if (!f)
		return EVFD_EBADF;
	flags = evfd_file_flags(f);
	if (evfd_fd_flags(p, fd) > 0)
		flags |= ABI_O_CLOEXEC; /* the number's, but shown with the rest */
	evfd_text_add(&t, "pos:\t0\nflags:\t0");
	evfd_text_bits(&t, flags, EVFD_OCTAL, 0);
	evfd_text_add(&t, "\nmnt_id:\t1\nino:\t1\n");
	if (f->vnode->ops->fdinfo)
		t.len += f->vnode->ops->fdinfo(f, buf + t.len, size - t.len);
	evfd_file_put(f);
	return (int64_t)t.len;
}
