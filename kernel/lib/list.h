/* SPDX-License-Identifier: MIT */
/*
 * Circular doubly linked lists through nodes embedded in their elements.
 */
#ifndef KERNEL_LIB_LIST_H
#define KERNEL_LIB_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next, *prev;
};

#define LIST_INIT(head)          \
	{                        \
		&(head), &(head) \
	}

#define container_of(node, type, member) \
	((type *)((char *)(node)-offsetof(type, member)))

/* The element after or before a node, or the first or last of a head. */
#define list_next(node, type, member) container_of((node)->next, type, member)
#define list_prev(node, type, member) container_of((node)->prev, type, member)

/* The body must not remove e; list_each_safe allows it. */
#define list_each(e, head, member)                                              \
	for (e = list_next(head, __typeof__(*e), member); &e->member != (head); \
	     e = list_next(&e->member, __typeof__(*e), member))

#define list_each_safe(e, after, head, member)                     \
	for (e = list_next(head, __typeof__(*e), member),          \
	    after = list_next(&e->member, __typeof__(*e), member); \
	     &e->member != (head);                                 \
	     e = after, after = list_next(&e->member, __typeof__(*e), member))

static inline void list_init(struct list *l)
{
	l->next = l->prev = l;
}

static inline bool list_is_empty(const struct list *head)
{
	return head->next == head;
}

/* Insert node before `at`; before a head is the end of the list. */
static inline void list_insert_before(struct list *at, struct list *node)
{
	node->prev = at->prev;
	node->next = at;
	at->prev->next = node;
	at->prev = node;
}

static inline void list_append(struct list *head, struct list *node)
{
	list_insert_before(head, node);
}

/* Leaves the node pointing to itself: removing twice is harmless. */
static inline void list_remove(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

#endif
