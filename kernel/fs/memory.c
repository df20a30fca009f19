/* SPDX-License-Identifier: MIT */
/* Vnodes over bytes that are all in memory: files of the initramfs, and text
 * made when a procfs file is opened. */
#include "fs/node.h"
#include "lib/string.h"
#include "mm/heap.h"

#define BLOCK 4096

struct memory_node {
	struct evfd_vnode vnode; /* first: the vfs knows only this */
	const uint8_t *bytes;
	uint64_t size;
	uint64_t own_size; /* the bytes follow in the same allocation: so many */
	uint32_t ino, mode;
};

static struct memory_node *node_of(struct evfd_vnode *v)
{
	return (struct memory_node *)v;
}

static int64_t memory_read(struct evfd_file *f, struct evfd_uio *u, int64_t pos)
{
	struct memory_node *m = node_of(evfd_file_vnode(f));
	uint64_t n = evfd_uio_left(u);

	if (m->mode & S_IFDIR)
		return EVFD_EISDIR;
	if ((uint64_t)pos >= m->size)
		return 0;
	if (n > m->size - (uint64_t)pos)
		n = m->size - (uint64_t)pos;
	return evfd_uio_put(u, m->bytes + pos, n) ? EVFD_EFAULT : (int64_t)n;
}

static int memory_stat(struct evfd_file *f, struct evfd_kstat *st)
{
	struct memory_node *m = node_of(evfd_file_vnode(f));

	st->ino = m->ino;
	st->nlink = 1;
	st->mode = m->mode;
	st->size = (int64_t)m->size;
	st->blksize = BLOCK;
	st->blocks = (int64_t)((m->size + 511) / 512);
	return 0;
}

static void memory_release(struct evfd_vnode *v)
{
	struct memory_node *m = node_of(v);

	heap_free(m, sizeof(*m) + m->own_size);
}

static const struct evfd_vnode_ops file_ops = {
	.name = "file",
	.read = memory_read,
	.stat = memory_stat,
	.release = memory_release,
	.traits = EVFD_VNODE_SEEKABLE | EVFD_VNODE_MAPPABLE,
};

static const struct evfd_vnode_ops directory_ops = {
	.name = "directory",
	.read = memory_read,
	.stat = memory_stat,
	.release = memory_release,
	.traits = EVFD_VNODE_DIRECTORY,
};

static struct evfd_vnode *create(const struct evfd_vnode_ops *ops,
				 const struct initramfs_file *file,
				 uint64_t own_size)
{
	struct memory_node *m = heap_alloc(sizeof(*m) + own_size);

	if (!m)
		return NULL;
	*m = (struct memory_node){ { ops },  file->bytes, file->size,
				   own_size, file->ino,	  file->mode };
	if (own_size)
		m->bytes = memcpy(m + 1, file->bytes, own_size);
	return &m->vnode;
}

struct evfd_vnode *memory_node_create(const struct initramfs_file *file)
{
	return create(&file_ops, file, 0);
}

struct evfd_vnode *text_node_create(const char *text, size_t size, uint32_t ino)
{
	struct initramfs_file file = { (const uint8_t *)text, size, ino,
				       S_IFREG | 0444 };

	return create(&file_ops, &file, size);
}

struct evfd_vnode *directory_node_create(uint32_t ino)
{
	struct initramfs_file file = { NULL, 0, ino, S_IFDIR | 0555 };

	return create(&directory_ops, &file, 0);
}

void node_discard(struct evfd_vnode *v)
{
	if (v->ops->release)
		v->ops->release(v);
}

bool memory_node_source(struct evfd_vnode *v, struct space_source *source)
{
	struct memory_node *m = node_of(v);

	/* Text dies with its file; a mapping would outlive it. */
	if (v->ops != &file_ops || m->own_size)
		return false;
	*source = (struct space_source){ m->bytes, m->size };
	return true;
}
