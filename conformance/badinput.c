/* SPDX-License-Identifier: MIT */
/*
 * Bad input: a table of calls, each with the error that it is documented to
 * get. After each row every counter holds what it held, readiness and flags
 * are as they were, and (the runner sees to that) nothing has leaked.
 *
 * Arguments that only exist at run time are written as names; they resolve to
 * what struct scene holds. A second table, of native calls, is crossed with one
 * of bad handles.
 */
#include "conf.h"
#include "native.h"

/* Names for run-time values: no sensible argument has this top half. */
#define NAME(n) (UINT64_C(0x5eed000000000000) + (n))
enum {
	N_FD = 0, /* 64 descriptors, then pointers */
	N_PTR = 64,
};
#define E NAME(N_FD + 0)    /* counter of 5 */
#define SEM NAME(N_FD + 1)  /* semaphore of 2 */
#define ZERO NAME(N_FD + 2) /* counter of 0 */
#define FULL NAME(N_FD + 3) /* counter of 2^64-2 */
#define EP NAME(N_FD + 4)   /* epoll that watches E, level IN */
#define EPX NAME(N_FD + 5)  /* epoll that watches E exclusively */
#define SHUT NAME(N_FD + 6) /* a closed number */
#define PIPE_IN NAME(N_FD + 7)
#define PIPE_OUT NAME(N_FD + 8)
#define BUF NAME(N_PTR + 0)   /* 4096 zero bytes, the first is 1 */
#define ONES NAME(N_PTR + 1)  /* 8 bytes of all ones */
#define FENCE NAME(N_PTR + 2) /* unmapped */
#define HALF NAME(N_PTR + 3)  /* the last 4 bytes before it */
#define RO NAME(N_PTR + 4)    /* read-only, zeros */
#define IOV_NEGATIVE NAME(N_PTR + 5)
#define IOV_FENCE NAME(N_PTR + 6)
#define IOV_SHORT NAME(N_PTR + 7)
#define IOV_OK NAME(N_PTR + 8)
#define IOV_KERNEL NAME(N_PTR + 9)
#define POLLFDS NAME(N_PTR + 10)
#define EVENT NAME(N_PTR + 11) /* IN */
#define EVENT_ONESHOT_EX NAME(N_PTR + 12)
#define EVENT_EX NAME(N_PTR + 13)
#define TS_BIG NAME(N_PTR + 14)	     /* 10^9 ns */
#define TS_NEGATIVE NAME(N_PTR + 15) /* -1 s */
#define TS_ZERO NAME(N_PTR + 16)
#define TV_NEGATIVE NAME(N_PTR + 17)
#define SET_E NAME(N_PTR + 18)	  /* select set with E */
#define SET_SHUT NAME(N_PTR + 19) /* with SHUT */
#define MASK NAME(N_PTR + 20)
#define MASK_BAD_SIZE NAME(N_PTR + 21) /* pselect's pair, size 4 */
#define MASK_FENCE NAME(N_PTR + 22)
#define NAMES (N_PTR + 23)

#define KERNEL UINT64_C(0xffff800000000000)
#define NONCANONICAL UINT64_C(0x8000000000000000)
#define MINUS_1 UINT64_MAX
#define TOP_BIT UINT64_C(0x8000000000000000)

struct row {
	const char *name; /* of the case, behind "B_" */
	uint32_t needs;
	int32_t error; /* positive */
	uint64_t nr, args[6];
};
#define P CONF_FAULTS
#define R(name, error, ...)                 \
	{                                   \
		name, 0, error, __VA_ARGS__ \
	}
#define RP(name, error, ...)                \
	{                                   \
		name, P, error, __VA_ARGS__ \
	}

