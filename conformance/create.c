/* SPDX-License-Identifier: MIT */
/* C1 to C6: making one. */
#include "conf.h"

static const uint32_t known_flags[] = { EFD_SEMAPHORE, EFD_NONBLOCK, EFD_CLOEXEC };

static uint32_t flags_of(uint32_t subset)
{
	uint32_t flags = 0;

	for (uint32_t i = 0; i < 3; i++)
		if (subset & 1u << i)
			flags |= known_flags[i];
	return flags;
}

static int C1_initial_value_is_32_bits(void)
{
	int e = (int)sys(SYS_EVENTFD2, UINT64_C(0x100000005), EFD_NONBLOCK);

	OK(e);
	HOLDS(e, 5);
	CLOSE(e);
	return 0;
}

static int C1_initial_value_can_be_the_largest(void)
{
	int e = conf_eventfd(0xffffffffu, EFD_NONBLOCK);

	OK(e);
	HOLDS(e, 0xffffffffu);
	CLOSE(e);
	return 0;
}

static int C1_upper_bits_of_the_flags_are_ignored(void)
{
	int e = (int)sys(SYS_EVENTFD2, 3, UINT64_C(0xdead00000000) | EFD_NONBLOCK);

	OK(e);
	HOLDS(e, 3);
	CLOSE(e);
	return 0;
}

static int C2_initial_value_is_readable_at_once(void)
{
	int e = conf_eventfd(7, EFD_NONBLOCK), ep = conf_epoll();

	OK(e);
	EQ(conf_poll(e, POLLIN), POLLIN);
	EQ(conf_add(ep, e, EPOLLIN | EPOLLET), 0);
	EQ(conf_epoll_now(ep), EPOLLIN);
	HOLDS(e, 7);
	CLOSE(e, ep);
	return 0;
}

static int C2_initial_zero_is_not_readable(void)
{
	int e = conf_eventfd(0, EFD_NONBLOCK);

	EQ(conf_poll(e, POLLIN | POLLOUT), POLLOUT);
	HOLDS(e, 0);
	CLOSE(e);
	return 0;
}

static int C2_initial_value_is_added_to(void)
{
	int e = conf_eventfd(7, EFD_NONBLOCK);

	EQ(conf_write(e, 5), 8);
	HOLDS(e, 12);
	CLOSE(e);
	return 0;
}

static int C3_unknown_flags_are_refused(void)
{
	for (uint32_t bit = 0; bit < 32; bit++) {
		uint32_t flag = 1u << bit;

		if (flag & (EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC))
			continue;
		EQ(conf_eventfd(0, flag), -EINVAL);
		EQ(conf_eventfd(0, flag | EFD_NONBLOCK), -EINVAL);
	}
	return 0;
}

static int C3_a_refused_create_spends_no_descriptor(void)
{
	int first = conf_eventfd(0, 0), again;

	CLOSE(first);
	for (int i = 0; i < 100; i++)
		EQ(conf_eventfd(0, 2), -EINVAL);
	again = conf_eventfd(0, 0);
	EQ(again, first);
	CLOSE(again);
	return 0;
}

static int C3_known_flags_go_together(void)
{
	for (uint32_t subset = 0; subset < 8; subset++) {
		int e = conf_eventfd(1, flags_of(subset));

		OK(e);
		CLOSE(e);
	}
	return 0;
}

static int C4_the_old_call_has_no_flags(void)
{
	int e = (int)sys(SYS_EVENTFD, 5, 0xffffffffu);
	uint64_t v;

	OK(e);
	EQ(sys(SYS_FCNTL, e, F_GETFL), O_RDWR);
	EQ(sys(SYS_FCNTL, e, F_GETFD), 0);
	EQ(conf_read(e, &v), 8);
	EQ(v, 5);
	CLOSE(e);
	return 0;
}

static int C4_the_old_call_blocks(void)
{
	int e = (int)sys(SYS_EVENTFD, 0, EFD_NONBLOCK | EFD_SEMAPHORE);
	struct call reader;
	uint64_t v;

	OK(e);
	start(&reader, SYS_READ, e, &v, 8);
	BLOCKS(&reader);
	EQ(conf_write(e, 3), 8);
	RETURNS(&reader, 8);
	EQ(v, 3);
	CLOSE(e);
	return 0;
}

static int C5_the_lowest_free_number(void)
{
	int a = conf_eventfd(0, 0), b = conf_eventfd(0, 0);
	int c = conf_eventfd(0, 0), again;

	EQ(b, a + 1);
	EQ(c, b + 1);
	CLOSE(b);
	again = conf_eventfd(0, 0);
	EQ(again, b);
	CLOSE(a, c);
	again = conf_eventfd(0, 0);
	EQ(again, a);
	CLOSE(a, b);
	return 0;
}

