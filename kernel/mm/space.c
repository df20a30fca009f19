/* SPDX-License-Identifier: MIT */
/*
 * Taking pages away is three steps, because another CPU may use a translation
 * until it has been told: clear the entries, collecting the pages on a list;
 * shoot down; free the pages. All under the space's mutex, so that no fault
 * brings a page back in between.
 */
#include "mm/space.h"

#include <evfd/types.h>

#include "lib/print.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "mm/page.h"
#include "mm/shootdown.h"
#include "x86/cpu.h"

#define MAP_TOP (USER_TOP - 0x10000000) /* room for the first stack above */

extern pte_t kernel_pml4[];

struct space *space_create(void)
{
	struct space *s = heap_alloc(sizeof(*s));

	if (!s)
		return NULL;
	s->root = pagetable_create();
	if (!s->root) {
		heap_free(s, sizeof(*s));
		return NULL;
	}
	mutex_init(&s->mutex);
	list_init(&s->mappings);
	return s;
}

/*
 * Set the mask bit before loading and clear it after leaving: a CPU that a
 * shootdown does not see loads its tables later, and finds the new entries.
 */
void space_load(struct space *s)
{
	struct cpu *c = this_cpu();
	struct space *old = c->space;
	uint32_t bit = 1u << c->index;

	if (old == s)
		return;
	if (s)
		__atomic_fetch_or(&s->cpu_mask, bit, __ATOMIC_SEQ_CST);
	cr3_write(s ? page_physical(s->root) : (uint64_t)kernel_pml4 - KERNEL_BASE);
	c->space = s;
	if (old)
		__atomic_fetch_and(&old->cpu_mask, ~bit, __ATOMIC_SEQ_CST);
}

/* ---- the list of mappings ------------------------------------------------ */

/* The first mapping that ends after address, or NULL. */
static struct mapping *first_after(struct space *s, uint64_t address)
{
	struct mapping *m;

	list_each(m, &s->mappings, link) if (m->end > address) return m;
	return NULL;
}

static bool is_free(struct space *s, uint64_t start, uint64_t end)
{
	struct mapping *m = first_after(s, start);

	return !m || m->start >= end;
}

/* The highest hole of that size below MAP_TOP; 0: none. */
static uint64_t find_room(struct space *s, uint64_t size)
{
	uint64_t top = MAP_TOP;
	struct list *node = s->mappings.prev;

	for (; node != &s->mappings; node = node->prev) {
		struct mapping *m = container_of(node, struct mapping, link);

		if (m->end <= top && top - m->end >= size)
			return top - size;
		if (m->start < top)
			top = m->start;
	}
	return top >= USER_BOTTOM + size ? top - size : 0;
}

static struct mapping *mapping_insert(struct space *s, uint64_t start,
				      uint64_t end, unsigned access,
				      struct space_source source)
{
	struct mapping *m = heap_alloc(sizeof(*m));
	struct mapping *after = first_after(s, start);

	if (!m)
		return NULL;
	m->start = start;
	m->end = end;
	m->access = access;
	m->source = source;
	list_insert_before(after ? &after->link : &s->mappings, &m->link);
	return m;
}

static void mapping_remove(struct mapping *m)
{
	list_remove(&m->link);
	heap_free(m, sizeof(*m));
}

/* What of a source is left after skipping its beginning. */
static struct space_source source_from(struct space_source f, uint64_t skip)
{
	if (skip >= f.size)
		return (struct space_source){ NULL, 0 };
	return (struct space_source){ f.bytes + skip, f.size - skip };
}

/* Let no mapping cross address. 0 or ENOMEM. */
static int split_at(struct space *s, uint64_t address)
{
	struct mapping *m = first_after(s, address);
	uint64_t end;

	if (!m || m->start >= address)
		return 0;
	end = m->end;
	m->end = address;
	if (mapping_insert(s, address, end, m->access,
			   source_from(m->source, address - m->start)))
		return 0;
	m->end = end;
	return EVFD_ENOMEM;
}