static const struct row rows[] = {
	/* read: descriptor, length, address */
	R("read_closed", EBADF, SYS_READ, { SHUT, BUF, 8 }),
	R("read_fd_minus_1", EBADF, SYS_READ, { MINUS_1, BUF, 8 }),
	R("read_fd_huge", EBADF, SYS_READ, { 1u << 30, BUF, 8 }),
	R("read_fd_int_min", EBADF, SYS_READ, { 1u << 31, BUF, 8 }),
	R("read_closed_null_0", EBADF, SYS_READ, { SHUT, 0, 0 }),
	R("read_0_bytes", EINVAL, SYS_READ, { E, BUF, 0 }),
	R("read_1_byte", EINVAL, SYS_READ, { E, BUF, 1 }),
	R("read_2_bytes", EINVAL, SYS_READ, { E, BUF, 2 }),
	R("read_3_bytes", EINVAL, SYS_READ, { E, BUF, 3 }),
	R("read_4_bytes", EINVAL, SYS_READ, { E, BUF, 4 }),
	R("read_5_bytes", EINVAL, SYS_READ, { E, BUF, 5 }),
	R("read_6_bytes", EINVAL, SYS_READ, { E, BUF, 6 }),
	R("read_7_bytes", EINVAL, SYS_READ, { E, BUF, 7 }),
	R("read_7_bytes_semaphore", EINVAL, SYS_READ, { SEM, BUF, 7 }),
	R("read_0_bytes_empty", EINVAL, SYS_READ, { ZERO, BUF, 0 }),
	R("read_7_bytes_empty", EINVAL, SYS_READ, { ZERO, BUF, 7 }),
	R("read_null_0_bytes", EINVAL, SYS_READ, { E, 0, 0 }),
	R("read_empty", EAGAIN, SYS_READ, { ZERO, BUF, 8 }),
	R("read_empty_9_bytes", EAGAIN, SYS_READ, { ZERO, BUF, 9 }),
	RP("read_empty_to_null", EAGAIN, SYS_READ, { ZERO, 0, 8 }),
	RP("read_lossy_null", EFAULT, SYS_READ, { E, 0, 8 }),
	RP("read_lossy_unmapped", EFAULT, SYS_READ, { E, FENCE, 8 }),
	RP("read_lossy_half_mapped", EFAULT, SYS_READ, { E, HALF, 8 }),
	RP("read_lossy_readonly", EFAULT, SYS_READ, { E, RO, 8 }),
	RP("read_lossy_semaphore_null", EFAULT, SYS_READ, { SEM, 0, 8 }),
	RP("read_lossy_full_unmapped", EFAULT, SYS_READ, { FULL, FENCE, 8 }),
	RP("read_kernel_address", EFAULT, SYS_READ, { E, KERNEL, 8 }),
	RP("read_noncanonical", EFAULT, SYS_READ, { E, NONCANONICAL, 8 }),
	RP("read_last_address", EFAULT, SYS_READ, { E, MINUS_1 - 7, 8 }),
	RP("read_length_2_63", EFAULT, SYS_READ, { E, BUF, TOP_BIT }),
	RP("read_length_minus_1", EFAULT, SYS_READ, { E, BUF, MINUS_1 }),

	/* write */
	R("write_closed", EBADF, SYS_WRITE, { SHUT, BUF, 8 }),
	R("write_fd_minus_1", EBADF, SYS_WRITE, { MINUS_1, BUF, 8 }),
	R("write_fd_huge", EBADF, SYS_WRITE, { 1u << 30, BUF, 8 }),
	R("write_0_bytes", EINVAL, SYS_WRITE, { E, BUF, 0 }),
	R("write_1_byte", EINVAL, SYS_WRITE, { E, BUF, 1 }),
	R("write_2_bytes", EINVAL, SYS_WRITE, { E, BUF, 2 }),
	R("write_3_bytes", EINVAL, SYS_WRITE, { E, BUF, 3 }),
	R("write_4_bytes", EINVAL, SYS_WRITE, { E, BUF, 4 }),
	R("write_5_bytes", EINVAL, SYS_WRITE, { E, BUF, 5 }),
	R("write_6_bytes", EINVAL, SYS_WRITE, { E, BUF, 6 }),
	R("write_7_bytes", EINVAL, SYS_WRITE, { E, BUF, 7 }),
	R("write_9_bytes", EINVAL, SYS_WRITE, { E, BUF, 9 }),
	R("write_16_bytes", EINVAL, SYS_WRITE, { E, BUF, 16 }),
	R("write_4096_bytes", EINVAL, SYS_WRITE, { E, BUF, 4096 }),
	R("write_0_bytes_full", EINVAL, SYS_WRITE, { FULL, BUF, 0 }),
	R("write_7_bytes_full", EINVAL, SYS_WRITE, { FULL, BUF, 7 }),
	R("write_9_bytes_full", EINVAL, SYS_WRITE, { FULL, BUF, 9 }),
	R("write_null_0_bytes", EINVAL, SYS_WRITE, { E, 0, 0 }),
	R("write_all_ones", EINVAL, SYS_WRITE, { E, ONES, 8 }),
	R("write_all_ones_empty", EINVAL, SYS_WRITE, { ZERO, ONES, 8 }),
	R("write_all_ones_full", EINVAL, SYS_WRITE, { FULL, ONES, 8 }),
	R("write_all_ones_semaphore", EINVAL, SYS_WRITE, { SEM, ONES, 8 }),
	R("write_over_the_ceiling", EAGAIN, SYS_WRITE, { FULL, BUF, 8 }),
	RP("write_null", EFAULT, SYS_WRITE, { E, 0, 8 }),
	RP("write_unmapped", EFAULT, SYS_WRITE, { E, FENCE, 8 }),
	RP("write_half_mapped", EFAULT, SYS_WRITE, { E, HALF, 8 }),
	RP("write_unmapped_full", EFAULT, SYS_WRITE, { FULL, FENCE, 8 }),
	RP("write_kernel_address", EFAULT, SYS_WRITE, { E, KERNEL, 8 }),
	RP("write_noncanonical", EFAULT, SYS_WRITE, { E, NONCANONICAL, 8 }),
	RP("write_last_address", EFAULT, SYS_WRITE, { E, MINUS_1 - 7, 8 }),
	RP("write_unmapped_7_bytes", EINVAL, SYS_WRITE, { E, FENCE, 7 }),
	RP("write_length_2_63", EFAULT, SYS_WRITE, { E, BUF, TOP_BIT }),

	/* positioned */
	R("pread", ESPIPE, SYS_PREAD64, { E, BUF, 8, 0 }),
	R("pread_null", ESPIPE, SYS_PREAD64, { E, 0, 8, 8 }),
	R("pread_negative", EINVAL, SYS_PREAD64, { E, BUF, 8, MINUS_1 }),
	R("pread_closed", EBADF, SYS_PREAD64, { SHUT, BUF, 8, 0 }),
	R("pwrite", ESPIPE, SYS_PWRITE64, { E, BUF, 8, 0 }),
	R("pwrite_negative", EINVAL, SYS_PWRITE64, { E, BUF, 8, MINUS_1 }),
	R("pwrite_closed", EBADF, SYS_PWRITE64, { SHUT, BUF, 8, 0 }),
	R("preadv", ESPIPE, SYS_PREADV, { E, IOV_OK, 1, 0, 0 }),
	R("pwritev", ESPIPE, SYS_PWRITEV, { E, IOV_OK, 1, 0, 0 }),
	R("preadv_closed", EBADF, SYS_PREADV, { SHUT, IOV_OK, 1, 0, 0 }),

	/* vectors */
	R("readv_closed", EBADF, SYS_READV, { SHUT, IOV_OK, 1 }),
	R("readv_count_minus_1", EINVAL, SYS_READV, { E, IOV_OK, MINUS_1 }),
	R("readv_count_1025", EINVAL, SYS_READV, { E, IOV_OK, 1025 }),
	R("readv_short", EINVAL, SYS_READV, { E, IOV_SHORT, 1 }),
	R("readv_negative_length", EINVAL, SYS_READV, { E, IOV_NEGATIVE, 1 }),
	RP("readv_null_vector", EFAULT, SYS_READV, { E, 0, 1 }),
	RP("readv_unmapped_vector", EFAULT, SYS_READV, { E, FENCE, 1 }),
	RP("readv_half_vector", EFAULT, SYS_READV, { E, HALF, 1 }),
	RP("readv_kernel_piece", EFAULT, SYS_READV, { E, IOV_KERNEL, 1 }),
	RP("readv_lossy_piece", EFAULT, SYS_READV, { E, IOV_FENCE, 1 }),
	R("writev_closed", EBADF, SYS_WRITEV, { SHUT, IOV_OK, 1 }),
	R("writev_count_minus_1", EINVAL, SYS_WRITEV, { E, IOV_OK, MINUS_1 }),
	R("writev_count_1025", EINVAL, SYS_WRITEV, { E, IOV_OK, 1025 }),
	R("writev_short", EINVAL, SYS_WRITEV, { E, IOV_SHORT, 1 }),
	R("writev_negative_length", EINVAL, SYS_WRITEV, { E, IOV_NEGATIVE, 1 }),
	R("writev_full", EAGAIN, SYS_WRITEV, { FULL, IOV_OK, 1 }),
	RP("writev_null_vector", EFAULT, SYS_WRITEV, { E, 0, 1 }),
	RP("writev_unmapped_vector", EFAULT, SYS_WRITEV, { E, FENCE, 1 }),
	RP("writev_unmapped_piece", EFAULT, SYS_WRITEV, { E, IOV_FENCE, 1 }),
	RP("writev_kernel_piece", EFAULT, SYS_WRITEV, { E, IOV_KERNEL, 1 }),

	/* create */
	R("eventfd2_flag_2", EINVAL, SYS_EVENTFD2, { 0, 2 }),
	R("eventfd2_flag_4", EINVAL, SYS_EVENTFD2, { 0, 4 }),
	R("eventfd2_flag_0x100", EINVAL, SYS_EVENTFD2, { 0, 0x100 }),
	R("eventfd2_flag_0x8000", EINVAL, SYS_EVENTFD2, { 0, 0x8000 }),
	R("eventfd2_flag_top", EINVAL, SYS_EVENTFD2, { 0, 1u << 31 }),
	R("eventfd2_flags_all", EINVAL, SYS_EVENTFD2, { 0, 0xffffffffu }),
	R("epoll_create_0", EINVAL, SYS_EPOLL_CREATE, { 0 }),
	R("epoll_create_minus_1", EINVAL, SYS_EPOLL_CREATE, { MINUS_1 }),
	R("epoll_create1_flag_1", EINVAL, SYS_EPOLL_CREATE1, { 1 }),
	R("epoll_create1_nonblock", EINVAL, SYS_EPOLL_CREATE1, { O_NONBLOCK }),
	R("epoll_create1_all", EINVAL, SYS_EPOLL_CREATE1, { 0xffffffffu }),
	R("pipe2_flag_1", EINVAL, SYS_PIPE2, { BUF, 1 }),
	RP("pipe2_null", EFAULT, SYS_PIPE2, { 0, 0 }),
	RP("pipe2_unmapped", EFAULT, SYS_PIPE2, { FENCE, 0 }),
	RP("pipe2_half_mapped", EFAULT, SYS_PIPE2, { HALF, 0 }),
	RP("pipe_readonly", EFAULT, SYS_PIPE, { RO }),

	/* epoll */
	R("ctl_closed_epoll", EBADF, SYS_EPOLL_CTL,
	  { SHUT, EPOLL_CTL_ADD, E, EVENT }),
	R("ctl_closed_target", EBADF, SYS_EPOLL_CTL,
	  { EP, EPOLL_CTL_ADD, SHUT, EVENT }),
	R("ctl_no_epoll", EINVAL, SYS_EPOLL_CTL, { E, EPOLL_CTL_ADD, SEM, EVENT }),
	R("ctl_itself", EINVAL, SYS_EPOLL_CTL, { EP, EPOLL_CTL_ADD, EP, EVENT }),
	R("ctl_op_0", EINVAL, SYS_EPOLL_CTL, { EP, 0, E, EVENT }),
	R("ctl_op_4", EINVAL, SYS_EPOLL_CTL, { EP, 4, E, EVENT }),
	R("ctl_op_minus_1", EINVAL, SYS_EPOLL_CTL, { EP, MINUS_1, E, EVENT }),
	R("ctl_add_twice", EEXIST, SYS_EPOLL_CTL, { EP, EPOLL_CTL_ADD, E, EVENT }),
	R("ctl_mod_absent", ENOENT, SYS_EPOLL_CTL,
	  { EP, EPOLL_CTL_MOD, SEM, EVENT }),
	R("ctl_del_absent", ENOENT, SYS_EPOLL_CTL, { EP, EPOLL_CTL_DEL, SEM, 0 }),
	R("ctl_exclusive_oneshot", EINVAL, SYS_EPOLL_CTL,
	  { EP, EPOLL_CTL_ADD, SEM, EVENT_ONESHOT_EX }),
	R("ctl_exclusive_mod", EINVAL, SYS_EPOLL_CTL,
	  { EP, EPOLL_CTL_MOD, E, EVENT_EX }),
	R("ctl_mod_of_exclusive", EINVAL, SYS_EPOLL_CTL,
	  { EPX, EPOLL_CTL_MOD, E, EVENT }),
	R("ctl_exclusive_epoll", EINVAL, SYS_EPOLL_CTL,
	  { EP, EPOLL_CTL_ADD, EPX, EVENT_EX }),
	RP("ctl_add_null", EFAULT, SYS_EPOLL_CTL, { EP, EPOLL_CTL_ADD, SEM, 0 }),
	RP("ctl_mod_null", EFAULT, SYS_EPOLL_CTL, { EP, EPOLL_CTL_MOD, E, 0 }),
	RP("ctl_add_unmapped", EFAULT, SYS_EPOLL_CTL,
	   { EP, EPOLL_CTL_ADD, SEM, FENCE }),
	RP("ctl_add_half_mapped", EFAULT, SYS_EPOLL_CTL,
	   { EP, EPOLL_CTL_ADD, SEM, HALF }),
	R("wait_closed", EBADF, SYS_EPOLL_WAIT, { SHUT, BUF, 1, 0 }),
	R("wait_no_epoll", EINVAL, SYS_EPOLL_WAIT, { E, BUF, 1, 0 }),
	R("wait_0_events", EINVAL, SYS_EPOLL_WAIT, { EP, BUF, 0, 0 }),
	R("wait_minus_1_events", EINVAL, SYS_EPOLL_WAIT, { EP, BUF, MINUS_1, 0 }),
	R("wait_int_max_events", EINVAL, SYS_EPOLL_WAIT, { EP, BUF, 0x7fffffff, 0 }),
	R("wait_int_min_events", EINVAL, SYS_EPOLL_WAIT,
	  { EP, BUF, 0x80000000u, 0 }),
	RP("wait_null", EFAULT, SYS_EPOLL_WAIT, { EP, 0, 1, 0 }),
	RP("wait_unmapped", EFAULT, SYS_EPOLL_WAIT, { EP, FENCE, 1, 0 }),
	RP("wait_half_mapped", EFAULT, SYS_EPOLL_WAIT, { EP, HALF, 1, 0 }),
	RP("wait_readonly", EFAULT, SYS_EPOLL_WAIT, { EP, RO, 1, 0 }),
	RP("wait_kernel_address", EFAULT, SYS_EPOLL_WAIT, { EP, KERNEL, 1, 0 }),
	R("pwait_mask_size_4", EINVAL, SYS_EPOLL_PWAIT, { EP, BUF, 1, 0, MASK, 4 }),
	R("pwait_mask_size_16", EINVAL, SYS_EPOLL_PWAIT,
	  { EP, BUF, 1, 0, MASK, 16 }),
	RP("pwait_mask_unmapped", EFAULT, SYS_EPOLL_PWAIT,
	   { EP, BUF, 1, 0, FENCE, 8 }),
	R("pwait2_time_too_big", EINVAL, SYS_EPOLL_PWAIT2,
	  { EP, BUF, 1, TS_BIG, 0, 8 }),
	R("pwait2_time_negative", EINVAL, SYS_EPOLL_PWAIT2,
	  { EP, BUF, 1, TS_NEGATIVE, 0, 8 }),
	RP("pwait2_time_unmapped", EFAULT, SYS_EPOLL_PWAIT2,
	   { EP, BUF, 1, FENCE, 0, 8 }),

	/* poll and select */
	R("poll_minus_1", EINVAL, SYS_POLL, { POLLFDS, MINUS_1, 0 }),
	R("poll_2_31", EINVAL, SYS_POLL, { POLLFDS, 1u << 31, 0 }),
	RP("poll_null", EFAULT, SYS_POLL, { 0, 1, 0 }),
	RP("poll_unmapped", EFAULT, SYS_POLL, { FENCE, 1, 0 }),
	RP("poll_half_mapped", EFAULT, SYS_POLL, { HALF, 1, 0 }),
	RP("poll_readonly", EFAULT, SYS_POLL, { RO, 1, 0 }),
	R("ppoll_time_too_big", EINVAL, SYS_PPOLL, { POLLFDS, 1, TS_BIG, 0, 8 }),
	R("ppoll_time_negative", EINVAL, SYS_PPOLL,
	  { POLLFDS, 1, TS_NEGATIVE, 0, 8 }),
	RP("ppoll_time_unmapped", EFAULT, SYS_PPOLL, { POLLFDS, 1, FENCE, 0, 8 }),
	R("ppoll_mask_size_4", EINVAL, SYS_PPOLL, { POLLFDS, 1, TS_ZERO, MASK, 4 }),
	RP("ppoll_mask_unmapped", EFAULT, SYS_PPOLL,
	   { POLLFDS, 1, TS_ZERO, FENCE, 8 }),
	R("select_minus_1", EINVAL, SYS_SELECT, { MINUS_1, SET_E, 0, 0, 0 }),
	R("select_closed", EBADF, SYS_SELECT, { 64, SET_SHUT, 0, 0, 0 }),
	R("select_time_negative", EINVAL, SYS_SELECT,
	  { 64, SET_E, 0, 0, TV_NEGATIVE }),
	RP("select_set_unmapped", EFAULT, SYS_SELECT, { 64, FENCE, 0, 0, 0 }),
	RP("select_set_readonly", EFAULT, SYS_SELECT, { 64, RO, 0, 0, TS_ZERO }),
	RP("select_time_unmapped", EFAULT, SYS_SELECT, { 64, SET_E, 0, 0, FENCE }),
	R("pselect_time_too_big", EINVAL, SYS_PSELECT6,
	  { 64, SET_E, 0, 0, TS_BIG, 0 }),
	R("pselect_mask_size_4", EINVAL, SYS_PSELECT6,
	  { 64, SET_E, 0, 0, 0, MASK_BAD_SIZE }),
	RP("pselect_mask_unmapped", EFAULT, SYS_PSELECT6,
	   { 64, SET_E, 0, 0, 0, MASK_FENCE }),
	RP("pselect_pair_unmapped", EFAULT, SYS_PSELECT6,
	   { 64, SET_E, 0, 0, 0, FENCE }),

	/* descriptors */
	R("close_closed", EBADF, SYS_CLOSE, { SHUT }),
	R("close_minus_1", EBADF, SYS_CLOSE, { MINUS_1 }),
	R("close_huge", EBADF, SYS_CLOSE, { 1u << 30 }),
	R("close_range_backwards", EINVAL, SYS_CLOSE_RANGE, { 500, 499, 0 }),
	R("close_range_flags", EINVAL, SYS_CLOSE_RANGE, { 500, 501, 0x80 }),
	R("dup_closed", EBADF, SYS_DUP, { SHUT }),
	R("dup_minus_1", EBADF, SYS_DUP, { MINUS_1 }),
	R("dup2_closed", EBADF, SYS_DUP2, { SHUT, 60 }),
	R("dup2_closed_to_itself", EBADF, SYS_DUP2, { SHUT, SHUT }),
	R("dup2_to_minus_1", EBADF, SYS_DUP2, { E, MINUS_1 }),
	R("dup2_to_huge", EBADF, SYS_DUP2, { E, 0x7fffffff }),
	R("dup3_to_itself", EINVAL, SYS_DUP3, { E, E, 0 }),
	R("dup3_nonblock", EINVAL, SYS_DUP3, { E, 60, O_NONBLOCK }),
	R("dup3_closed", EBADF, SYS_DUP3, { SHUT, 60, 0 }),
	R("fcntl_closed", EBADF, SYS_FCNTL, { SHUT, F_GETFL }),
	R("fcntl_unknown", EINVAL, SYS_FCNTL, { E, 9999 }),
	R("fcntl_dupfd_minus_1", EINVAL, SYS_FCNTL, { E, F_DUPFD, MINUS_1 }),
	R("fcntl_dupfd_huge", EINVAL, SYS_FCNTL, { E, F_DUPFD, 0x7fffffff }),
	R("fcntl_direct", EINVAL, SYS_FCNTL, { E, F_SETFL, O_DIRECT }),
	R("ioctl_closed", EBADF, SYS_IOCTL, { SHUT, FIONBIO, BUF }),
	R("ioctl_0", ENOTTY, SYS_IOCTL, { E, 0, 0 }),
	R("ioctl_all_ones", ENOTTY, SYS_IOCTL, { E, 0xffffffffu, 0 }),
	R("ioctl_fionread", ENOTTY, SYS_IOCTL, { E, FIONREAD, BUF }),
	R("ioctl_fionread_null", ENOTTY, SYS_IOCTL, { E, FIONREAD, 0 }),
	R("ioctl_tcgets", ENOTTY, SYS_IOCTL, { E, TCGETS, BUF }),
	RP("ioctl_fionbio_null", EFAULT, SYS_IOCTL, { E, FIONBIO, 0 }),
	RP("ioctl_fionbio_unmapped", EFAULT, SYS_IOCTL, { E, FIONBIO, FENCE }),

	/* calls of other files */
	R("lseek_whence_99", EINVAL, SYS_LSEEK, { E, 0, 99 }),
	R("lseek_closed", EBADF, SYS_LSEEK, { SHUT, 0, 0 }),
	R("ftruncate_0", EINVAL, SYS_FTRUNCATE, { E, 0 }),
	R("ftruncate_minus_1", EINVAL, SYS_FTRUNCATE, { E, MINUS_1 }),
	R("ftruncate_closed", EBADF, SYS_FTRUNCATE, { SHUT, 0 }),
	R("fsync", EINVAL, SYS_FSYNC, { E }),
	R("fsync_closed", EBADF, SYS_FSYNC, { SHUT }),
	R("fdatasync", EINVAL, SYS_FDATASYNC, { E }),
	R("fallocate", ENODEV, SYS_FALLOCATE, { E, 0, 0, 8 }),
	R("fallocate_0", EINVAL, SYS_FALLOCATE, { E, 0, 0, 0 }),
	R("fallocate_negative", EINVAL, SYS_FALLOCATE, { E, 0, MINUS_1, 8 }),
	R("fallocate_closed", EBADF, SYS_FALLOCATE, { SHUT, 0, 0, 8 }),
	R("mmap", ENODEV, SYS_MMAP, { 0, 4096, 1, 1, E, 0 }),
	R("mmap_length_0", EINVAL, SYS_MMAP, { 0, 0, 1, 1, E, 0 }),
	R("splice_from", EINVAL, SYS_SPLICE, { E, 0, PIPE_OUT, 0, 8, 0 }),
	R("splice_to", EINVAL, SYS_SPLICE, { PIPE_IN, 0, E, 0, 8, 0 }),
	R("splice_between", EINVAL, SYS_SPLICE, { E, 0, SEM, 0, 8, 0 }),
	R("splice_closed", EBADF, SYS_SPLICE, { SHUT, 0, PIPE_OUT, 0, 8, 0 }),
	R("splice_flags", EINVAL, SYS_SPLICE, { E, 0, PIPE_OUT, 0, 8, 0x100 }),
	R("fchdir", ENOTDIR, SYS_FCHDIR, { E }),
	R("fchdir_closed", EBADF, SYS_FCHDIR, { SHUT }),
	R("connect", ENOTSOCK, SYS_CONNECT, { E, BUF, 16 }),
	R("accept", ENOTSOCK, SYS_ACCEPT, { E, 0, 0 }),
	R("sendto", ENOTSOCK, SYS_SENDTO, { E, BUF, 8, 0, 0, 0 }),
	R("recvfrom", ENOTSOCK, SYS_RECVFROM, { E, BUF, 8, 0, 0, 0 }),
	R("sendto_closed", EBADF, SYS_SENDTO, { SHUT, BUF, 8, 0, 0, 0 }),
	R("shutdown", ENOTSOCK, SYS_SHUTDOWN, { E, 2 }),
	R("bind", ENOTSOCK, SYS_BIND, { E, BUF, 16 }),
	R("listen", ENOTSOCK, SYS_LISTEN, { E, 1 }),
	R("getsockname", ENOTSOCK, SYS_GETSOCKNAME, { E, BUF, BUF }),
	R("fstat_closed", EBADF, SYS_FSTAT, { SHUT, BUF }),
	RP("fstat_null", EFAULT, SYS_FSTAT, { E, 0 }),
	RP("fstat_unmapped", EFAULT, SYS_FSTAT, { E, FENCE }),
	RP("fstat_readonly", EFAULT, SYS_FSTAT, { E, RO }),

	/* numbers that are no system calls */
	R("syscall_600", ENOSYS, 600, { E, BUF, 8 }),
	R("syscall_999", ENOSYS, 999, { E, BUF, 8 }),
	R("syscall_4096", ENOSYS, 4096, { E, BUF, 8 }),
	R("syscall_int_max", ENOSYS, 0x7fffffff, { E, BUF, 8 }),
	R("syscall_minus_1", ENOSYS, MINUS_1, { E, BUF, 8 }),
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))
_Static_assert(ROWS >= 150, "the table is as long as it is said to be");

