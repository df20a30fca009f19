/* SPDX-License-Identifier: MIT */
/*
 * The inproc target behind the boundary: each call that has a fallible point is
 * judged; whatever else changes the state says so. Calls that the target makes
 * on its own (systems, processes) are met by the linker (--wrap).
 */
#include "conformance/conf.h"
#include "faults.h"

extern struct conf_target conf_target_inproc;
extern const struct conf_native conf_native_inproc;

static struct conf_target real;
static struct conf_native natives;

#define NATIVE (&conf_native_inproc)

/* `number` is judged if `when`; else the call has no point, or is one that may
 * run in a signal handler, where nothing can be judged. */
#define JUDGED(type, name, when, number, parameters, call) \
	static type name parameters                        \
	{                                                  \
		struct judged *c;                          \
		type result;                               \
                                                           \
		if (!(when)) {                             \
			judge_change();                    \
			result = call;                     \
			judge_change();                    \
			return result;                     \
		}                                          \
		c = judge_begin(number);                   \
		do                                         \
			result = call;                     \
		while (judge_again(c, result));            \
		return result;                             \
	}
#define CHANGES(type, name, parameters, call) \
	JUDGED(type, name, false, 0, parameters, call)

/* ---- system calls --------------------------------------------------------------- */

/* What select writes where it also reads. */
static void save_arguments(struct judged *c, uint64_t nr, const uint64_t a[6])
{
	const uint64_t size_of_time = 16;
	uint64_t bytes = (a[0] + 63) / 64 * 8;

	if (nr == SYS_SELECT || nr == SYS_PSELECT6) {
		for (int i = 1; i <= 3; i++)
			judge_save(c, a[i], bytes);
		judge_save(c, a[4], size_of_time);
	} else if (nr == SYS_PPOLL) {
		judge_save(c, a[2], size_of_time);
	}
}

static int64_t make_syscall(uint64_t nr, const uint64_t a[6])
{
	struct judged *c = judge_begin((uint32_t)nr);
	int64_t result;

	save_arguments(c, nr, a);
	do
		result = real.syscall(nr, a);
	while (judge_again(c, result));
	return result;
}

/* ---- the target's own services ---------------------------------------------------- */

JUDGED(int, open_plain, true, CALL_OPEN_PLAIN, (void), real.open_plain())
CHANGES(int, post, (int fd, uint64_t n), real.post(fd, n))
CHANGES(uint32_t, set_nofile, (uint32_t limit), real.set_nofile(limit))

static void set_scarce(bool scarce)
{
	judge_change();
	inject_pause(true);
	real.set_scarce(scarce);
	inject_pause(false);
	judge_change();
}

static void allow_330(bool allow)
{
	judge_change();
	real.allow_330(allow);
	judge_change();
}

static void kill_task(struct conf_task *t)
{
	judge_change();
	real.kill(t);
	judge_drop_dead();
	judge_change();
}

/* ---- systems and processes ----------------------------------------------------------- */

/* Those that return a pointer, which is NULL for want of memory. */
#define MAKES(type, name, number, parameters, arguments, then)  \
	type *__real_##name parameters;                         \
	type *__wrap_##name parameters;                         \
	type *__wrap_##name parameters                          \
	{                                                       \
		struct judged *c = judge_begin(number);         \
		type *made;                                     \
                                                                \
		do                                              \
			made = __real_##name arguments;         \
		while (judge_again(c, made ? 1 : EVFD_ENOMEM)); \
		then;                                           \
		return made;                                    \
	}

MAKES(struct evfd_system, evfd_system_create, CALL_SYSTEM_CREATE,
      (const struct evfd_config *config), (config), (void)0)
MAKES(struct inproc_process, inproc_process_create, CALL_PROCESS_CREATE,
      (struct evfd_system * s, uint64_t pid), (s, pid), state_add_process(made))
MAKES(struct inproc_process, inproc_fork, CALL_FORK,
      (struct inproc_process * parent, uint64_t pid), (parent, pid),
      state_add_process(made))

void __real_inproc_process_exit(struct inproc_process *p);
void __wrap_inproc_process_exit(struct inproc_process *p);
void __real_inproc_exec(struct inproc_process *p);
void __wrap_inproc_exec(struct inproc_process *p);

void __wrap_inproc_process_exit(struct inproc_process *p)
{
	judge_change();
	state_remove_process(p);
	__real_inproc_process_exit(p);
	judge_change();
}

void __wrap_inproc_exec(struct inproc_process *p)
{
	judge_change();
	__real_inproc_exec(p);
	judge_change();
}

/* ---- the native interface -------------------------------------------------------------- */

static int init_registry(struct evfd_registry *r, uint32_t limit)
{
	struct judged *c = judge_begin(CALL_REGISTRY_INIT);
	int result;

	do
		result = NATIVE->registry_init(r, limit);
	while (judge_again(c, result));
	if (result == 0)
		state_add_registry(r);
	return result;
}

static int fini_registry(struct evfd_registry *r)
{
	int result;

	judge_change();
	result = NATIVE->registry_fini(r);
	if (result == 0)
		state_remove_registry(r);
	judge_change();
	return result;
}

/* The case's put, at a point. */
struct delivery {
	evfd_put_fn *put;
	void *ctx;
};

static int put_or_fail(void *ctx, uint64_t value)
{
	const struct delivery *d = ctx;

	return inject_here(FAULT_PUT) ? EVFD_EFAULT : d->put(d->ctx, value);
}

