/* SPDX-License-Identifier: MIT */
#include <evfd.hpp>

#include <thread>

static bool moves()
{
	evfd::counter a(1), b(std::move(a));

	a = std::move(b);
	return a && !b && a.try_read() == 1u;
}

static bool wakes()
{
	evfd::counter c(0, EVFD_SEMAPHORE, "c++");
	std::uint64_t sum = 0;
	std::thread worker([r = evfd::counter_ref(c), &sum] {
		while (auto v = r.read())
			sum += *v;
	});

	for (int i = 0; i < 100; i++)
		if (c.post())
			return false;
	while (c.peek() != 0u)
		std::this_thread::yield();
	if (c.cancel())
		return false;
	worker.join();
	return sum == 100 && c.try_write() == std::errc::operation_canceled;
}

static bool has_deadlines()
{
	evfd::counter c(0);

	return !c.read_until(std::chrono::steady_clock::now()) &&
	       errno == ETIMEDOUT && c.descriptor() >= 0;
}

static bool is_shared()
{
	alignas(64) static unsigned char memory[64];
	auto made = evfd::shared_ref::make(memory, sizeof(memory), 4);
	auto found = evfd::shared_ref::attach(memory, sizeof(memory));

	if (!made)
		return errno == ENOTSUP;
	return made.handle() == found.handle() && !made.post(3) &&
	       found.try_read() == 7u && !found.try_take(1, 2) &&
	       !evfd::shared_ref::attach(memory, 1);
}

int main()
{
	return is_shared() && moves() && wakes() && has_deadlines() ? 0 : 1;
}