/* ---- the scene ---------------------------------------------------------- */

struct scene {
	uint64_t value[NAMES];
	struct iovec iov[5];
	struct pollfd polled[1];
	struct epoll_event event[3];
	struct timespec ts[3];
	struct timeval tv;
	uint64_t sets[2][16], mask, bad_size[2], bad_mask[2], ones;
};

static uint64_t address(const volatile void *p)
{
	return (uint64_t)(uintptr_t)p;
}

#define SET(name, v) s->value[(name)-NAME(0)] = (uint64_t)(v)
#define FD(name) ((int)s->value[(name)-NAME(0)])

static int open_scene(struct scene *s)
{
	int pipe[2], shut;

	SET(E, conf_eventfd(5, EFD_NONBLOCK));
	SET(SEM, conf_eventfd(2, EFD_NONBLOCK | EFD_SEMAPHORE));
	SET(ZERO, conf_eventfd(0, EFD_NONBLOCK));
	SET(FULL, conf_eventfd_at(MAX, 0));
	SET(EP, conf_epoll());
	SET(EPX, conf_epoll());
	EQ(conf_add(FD(EP), FD(E), EPOLLIN), 0);
	EQ(conf_add(FD(EPX), FD(E), EPOLLIN | EPOLLEXCLUSIVE), 0);
	EQ(sys(SYS_PIPE2, pipe, O_NONBLOCK), 0);
	SET(PIPE_IN, pipe[0]);
	SET(PIPE_OUT, pipe[1]);
	shut = conf_eventfd(0, 0);
	CLOSE(shut);
	SET(SHUT, shut);
	return 0;
}

