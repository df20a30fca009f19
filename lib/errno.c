/* SPDX-License-Identifier: MIT */
/* Errors have Linux's numbers inside, and the host's in errno. */
#include <errno.h>

#include "library.h"

static int host_errno(int error)
{
	switch (error) {
	case EVFD_EPERM:
		return EPERM;
	case EVFD_EINTR:
		return EINTR;
	case EVFD_EBADF:
		return EBADF;
	case EVFD_EAGAIN:
		return EAGAIN;
	case EVFD_ENOMEM:
		return ENOMEM;
	case EVFD_EEXIST:
		return EEXIST;
	case EVFD_EINVAL:
		return EINVAL;
	case EVFD_ENFILE:
		return ENFILE;
	case EVFD_EMFILE:
		return EMFILE;
	case EVFD_ETIMEDOUT:
		return ETIMEDOUT;
	case EVFD_ECANCELED:
		return ECANCELED;
	}
	evfd_port_panic("an error without a name", __FILE__, __LINE__);
}

int evfd_lib_error(int error)
{
	errno = host_errno(error);
	return -1;
}
