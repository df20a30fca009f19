/* SPDX-License-Identifier: MIT */
/* Calls that name files. All files are read-only; the working directory is /. */
#include <evfd/vfs.h>

#include "fs/initramfs.h"
#include "fs/node.h"
#include "fs/procfs.h"
#include "lib/string.h"
#include "mm/usercopy.h"
#include "sys/syscall.h"
#include "task/process.h"

#define AT_FDCWD (-100)
#define O_CREAT 0100u
#define O_EXCL 0200u
#define O_TRUNC 01000u
#define O_DIRECTORY 0200000u
#define O_CLOEXEC 02000000u
#define O_STATUS (O_ACCMODE | 02000u | 04000u) /* APPEND, NONBLOCK */
#define W_OK 2
#define LINUX_EROFS (-30)

#define ROOT_INO 1

static bool is_directory(const char *path)
{
	return !strcmp(path, "/") || !strcmp(path, ".") ||
	       !strcmp(path, "/dev") || !strcmp(path, "/proc");
}

/* What a path names: a vnode to be opened or discarded. 0 or an error. */
static int look_up(const char *path, struct evfd_vnode **v)
{
	struct initramfs_file file;

	if (!*path)
		return EVFD_ENOENT;
	if (!strcmp(path, "/proc/self/exe"))
		path = thread_current()->process->path;
	if (is_directory(path))
		*v = directory_node_create(ROOT_INO);
	else if (!strcmp(path, "/dev/console") || !strcmp(path, "/dev/tty"))
		*v = &console_node;
	else if (!strcmp(path, "/dev/null"))
		*v = &null_node;
	else if (string_after(path, "/proc/"))
		return procfs_open(path, v);
	else if (!initramfs_find(path, &file))
		return EVFD_ENOENT;
	else if (file.mode & S_IFDIR)
		*v = directory_node_create(file.ino);
	else
		*v = memory_node_create(&file);
	return *v ? 0 : EVFD_ENOMEM;
}

static bool is_device(const struct evfd_vnode *v)
{
	return v == &console_node || v == &null_node;
}

static bool is_directory_node(const struct evfd_vnode *v)
{
	return v->ops->traits & EVFD_VNODE_DIRECTORY;
}

static int check_flags(const struct evfd_vnode *v, uint32_t flags)
{
	if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return EVFD_EEXIST;
	if (flags & O_DIRECTORY && !is_directory_node(v))
		return EVFD_ENOTDIR;
	if (!(flags & (O_ACCMODE | O_TRUNC)) || is_device(v))
		return 0;
	return is_directory_node(v) ? EVFD_EISDIR : LINUX_EROFS;
}

static int64_t install(struct evfd_vnode *v, uint32_t flags)
{
	struct evfd_process *files = thread_current()->process->files;
	struct evfd_file *file;
	int fd;

	file = evfd_file_open(thread_current()->process->system, v,
			      flags & O_STATUS);
	if (!file) {
		node_discard(v);
		return EVFD_ENFILE;
	}
	fd = evfd_fd_install(files, file, flags & O_CLOEXEC);
	if (fd < 0)
		evfd_file_put(file);
	return fd;
}

static int64_t open_at(int directory, uint64_t user_path, uint32_t flags)
{
	char path[PROCESS_PATH_MAX];
	struct evfd_vnode *v;
	int64_t result = copy_string_from_user(path, user_path, sizeof(path));

	if (result < 0)
		return result;
	if (path[0] != '/' && directory != AT_FDCWD)
		return EVFD_ENOTDIR; /* no directory can be searched by number */
	result = look_up(path, &v);
	if (result == EVFD_ENOENT && flags & O_CREAT)
		return LINUX_EROFS;
	if (!result) {
		result = check_flags(v, flags);
		if (result)
			node_discard(v);
	}
	return result ? result : install(v, flags);
}

int64_t sys_open(const uint64_t args[6], struct trapframe *f)
{
	(void)f;
	return open_at(AT_FDCWD, args[0], (uint32_t)args[1]);
}

int64_t sys_openat(const uint64_t args[6], struct trapframe *f)
{
	(void)f;
	return open_at((int)args[0], args[1], (uint32_t)args[2]);
}

static int64_t stat_path(uint64_t user_path, uint64_t user_to)
{
	char path[PROCESS_PATH_MAX];
	struct evfd_kstat st = { 0 };
	struct evfd_vnode *v;
	struct evfd_file *file;
	int64_t result = copy_string_from_user(path, user_path, sizeof(path));

	if (result >= 0)
		result = look_up(path, &v);
	if (result)
		return result;
	file = evfd_file_open(thread_current()->process->system, v, 0);
	if (!file) {
		node_discard(v);
		return EVFD_ENOMEM;
	}
	result = v->ops->stat(file, &st);
	evfd_file_put(file);
	if (!result)
		result = copy_to_user(user_to, &st, sizeof(st));
	return result;
}

int64_t sys_stat(const uint64_t args[6], struct trapframe *f)
{
	(void)f;
	return stat_path(args[0], args[1]);
}

int64_t sys_newfstatat(const uint64_t args[6], struct trapframe *f)
{
	(void)f;
	return stat_path(args[1], args[2]);
}

int64_t sys_access(const uint64_t args[6], struct trapframe *f)
{
	char path[PROCESS_PATH_MAX];
	struct evfd_vnode *v;
	int64_t result = copy_string_from_user(path, args[0], sizeof(path));

	(void)f;
	if (result >= 0)
		result = look_up(path, &v);
	if (result)
		return result;
	if (args[1] & W_OK && !is_device(v))
		result = LINUX_EROFS;
	node_discard(v);
	return result;
}

/* The one symbolic link is the running program. */
static int64_t read_link(uint64_t user_path, uint64_t user_to, uint64_t size)
{
	const struct process *p = thread_current()->process;
	char path[PROCESS_PATH_MAX];
	int64_t result = copy_string_from_user(path, user_path, sizeof(path));
	uint64_t n = strlen(p->path);

	if (result < 0)
		return result;
	if (strcmp(path, "/proc/self/exe"))
		return EVFD_ENOENT;
	if (n > size)
		n = size;
	return copy_to_user(user_to, p->path, n) ? EVFD_EFAULT : (int64_t)n;
}

int64_t sys_readlink(const uint64_t args[6], struct trapframe *f)
{
	(void)f;
	return read_link(args[0], args[1], args[2]);
}

int64_t sys_readlinkat(const uint64_t args[6], struct trapframe *f)
{
	(void)f;
	return read_link(args[1], args[2], args[3]);
}

int64_t sys_getcwd(const uint64_t args[6], struct trapframe *f)
{
	(void)f;
	if (args[1] < 2)
		return LINUX_ERANGE;
	return copy_to_user(args[0], "/", 2) ? EVFD_EFAULT : 2;
}