static void fill_vectors(struct scene *s)
{
	unsigned char *buffer = conf_shared_buffer();

	buffer[0] = 1;
	s->ones = FULL_RANGE;
	s->iov[0] = (struct iovec)PIECE(buffer, TOP_BIT);
	s->iov[1] = (struct iovec)PIECE(T->fence, 8);
	s->iov[2] = (struct iovec)PIECE(buffer, 7);
	s->iov[3] = (struct iovec)PIECE(buffer, 8);
	s->iov[4] = (struct iovec)PIECE(KERNEL, 8);
	SET(BUF, address(buffer));
	SET(ONES, address(&s->ones));
	SET(FENCE, address(T->fence));
	SET(HALF, address(T->fence) - 4);
	SET(RO, address(T->readonly));
	SET(IOV_NEGATIVE, address(&s->iov[0]));
	SET(IOV_FENCE, address(&s->iov[1]));
	SET(IOV_SHORT, address(&s->iov[2]));
	SET(IOV_OK, address(&s->iov[3]));
	SET(IOV_KERNEL, address(&s->iov[4]));
}

static void fill_waits(struct scene *s)
{
	static const uint32_t ex = EPOLLIN | EPOLLEXCLUSIVE;

	s->polled[0] = (struct pollfd){ FD(E), POLLIN, 0 };
	s->event[0] = (struct epoll_event){ EPOLLIN, 1 };
	s->event[1] = (struct epoll_event){ ex | EPOLLONESHOT, 1 };
	s->event[2] = (struct epoll_event){ ex, 1 };
	s->ts[0] = (struct timespec){ 0, 1000000000 };
	s->ts[1] = (struct timespec){ -1, 0 };
	s->tv = (struct timeval){ -1, 0 };
	s->sets[0][0] = UINT64_C(1) << FD(E);
	s->sets[1][0] = UINT64_C(1) << FD(SHUT);
	s->bad_size[0] = address(&s->mask);
	s->bad_size[1] = 4;
	s->bad_mask[0] = address(T->fence);
	s->bad_mask[1] = 8;
	SET(POLLFDS, address(s->polled));
	SET(EVENT, address(&s->event[0]));
	SET(EVENT_ONESHOT_EX, address(&s->event[1]));
	SET(EVENT_EX, address(&s->event[2]));
	SET(TS_BIG, address(&s->ts[0]));
	SET(TS_NEGATIVE, address(&s->ts[1]));
	SET(TS_ZERO, address(&s->ts[2]));
	SET(TV_NEGATIVE, address(&s->tv));
	SET(SET_E, address(s->sets[0]));
	SET(SET_SHUT, address(s->sets[1]));
	SET(MASK, address(&s->mask));
	SET(MASK_BAD_SIZE, address(s->bad_size));
	SET(MASK_FENCE, address(s->bad_mask));
}