static int split_range(struct space *s, uint64_t start, uint64_t end)
{
	int result = split_at(s, start);

	return result ? result : split_at(s, end);
}

/* ---- pages --------------------------------------------------------------- */

static pte_t pte_bits(unsigned access)
{
	pte_t bits = PTE_USER;

	bits |= access ? PTE_PRESENT : PTE_HELD;
	if (access & SPACE_WRITE)
		bits |= PTE_WRITE;
	if (!(access & SPACE_EXEC))
		bits |= PTE_NX;
	return bits;
}

static void flush(struct space *s)
{
	shootdown(__atomic_load_n(&s->cpu_mask, __ATOMIC_SEQ_CST));
}

static void drop_pages(struct space *s, uint64_t start, uint64_t end)
{
	struct list dropped = LIST_INIT(dropped);
	struct page *p, *after;
	pte_t *e;

	for (; (e = pagetable_next(s->root, &start, end)); start += PAGE_SIZE) {
		p = page_of(page_virtual(*e & PTE_ADDRESS));
		*e = 0;
		list_append(&dropped, &p->link);
	}
	if (list_is_empty(&dropped))
		return;
	flush(s);
	list_each_safe(p, after, &dropped, link) page_free(page_address(p), 0);
}

/* Check and round a range; 0, EINVAL or ENOMEM. */
static int range_check(uint64_t address, uint64_t *size)
{
	if (address % PAGE_SIZE)
		return EVFD_EINVAL;
	if (address > USER_TOP || *size > USER_TOP - address)
		return EVFD_ENOMEM;
	*size = page_round_up(*size);
	return 0;
}

/* With the mutex held. */
static int unmap_range(struct space *s, uint64_t start, uint64_t end)
{
	struct mapping *m;
	int result = split_range(s, start, end);

	if (result)
		return result;
	while ((m = first_after(s, start)) && m->start < end)
		mapping_remove(m);
	drop_pages(s, start, end);
	return 0;
}

/* With the mutex held. */
static int64_t map_range(struct space *s, uint64_t address, uint64_t size,
			 unsigned access, enum space_placement where,
			 struct space_source source)
{
	bool fits = address >= USER_BOTTOM && address <= USER_TOP - size;
	int result;

	if (where == SPACE_ANYWHERE) {
		if (!fits || address % PAGE_SIZE ||
		    !is_free(s, address, address + size))
			address = find_room(s, size);
		if (!address)
			return EVFD_ENOMEM;
	} else if (!fits) {
		return EVFD_ENOMEM;
	} else if (where == SPACE_AT_IF_FREE) {
		if (!is_free(s, address, address + size))
			return EVFD_EEXIST;
	} else {
		result = unmap_range(s, address, address + size);
		if (result)
			return result;
	}
	if (!mapping_insert(s, address, address + size, access, source))
		return EVFD_ENOMEM;
	return (int64_t)address;
}

int64_t space_map(struct space *s, uint64_t address, uint64_t size, unsigned access,
		  enum space_placement where, const struct space_source *source)
{
	struct space_source none = { NULL, 0 };
	int64_t result;

	if (!size || (where != SPACE_ANYWHERE && address % PAGE_SIZE))
		return EVFD_EINVAL;
	if (size > USER_TOP)
		return EVFD_ENOMEM;
	mutex_lock(&s->mutex);
	result = map_range(s, address, page_round_up(size), access, where,
			   source ? *source : none);
	mutex_unlock(&s->mutex);
	return result;
}

int space_unmap(struct space *s, uint64_t address, uint64_t size)
{
	int result = range_check(address, &size);

	if (result || !size)
		return EVFD_EINVAL;
	mutex_lock(&s->mutex);
	result = unmap_range(s, address, address + size);
	mutex_unlock(&s->mutex);
	return result;
}

