/* SPDX-License-Identifier: MIT */
/* Where counters cannot be shared: nothing sleeps or dies of trying. */
#include <errno.h>
#include <string.h>

#include <evfd.h>

#include "unit.h"

static void test_none(void **state)
{
	static struct evfd_shared s;
	uint64_t value;

	(void)state;
	assert_int_equal(evfd_shared_init(&s, 0, 0), -1);
	assert_int_equal(errno, ENOTSUP);
	assert_null(evfd_shared_attach(&s, sizeof(s)));
	assert_int_equal(errno, ENOTSUP);
	assert_int_equal(evfd_shared_read(&s, &value), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(evfd_shared_post(&s, 1), -1);
	assert_int_equal(errno, EINVAL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(test_none) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