static uint64_t resolve(const struct scene *s, uint64_t arg)
{
	return arg >= NAME(0) && arg < NAME(NAMES) ? s->value[arg - NAME(0)] : arg;
}

/* Everything is as open_scene() left it. Leaves nothing open. */
static int check_scene(struct scene *s)
{
	uint64_t v;

	EQ(conf_epoll_now(FD(EP)), EPOLLIN);
	EQ(conf_poll(FD(E), POLLIN | POLLOUT), POLLIN | POLLOUT);
	EQ(conf_poll(FD(FULL), POLLIN | POLLOUT), POLLIN);
	EQ(conf_poll(FD(ZERO), POLLIN | POLLOUT), POLLOUT);
	EQ(sys(SYS_FCNTL, FD(E), F_GETFL), O_RDWR | O_NONBLOCK);
	EQ(sys(SYS_FCNTL, FD(E), F_GETFD), 0);
	HOLDS(FD(E), 5);
	HOLDS(FD(ZERO), 0);
	HOLDS(FD(FULL), MAX);
	EQ(conf_read(FD(SEM), &v), 8);
	HOLDS(FD(SEM), 1);
	EQ(conf_epoll_now(FD(EP)), 0);
	EQ(conf_write(FD(E), 1), 8);
	EQ(conf_epoll_now(FD(EP)), EPOLLIN);
	EQ(conf_epoll_now(FD(EPX)), EPOLLIN);
	CLOSE(FD(E), FD(SEM), FD(ZERO), FD(FULL), FD(EP), FD(EPX), FD(PIPE_IN),
	      FD(PIPE_OUT));
	return 0;
}

