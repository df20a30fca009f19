/* SPDX-License-Identifier: MIT */
/* The process's counters: made, described, saved; the registry that they live in. */
#include <pthread.h>
#include <string.h>

#include "descriptor.h"
#include "library.h"
#include "set.h"

_Static_assert(sizeof(struct evfd_owner) == sizeof(struct evfd_core_owner) &&
		       offsetof(struct evfd_owner, limit) ==
			       offsetof(struct evfd_core_owner, limit) &&
		       offsetof(struct evfd_owner, live) ==
			       offsetof(struct evfd_core_owner, live),
	       "an owner is the core's");
_Static_assert(sizeof(struct evfd_stat) == sizeof(struct evfd_core_stat) &&
		       offsetof(struct evfd_stat, label) ==
			       offsetof(struct evfd_core_stat, label) &&
		       offsetof(struct evfd_stat, overflows) ==
			       offsetof(struct evfd_core_stat, overflows),
	       "a description is the core's");
_Static_assert(sizeof(struct evfd_snapshot) == sizeof(struct evfd_core_snapshot) &&
		       offsetof(struct evfd_snapshot, label) ==
			       offsetof(struct evfd_core_snapshot, label),
	       "a snapshot is the core's");

static struct evfd_registry none; /* no slots: every handle is EBADF */
static struct evfd_registry storage;
struct evfd_registry *evfd_lib_the_registry = &none; /* &storage, once ready */
static uint32_t lock;

/* The registry, made by whoever comes first. Returns 0 or EVFD_ENOMEM. */
static int open_registry(struct evfd_registry **r)
{
	int result = 0;

	*r = evfd_lib_registry();
	if (*r != &none)
		return 0;
	evfd_core_mutex_lock(&lock);
	if (evfd_lib_the_registry == &none) {
		result = evfd_core_registry_init(&storage, EVFD_SLOTS_MAX);
		if (result == 0)
			store_rel(&evfd_lib_the_registry, &storage);
	}
	*r = evfd_lib_the_registry;
	evfd_core_mutex_unlock(&lock);
	return result;
}

/* Before anybody can hold a lock: the one thing that is done without being asked. */
__attribute__((constructor)) static void guard_forks(void)
{
	pthread_atfork(evfd_lib_fork_begin, evfd_lib_fork_parent,
		       evfd_lib_fork_child);
}

void evfd_lib_registry_hold(void)
{
	evfd_core_mutex_lock(&lock);
	evfd_core_registry_lock(evfd_lib_the_registry);
}

void evfd_lib_registry_let_go(void)
{
	evfd_core_registry_unlock(evfd_lib_the_registry);
	evfd_core_mutex_unlock(&lock);
}

evfd_t evfd_create_owned(uint64_t initial, unsigned flags, const char *label,
			 struct evfd_owner *owner)
{
	struct evfd_registry *r;
	evfd_t h;
	int result = open_registry(&r);

	if (result == 0)
		result = evfd_core_create(r, initial, flags,
					  (struct evfd_core_owner *)owner,
					  label, &h);
	return evfd_lib_result(result) == 0 ? h : EVFD_NONE;
}

evfd_t evfd_create(uint64_t initial, unsigned flags, const char *label)
{
	return evfd_create_owned(initial, flags, label, NULL);
}

int evfd_close(evfd_t h)
{
	int result = evfd_core_close(evfd_lib_registry(), h);

	if (result == 0) {
		evfd_lib_descriptor_end(h);
		evfd_lib_set_leave(h);
	}
	return evfd_lib_result(result);
}

unsigned evfd_live(void)
{
	return evfd_core_registry_live(evfd_lib_registry());
}

int evfd_stat(evfd_t h, struct evfd_stat *st)
{
	struct evfd_core_stat core;
	int result = evfd_core_stat(evfd_lib_registry(), h, &core);

	if (result == 0 && !st)
		result = EVFD_EINVAL;
	if (result == 0)
		memcpy(st, &core, sizeof(core));
	return evfd_lib_result(result);
}

int evfd_snapshot(evfd_t h, struct evfd_snapshot *s)
{
	struct evfd_core_snapshot core;
	int result = evfd_core_snapshot(evfd_lib_registry(), h, &core);

	if (result == 0 && !s)
		result = EVFD_EINVAL;
	if (result == 0)
		memcpy(s, &core, sizeof(core));
	return evfd_lib_result(result);
}

int evfd_restore(const struct evfd_snapshot *s, struct evfd_owner *owner)
{
	struct evfd_core_snapshot core;
	struct evfd_registry *r;
	int result;

	if (!s)
		return evfd_lib_result(EVFD_EINVAL);
	memcpy(&core, s, sizeof(core));
	result = open_registry(&r);
	if (result == 0)
		result = evfd_core_restore(r, &core,
					   (struct evfd_core_owner *)owner);
	return evfd_lib_result(result);
}