static int C5_the_process_limit_is_EMFILE(void)
{
	int first = conf_eventfd(0, 0), e = first;
	uint32_t limit = T->set_nofile((uint32_t)first + 8);

	TRUE(limit > 0);
	for (int i = 1; i < 8; i++) {
		e = conf_eventfd(0, 0);
		EQ(e, first + i);
	}
	for (int i = 0; i < 100; i++)
		EQ(conf_eventfd(0, EFD_NONBLOCK), -EMFILE);
	CLOSE(e);
	EQ(conf_eventfd(0, 0), e);
	EQ(conf_eventfd(0, 0), -EMFILE);
	TRUE(T->set_nofile(limit) > 0);
	for (int i = 0; i < 8; i++)
		CLOSE(first + i);
	return 0;
}

static int C5_numbers_above_a_lowered_limit_stay(void)
{
	int below = conf_eventfd(0, 0), e = conf_eventfd(4, EFD_NONBLOCK);
	uint32_t limit = T->set_nofile((uint32_t)e);

	TRUE(limit > 0);
	EQ(conf_write(e, 1), 8);
	HOLDS(e, 5);
	EQ(conf_eventfd(0, 0), -EMFILE);
	EQ(sys(SYS_DUP, e), -EMFILE);
	TRUE(T->set_nofile(limit) > 0);
	CLOSE(below, e);
	return 0;
}

static int C5_the_system_limit_is_ENFILE_or_ENOMEM(void)
{
	int e, first = conf_eventfd(0, 0);

	CLOSE(first);
	T->set_scarce(true);
	for (int i = 0; i < 100; i++) {
		e = conf_eventfd(0, 0);
		TRUE(e == -ENFILE || e == -ENOMEM);
	}
	T->set_scarce(false);
	e = conf_eventfd(0, 0);
	EQ(e, first);
	CLOSE(e);
	return 0;
}

static int C6_status_flags_are_read_write_and_nonblock(void)
{
	for (uint32_t subset = 0; subset < 8; subset++) {
		uint32_t flags = flags_of(subset);
		int e = conf_eventfd(0, flags);

		EQ(sys(SYS_FCNTL, e, F_GETFL), O_RDWR | (flags & O_NONBLOCK));
		CLOSE(e);
	}
	return 0;
}

static int C6_descriptor_flags_are_close_on_exec(void)
{
	for (uint32_t subset = 0; subset < 8; subset++) {
		uint32_t flags = flags_of(subset);
		int e = conf_eventfd(0, flags);

		EQ(sys(SYS_FCNTL, e, F_GETFD),
		   flags & EFD_CLOEXEC ? FD_CLOEXEC : 0);
		CLOSE(e);
	}
	return 0;
}

const struct conf_case conf_create_cases[] = {
	CASE(C1_initial_value_is_32_bits, 0,
	     "the upper half of the initial value's register is ignored"),
	CASE(C1_initial_value_can_be_the_largest, 0,
	     "the initial value may be any 32-bit number"),
	CASE(C1_upper_bits_of_the_flags_are_ignored, 0,
	     "the upper half of the flags' register is ignored"),
	CASE(C2_initial_value_is_readable_at_once, 0,
	     "a fresh eventfd with a value is ready for poll, epoll and read"),
	CASE(C2_initial_zero_is_not_readable, 0,
	     "a fresh eventfd of 0 is writable only"),
	CASE(C2_initial_value_is_added_to, 0,
	     "the counter starts at the initial value"),
	CASE(C3_unknown_flags_are_refused, 0,
	     "each other bit of the flags, alone or not, is EINVAL"),
	CASE(C3_a_refused_create_spends_no_descriptor, 0,
	     "after refused creates the same number is the next"),
	CASE(C3_known_flags_go_together, 0,
	     "all eight sets of the three flags are accepted"),
	CASE(C4_the_old_call_has_no_flags, 0, "call 284 ignores its second argument"),
	CASE(C4_the_old_call_blocks, 0,
	     "call 284 makes a blocking eventfd in counter mode"),
	CASE(C5_the_lowest_free_number, 0, "a create takes the lowest free number"),
	CASE(C5_the_process_limit_is_EMFILE, CONF_NOFILE,
	     "at the process's limit a create is EMFILE, until one is closed"),
	CASE(C5_numbers_above_a_lowered_limit_stay, CONF_NOFILE,
	     "what is open above a lowered limit goes on working"),
	CASE(C5_the_system_limit_is_ENFILE_or_ENOMEM,
	     CONF_SCARCE, "at the system's limit a create is ENFILE or ENOMEM and leaks nothing"),
	CASE(C6_status_flags_are_read_write_and_nonblock, 0,
	     "F_GETFL is O_RDWR, and O_NONBLOCK if asked for"),
	CASE(C6_descriptor_flags_are_close_on_exec, 0,
	     "F_GETFD is FD_CLOEXEC if asked for, else nothing"),
	{ 0 },
};