static int run_row(void)
{
	const struct row *row = conf_running->row;
	static struct scene scene;
	uint64_t args[6];

	scene = (struct scene){ .mask = 0 };
	EQ(open_scene(&scene), 0);
	fill_vectors(&scene);
	fill_waits(&scene);
	for (int i = 0; i < 6; i++)
		args[i] = resolve(&scene, row->args[i]);
	EQ(conf_syscall(row->nr, args), -row->error);
	return check_scene(&scene);
}

/* ---- bad handles, crossed with native calls ----------------------------- */

enum handle_kind {
	H_NONE,
	H_ONES,
	H_STALE,
	H_REUSED,
	H_NEXT_GENERATION,
	H_NEIGHBOUR,
	H_FOREIGN,
	HANDLE_KINDS
};

static const char *const handle_names[HANDLE_KINDS] = {
	"none",		  "all_ones", "stale", "reused_slot", "next_generation",
	"neighbour_slot", "foreign",
};

static int op_read(struct evfd_registry *r, evfd_t h)
{
	uint64_t v;

	return N->read(r, h, &v, EVFD_FOREVER);
}

static int op_take(struct evfd_registry *r, evfd_t h)
{
	uint64_t v;

	return N->take(r, h, 1, 5, &v, EVFD_FOREVER);
}

