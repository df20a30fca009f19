/* SPDX-License-Identifier: MIT */
#include <evfd/vfs.h>

#include "fs/node.h"
#include "sys/syscall.h"
#include "task/process.h"

#define MAP_SHARED 0x01
#define MAP_PRIVATE 0x02
#define MAP_TYPE 0x0f
#define MAP_FIXED 0x10
#define MAP_ANONYMOUS 0x20
#define MAP_FIXED_NOREPLACE 0x100000
#define PROT_ALL 7u

#define MADV_DONTNEED 4
#define MADV_FREE 8
#define MADV_LAST 25

static struct space *my_space(void)
{
	return thread_current()->process->space;
}

static enum space_placement placement(uint64_t flags)
{
	if (flags & MAP_FIXED_NOREPLACE)
		return SPACE_AT_IF_FREE;
	return flags & MAP_FIXED ? SPACE_AT : SPACE_ANYWHERE;
}

/* Files can be mapped to be read, or privately: they never change. */
static int file_source(int fd, uint64_t offset, bool wants_shared_write,
		       struct space_source *source)
{
	struct evfd_file *file = evfd_fd_get(thread_current()->process->files, fd);
	bool is_mappable;

	if (!file)
		return EVFD_EBADF;
	is_mappable = memory_node_source(evfd_file_vnode(file), source);
	evfd_file_put(file);
	if (!is_mappable)
		return EVFD_ENODEV;
	if (wants_shared_write)
		return LINUX_EACCES;
	if (offset > source->size)
		offset = source->size;
	source->bytes += offset;
	source->size -= offset;
	return 0;
}

int64_t sys_mmap(const uint64_t args[6], struct trapframe *f)
{
	uint64_t flags = args[3], type = flags & MAP_TYPE;
	unsigned access = args[2] & PROT_ALL;
	struct space_source source = { 0 };
	int result = 0;

	(void)f;
	if (!args[1] || args[5] % PAGE_SIZE ||
	    (type != MAP_SHARED && type != MAP_PRIVATE))
		return EVFD_EINVAL;
	if (!(flags & MAP_ANONYMOUS))
		result = file_source((int)args[4], args[5],
				     type == MAP_SHARED && access & SPACE_WRITE,
				     &source);
	if (result)
		return result;
	return space_map(my_space(), args[0], args[1], access, placement(flags),
			 &source);
}

int64_t sys_mprotect(const uint64_t args[6], struct trapframe *f)
{
	(void)f;
	if (args[2] & ~(uint64_t)PROT_ALL)
		return EVFD_EINVAL;
	return space_protect(my_space(), args[0], args[1], (unsigned)args[2]);
}

int64_t sys_munmap(const uint64_t args[6], struct trapframe *f)
{
	(void)f;
	return space_unmap(my_space(), args[0], args[1]);
}

int64_t sys_brk(const uint64_t args[6], struct trapframe *f)
{
	(void)f;
	return (int64_t)space_break(my_space(), args[0]);
}

/* All other advice is heard, and changes nothing that can be observed. */
int64_t sys_madvise(const uint64_t args[6], struct trapframe *f)
{
	(void)f;
	if (args[2] == MADV_DONTNEED || args[2] == MADV_FREE)
		return space_discard(my_space(), args[0], args[1]);
	return args[2] > MADV_LAST ? EVFD_EINVAL : 0;
}
