/* SPDX-License-Identifier: MIT */
/* The program's terminal: what it writes goes out of the serial port; there is
 * nobody to read from. And /dev/null. */
#include "fs/node.h"
#include "x86/serial.h"

#define S_IFCHR 0020000u
#define DEVICE(major, minor) ((uint64_t)(major) << 8 | (minor))

static int64_t read_nothing(struct evfd_file *f, struct evfd_uio *u, int64_t pos)
{
	(void)f, (void)u, (void)pos;
	return 0;
}

/* Take everything in pieces that fit on the stack; give each to sink. */
static int64_t drain(struct evfd_uio *u, void (*sink)(const char *, size_t))
{
	char piece[512];
	int64_t total = 0;
	size_t n;

	while ((n = evfd_uio_left(u))) {
		if (n > sizeof(piece))
			n = sizeof(piece);
		if (evfd_uio_get(u, piece, n))
			return total ? total : EVFD_EFAULT;
		sink(piece, n);
		total += (int64_t)n;
	}
	return total;
}

static void forget(const char *bytes, size_t n)
{
	(void)bytes, (void)n;
}

static int64_t console_write(struct evfd_file *f, struct evfd_uio *u, int64_t pos)
{
	(void)f, (void)pos;
	return drain(u, serial_write);
}

static int64_t null_write(struct evfd_file *f, struct evfd_uio *u, int64_t pos)
{
	(void)f, (void)pos;
	return drain(u, forget);
}

static int console_stat(struct evfd_file *f, struct evfd_kstat *st)
{
	(void)f;
	*st = (struct evfd_kstat){ .ino = 2,
				   .nlink = 1,
				   .mode = S_IFCHR | 0620,
				   .blksize = 1024,
				   .rdev = DEVICE(5, 1) };
	return 0;
}

static int null_stat(struct evfd_file *f, struct evfd_kstat *st)
{
	(void)f;
	*st = (struct evfd_kstat){ .ino = 3,
				   .nlink = 1,
				   .mode = S_IFCHR | 0666,
				   .blksize = 4096,
				   .rdev = DEVICE(1, 3) };
	return 0;
}

static const struct evfd_vnode_ops console_ops = {
	.name = "console",
	.read = read_nothing,
	.write = console_write,
	.stat = console_stat,
};

static const struct evfd_vnode_ops null_ops = {
	.name = "null",
	.read = read_nothing,
	.write = null_write,
	.stat = null_stat,
};

struct evfd_vnode console_node = { &console_ops };
struct evfd_vnode null_node = { &null_ops };
