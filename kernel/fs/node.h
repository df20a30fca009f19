/* SPDX-License-Identifier: MIT */
/* The kernel's own vnodes: console, /dev/null, bytes in memory. */
#ifndef KERNEL_FS_NODE_H
#define KERNEL_FS_NODE_H

#include <evfd/vfs.h>

#include "fs/initramfs.h"
#include "mm/space.h"

#define O_ACCMODE 3u
#define S_IFDIR 0040000u
#define S_IFREG 0100000u

/* Shared by all who open them; never released. */
extern struct evfd_vnode console_node, null_node;

/* Of an initramfs file; NULL: no memory. */
struct evfd_vnode *memory_node_create(const struct initramfs_file *file);
/* Of text that it copies: what a procfs file said when it was opened. */
struct evfd_vnode *text_node_create(const char *text, size_t size, uint32_t ino);
/* Of a directory, good for being opened and no more. */
struct evfd_vnode *directory_node_create(uint32_t ino);
/* Drop one that no file has taken over. */
void node_discard(struct evfd_vnode *v);

/* The bytes behind a file that may be mapped; false: it may not. */
bool memory_node_source(struct evfd_vnode *v, struct space_source *source);

#endif
