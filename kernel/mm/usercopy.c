/* SPDX-License-Identifier: MIT */
#include "mm/usercopy.h"

#include <evfd/types.h>

#include "x86/layout.h"

#define LINUX_ENAMETOOLONG (-36)

int user_copy(void *to, const void *from, size_t n);
int user_load32(uint32_t *to, const uint32_t *from);
int user_cas32(uint32_t *word, uint32_t *expected, uint32_t desired);

static bool is_user_range(uint64_t address, size_t n)
{
	return address <= USER_TOP && n <= USER_TOP - address;
}

int copy_from_user(void *to, uint64_t user_from, size_t n)
{
	if (!is_user_range(user_from, n))
		return EVFD_EFAULT;
	return user_copy(to, (const void *)user_from, n);
}

int copy_to_user(uint64_t user_to, const void *from, size_t n)
{
	if (!is_user_range(user_to, n))
		return EVFD_EFAULT;
	return user_copy((void *)user_to, from, n);
}

int64_t copy_string_from_user(char *to, uint64_t user_from, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (copy_from_user(&to[i], user_from + i, 1))
			return EVFD_EFAULT;
		if (!to[i])
			return (int64_t)i;
	}
	return LINUX_ENAMETOOLONG;
}

static int check_word(uint64_t word)
{
	if (word % sizeof(uint32_t))
		return EVFD_EINVAL;
	return is_user_range(word, sizeof(uint32_t)) ? 0 : EVFD_EFAULT;
}

int load_user32(uint32_t *to, uint64_t user_from)
{
	int result = check_word(user_from);

	return result ? result : user_load32(to, (const uint32_t *)user_from);
}

int cas_user32(uint64_t user_word, uint32_t *expected, uint32_t desired)
{
	int result = check_word(user_word);

	return result ? result :
			user_cas32((uint32_t *)user_word, expected, desired);
}

int user_touch(uint64_t user_word, int for_writing)
{
	uint32_t value, same;
	int result = load_user32(&value, user_word);

	same = value;
	if (!result && for_writing)
		result = cas_user32(user_word, &same, value);
	return result;
}