/* Is every byte of the range mapped? With the mutex held. */
static bool is_covered(struct space *s, uint64_t start, uint64_t end)
{
	while (start < end) {
		struct mapping *m = first_after(s, start);

		if (!m || m->start > start)
			return false;
		start = m->end;
	}
	return true;
}

static void protect_range(struct space *s, uint64_t start, uint64_t end,
			  unsigned access)
{
	struct mapping *m;
	pte_t *e;

	for (m = first_after(s, start); m && m->start < end;
	     m = first_after(s, m->end))
		m->access = access;
	for (; (e = pagetable_next(s->root, &start, end)); start += PAGE_SIZE)
		*e = (*e & PTE_ADDRESS) | pte_bits(access);
	flush(s);
}

int space_protect(struct space *s, uint64_t address, uint64_t size, unsigned access)
{
	int result = range_check(address, &size);

	if (result || !size)
		return result;
	mutex_lock(&s->mutex);
	if (!is_covered(s, address, address + size))
		result = EVFD_ENOMEM;
	else
		result = split_range(s, address, address + size);
	if (!result)
		protect_range(s, address, address + size, access);
	mutex_unlock(&s->mutex);
	return result;
}

int space_discard(struct space *s, uint64_t address, uint64_t size)
{
	int result = range_check(address, &size);

	if (result || !size)
		return result;
	mutex_lock(&s->mutex);
	if (!is_covered(s, address, address + size))
		result = EVFD_ENOMEM;
	drop_pages(s, address, address + size);
	mutex_unlock(&s->mutex);
	return result;
}

void space_set_break(struct space *s, uint64_t start)
{
	s->break_start = s->break_end = page_round_up(start);
}

uint64_t space_break(struct space *s, uint64_t wanted)
{
	uint64_t old, new;
	int64_t result = 0;

	mutex_lock(&s->mutex);
	old = page_round_up(s->break_end);
	if (wanted < s->break_start || wanted > MAP_TOP) {
		wanted = s->break_end;
	} else {
		new = page_round_up(wanted);
		if (new > old)
			result = map_range(s, old, new - old,
					   SPACE_READ | SPACE_WRITE,
					   SPACE_AT_IF_FREE,
					   (struct space_source){ NULL, 0 });
		else if (new < old)
			result = unmap_range(s, new, old);
		if (result >= 0)
			s->break_end = wanted;
	}
	wanted = s->break_end;
	mutex_unlock(&s->mutex);
	return wanted;
}

/* With the mutex held. */
static int fault_in(struct space *s, uint64_t address, unsigned access)
{
	struct mapping *m = first_after(s, address);
	struct space_source source;
	char *page;
	pte_t *e;

	/* On x86-64 a writable or executable page is readable too. */
	if (!m || m->start > address || !m->access ||
	    (access & ~SPACE_READ & ~m->access))
		return EVFD_EFAULT;
	e = pagetable_leaf(s->root, address);
	if (!e)
		return EVFD_ENOMEM;
	if (*e)
		return 0; /* another thread was here first */
	page = page_alloc(0);
	if (!page)
		return EVFD_ENOMEM;
	source = source_from(m->source, address - m->start);
	if (source.size)
		memcpy(page, source.bytes,
		       source.size < PAGE_SIZE ? source.size : PAGE_SIZE);
	*e = page_physical(page) | pte_bits(m->access);
	return 0;
}

int space_fault(struct space *s, uint64_t address, unsigned access)
{
	int result;

	mutex_lock(&s->mutex);
	result = fault_in(s, page_round_down(address), access);
	mutex_unlock(&s->mutex);
	return result;
}

void space_destroy(struct space *s)
{
	struct mapping *m, *after;

	assert(!s->cpu_mask);
	list_each_safe(m, after, &s->mappings, link) mapping_remove(m);
	drop_pages(s, 0, USER_TOP);
	pagetable_destroy(s->root);
	heap_free(s, sizeof(*s));
}
