/* SPDX-License-Identifier: MIT */
/*
 * The procfs files that there are, under /proc/self and /proc/<own pid>:
 *
 *	task/<tid>/stat	  tid (name) state ...; S asleep and can be interrupted,
 *			  D asleep for a short time, R else
 *	fdinfo/<fd>	  what the vfs tells of a descriptor
 */
#ifndef KERNEL_FS_PROCFS_H
#define KERNEL_FS_PROCFS_H

#include <evfd/vfs.h>

/* What path names, made up now; 0, ENOENT, ENOMEM. */
int procfs_open(const char *path, struct evfd_vnode **v);

#endif
