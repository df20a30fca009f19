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

static bool has_sets()
{
	evfd::set first, s = std::move(first);
	evfd::counter c(0), other(1);
	evfd_ready ready[2];

	if (first || !s || s.add(c, &c) || s.add(other) || c.post() ||
	    s.wait(ready, 2) != 2 || ready[1].data != &c || s.arm() != 1)
		return false;
	return c.try_read() && other.try_read() && !s.try_wait(ready, 2) &&
	       errno == EAGAIN && s.descriptor() >= 0 && s.arm() == 0 &&
	       !s.remove(c) && s.remove(c) == std::errc::invalid_argument &&
	       !s.wait_until(ready, 2, std::chrono::steady_clock::now()) &&
	       errno == ETIMEDOUT;
}

int main()
{
	bool is_good = is_shared() && moves() && wakes() && has_deadlines() &&
		       has_sets();

	return is_good ? 0 : 1;
}