static int read_put(struct evfd_registry *r, evfd_t h, evfd_put_fn *put,
		    void *ctx, uint64_t deadline_ns)
{
	struct judged *c = judge_begin(CALL_READ_PUT);
	struct delivery d = { put, ctx };
	int result;

	do
		result = NATIVE->read_put(r, h, put_or_fail, &d, deadline_ns);
	while (judge_again(c, result));
	return result;
}

#define SLEEPS (deadline_ns != EVFD_NOWAIT)

JUDGED(int, create, true, CALL_CREATE,
       (struct evfd_registry * r, uint64_t initial, uint32_t flags,
	struct evfd_owner *owner, const char *label, evfd_t *h),
       NATIVE->create(r, initial, flags, owner, label, h))
JUDGED(int, restore, true, CALL_RESTORE,
       (struct evfd_registry * r, const struct evfd_snapshot *s,
	struct evfd_owner *owner),
       NATIVE->restore(r, s, owner))
JUDGED(int, read_value, SLEEPS, CALL_READ,
       (struct evfd_registry * r, evfd_t h, uint64_t *value, uint64_t deadline_ns),
       NATIVE->read(r, h, value, deadline_ns))
JUDGED(int, take, SLEEPS, CALL_TAKE,
       (struct evfd_registry * r, evfd_t h, uint64_t min, uint64_t max,
	uint64_t *taken, uint64_t deadline_ns),
       NATIVE->take(r, h, min, max, taken, deadline_ns))
JUDGED(int, write_value, SLEEPS, CALL_WRITE,
       (struct evfd_registry * r, evfd_t h, uint64_t value, uint64_t deadline_ns),
       NATIVE->write(r, h, value, deadline_ns))
JUDGED(int, wait_any, SLEEPS, CALL_WAIT_ANY,
       (struct evfd_registry * r, struct evfd_any *set, uint32_t n,
	uint64_t *value, uint64_t deadline_ns),
       NATIVE->wait_any(r, set, n, value, deadline_ns))
CHANGES(int, close_handle, (struct evfd_registry * r, evfd_t h),
	NATIVE->close(r, h))
CHANGES(int, post_value, (struct evfd_registry * r, evfd_t h, uint64_t value),
	NATIVE->post(r, h, value))
CHANGES(int, swap,
	(struct evfd_registry * r, evfd_t h, uint64_t value, uint64_t *old),
	NATIVE->swap(r, h, value, old))
CHANGES(int, cancel, (struct evfd_registry * r, evfd_t h), NATIVE->cancel(r, h))

JUDGED(int64_t, veridian_create, true, CALL_VERIDIAN_CREATE,
       (struct evfd_system * s, uint64_t pid, uint32_t initial, uint32_t flags),
       NATIVE->veridian_create(s, pid, initial, flags))
JUDGED(int, veridian_read, true, CALL_VERIDIAN_READ,
       (struct evfd_system * s, uint64_t pid, uint32_t id, uint64_t *value),
       NATIVE->veridian_read(s, pid, id, value))
JUDGED(int, veridian_write, true, CALL_VERIDIAN_WRITE,
       (struct evfd_system * s, uint64_t pid, uint32_t id, uint64_t value),
       NATIVE->veridian_write(s, pid, id, value))
JUDGED(int, veridian_install, true, CALL_VERIDIAN_INSTALL,
       (struct evfd_process * p, uint32_t id), NATIVE->veridian_install(p, id))
JUDGED(int64_t, node_read, true, CALL_NODE_READ,
       (struct evfd_process * p, int fd, void *buf, size_t n),
       NATIVE->node_read(p, fd, buf, n))
JUDGED(int64_t, node_write, true, CALL_NODE_WRITE,
       (struct evfd_process * p, int fd, const void *buf, size_t n),
       NATIVE->node_write(p, fd, buf, n))
CHANGES(int, veridian_close, (struct evfd_system * s, uint64_t pid, uint32_t id),
	NATIVE->veridian_close(s, pid, id))

/* ---- the target ------------------------------------------------------------------------- */

struct conf_target faults_target;

const char *faults_setup(void)
{
	real = conf_target_inproc;
	natives = *NATIVE;
	natives.registry_init = init_registry;
	natives.registry_fini = fini_registry;
	natives.create = create;
	natives.restore = restore;
	natives.read = read_value;
	natives.read_put = read_put;
	natives.take = take;
	natives.write = write_value;
	natives.wait_any = wait_any;
	natives.close = close_handle;
	natives.post = post_value;
	natives.swap = swap;
	natives.cancel = cancel;
	natives.veridian_create = veridian_create;
	natives.veridian_read = veridian_read;
	natives.veridian_write = veridian_write;
	natives.veridian_install = veridian_install;
	natives.veridian_close = veridian_close;
	natives.node_read = node_read;
	natives.node_write = node_write;
	faults_target = real;
	faults_target.syscall = make_syscall;
	faults_target.open_plain = open_plain;
	faults_target.post = post;
	faults_target.set_nofile = set_nofile;
	faults_target.set_scarce = set_scarce;
	faults_target.allow_330 = allow_330;
	faults_target.kill = kill_task;
	faults_target.native = &natives;
	conf_badinput_fill();
	conf_target = &faults_target;
	return faults_target.setup(&faults_target);
}