static int op_write(struct evfd_registry *r, evfd_t h)
{
	return N->write(r, h, 1, EVFD_FOREVER);
}

static int op_post(struct evfd_registry *r, evfd_t h)
{
	return N->post(r, h, 1);
}

static int op_peek(struct evfd_registry *r, evfd_t h)
{
	uint64_t v;

	return N->peek(r, h, &v);
}

static int op_swap(struct evfd_registry *r, evfd_t h)
{
	return N->swap(r, h, 0, NULL);
}

static int op_cancel(struct evfd_registry *r, evfd_t h)
{
	return N->cancel(r, h);
}

static int op_readiness(struct evfd_registry *r, evfd_t h)
{
	return N->readiness(r, h);
}

static int op_stat(struct evfd_registry *r, evfd_t h)
{
	struct evfd_stat st;

	return N->stat(r, h, &st);
}

static int op_snapshot(struct evfd_registry *r, evfd_t h)
{
	struct evfd_snapshot s;

	return N->snapshot(r, h, &s);
}

static int op_wait_any(struct evfd_registry *r, evfd_t h)
{
	struct evfd_any any = { .handle = h };
	uint64_t v;

	return N->wait_any(r, &any, 1, &v, EVFD_FOREVER);
}

static int op_close(struct evfd_registry *r, evfd_t h)
{
	return N->close(r, h);
}

static const struct native_op {
	const char *name;
	int (*fn)(struct evfd_registry *r, evfd_t h);
} native_ops[] = {
	{ "read", op_read },	     { "take", op_take },
	{ "write", op_write },	     { "post", op_post },
	{ "peek", op_peek },	     { "swap", op_swap },
	{ "cancel", op_cancel },     { "readiness", op_readiness },
	{ "stat", op_stat },	     { "snapshot", op_snapshot },
	{ "wait_any", op_wait_any }, { "close", op_close },
};
#define NATIVE_OPS (sizeof(native_ops) / sizeof(native_ops[0]))

static int bad_handle(enum handle_kind kind, evfd_t live, evfd_t *h)
{
	struct evfd_registry *r = N->registry();

	if (kind == H_NONE)
		*h = EVFD_NONE;
	else if (kind == H_ONES)
		*h = ~EVFD_NONE;
	else if (kind == H_NEXT_GENERATION)
		*h = live + (UINT64_C(1) << 32);
	else if (kind == H_NEIGHBOUR)
		*h = live ^ 2;
	else {
		EQ(N->create(r, 5, 0, NULL, NULL, h), 0);
		EQ(N->close(r, *h), 0);
	}
	return 0;
}

struct native_row {
	const struct native_op *op;
	enum handle_kind kind;
};
static struct native_row native_rows[NATIVE_OPS * HANDLE_KINDS];

static int run_native_row(void)
{
	const struct native_row *row = conf_running->row;
	struct evfd_registry *r = N->registry();
	evfd_t live, tenant = EVFD_NONE, h;
	uint64_t v;

	EQ(N->create(r, 5, 0, NULL, NULL, &live), 0);
	EQ(bad_handle(row->kind, live, &h), 0);
	if (row->kind == H_REUSED)
		EQ(N->create(r, 6, 0, NULL, NULL, &tenant), 0);
	EQ(row->op->fn(r, h), -EBADF);
	EQ(N->peek(r, live, &v), 0);
	EQ(v, 5);
	if (tenant) {
		EQ(N->peek(r, tenant, &v), 0);
		EQ(v, 6);
		EQ(N->close(r, tenant), 0);
	}
	EQ(N->close(r, live), 0);
	return 0;
}

/* The handle of a counter in another registry, where this one has no slot. */
static int run_foreign_row(void)
{
	const struct native_row *row = conf_running->row;
	struct evfd_registry other, *r = N->registry();
	evfd_t live, foreign[300];
	uint64_t v;

	EQ(N->create(r, 5, 0, NULL, NULL, &live), 0);
	EQ(N->registry_init(&other, 512), 0);
	for (int i = 0; i < 300; i++)
		EQ(N->create(&other, 7, 0, NULL, NULL, &foreign[i]), 0);
	EQ(row->op->fn(r, foreign[299]), -EBADF);
	EQ(N->peek(r, live, &v), 0);
	EQ(v, 5);
	EQ(N->peek(&other, foreign[299], &v), 0);
	EQ(v, 7);
	EQ(N->close(r, live), 0);
	for (int i = 0; i < 300; i++)
		EQ(N->close(&other, foreign[i]), 0);
	EQ(N->registry_fini(&other), 0);
	return 0;
}

/* ---- as cases ----------------------------------------------------------- */

#define NAME_SIZE 48
static char names[ROWS + NATIVE_OPS * HANDLE_KINDS][NAME_SIZE];
struct conf_case conf_badinput_cases[ROWS + NATIVE_OPS * HANDLE_KINDS + 1];

static void append(char *name, const char *s)
{
	size_t at = conf_length(name);

	while (*s && at < NAME_SIZE - 1)
		name[at++] = *s++;
	name[at] = '\0';
}

static const char *sentence_of(int32_t error)
{
	switch (error) {
	case EBADF:
		return "this call gets EBADF and changes nothing";
	case EINVAL:
		return "this call gets EINVAL and changes nothing";
	case EFAULT:
		return "this call gets EFAULT and changes nothing";
	case EAGAIN:
		return "this call gets EAGAIN and changes nothing";
	case ESPIPE:
		return "this call gets ESPIPE and changes nothing";
	case ENOSYS:
		return "this call gets ENOSYS and changes nothing";
	default:
		return "this call gets its documented error and changes "
		       "nothing";
	}
}

void conf_badinput_fill(void)
{
	size_t n = 0;

	for (size_t i = 0; i < ROWS; i++, n++) {
		append(names[n], "B_");
		append(names[n], rows[i].name);
		conf_badinput_cases[n] = (struct conf_case){
			names[n],
			run_row,
			rows[i].needs | CONF_RAW,
			sentence_of(rows[i].error),
			&rows[i],
		};
	}
	for (size_t i = 0; i < NATIVE_OPS * HANDLE_KINDS; i++, n++) {
		native_rows[i] = (struct native_row){
			&native_ops[i / HANDLE_KINDS],
			(enum handle_kind)(i % HANDLE_KINDS),
		};
		append(names[n], "B_native_");
		append(names[n], native_rows[i].op->name);
		append(names[n], "_");
		append(names[n], handle_names[i % HANDLE_KINDS]);
		conf_badinput_cases[n] = (struct conf_case){
			names[n],	    run_native_row,  CONF_NATIVE,
			sentence_of(EBADF), &native_rows[i],
		};
		if (native_rows[i].kind != H_FOREIGN)
			continue;
		conf_badinput_cases[n].fn = run_foreign_row;
		conf_badinput_cases[n].needs |= CONF_EMBED;
	}
}
