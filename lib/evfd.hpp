/* SPDX-License-Identifier: MIT */
/*
 * evfd.h for C++17: a counter that closes itself. Nothing here throws: calls return
 * std::error_code, or an optional that is empty when there was nothing to get.
 * Clocks: deadlines are points of std::chrono::steady_clock, which must be
 * CLOCK_MONOTONIC (it is, in libstdc++ and libc++ on the systems we know).
 */
#ifndef EVFD_HPP
#define EVFD_HPP

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <system_error>
#include <utility>

#include "evfd.h"

namespace evfd {

using time_point = std::chrono::time_point<std::chrono::steady_clock,
					   std::chrono::nanoseconds>;

namespace detail {

inline std::error_code result(int r) noexcept
{
	return r < 0 ? std::error_code(errno, std::generic_category()) :
		       std::error_code();
}

inline std::uint64_t deadline(time_point when) noexcept
{
	auto ns = when.time_since_epoch().count();

	return ns > 0 ? static_cast<std::uint64_t>(ns) : 1;
}

} // namespace detail

namespace detail {

/* What a counter of this process, and one between processes, are called by. */
struct in_process {
	using handle = evfd_t;
	static constexpr auto read = evfd_read;
	static constexpr auto try_read = evfd_tryread;
	static constexpr auto read_until = evfd_read_until;
	static constexpr auto take = evfd_take;
	static constexpr auto try_take = evfd_trytake;
	static constexpr auto write = evfd_write;
	static constexpr auto try_write = evfd_trywrite;
	static constexpr auto write_until = evfd_write_until;
	static constexpr auto post = evfd_post;
	static constexpr auto peek = evfd_peek;
	static constexpr auto swap = evfd_swap;
	static constexpr auto cancel = evfd_cancel;
};

struct between_processes {
	using handle = evfd_shared *;
	static constexpr auto read = evfd_shared_read;
	static constexpr auto try_read = evfd_shared_tryread;
	static constexpr auto read_until = evfd_shared_read_until;
	static constexpr auto take = evfd_shared_take;
	static constexpr auto try_take = evfd_shared_trytake;
	static constexpr auto write = evfd_shared_write;
	static constexpr auto try_write = evfd_shared_trywrite;
	static constexpr auto write_until = evfd_shared_write_until;
	static constexpr auto post = evfd_shared_post;
	static constexpr auto peek = evfd_shared_peek;
	static constexpr auto swap = evfd_shared_swap;
	static constexpr auto cancel = evfd_shared_cancel;
};

template <class Calls> class basic_ref {
public:
	using handle_type = typename Calls::handle;

	constexpr basic_ref() noexcept = default;
	constexpr explicit basic_ref(handle_type h) noexcept : h_(h) {}

	constexpr handle_type handle() const noexcept { return h_; }
	constexpr explicit operator bool() const noexcept
	{
		return h_ != handle_type();
	}

	/* Empty: see errno. */
	std::optional<std::uint64_t> read() const noexcept
	{
		std::uint64_t v;
		return Calls::read(h_, &v) == 0 ? std::optional(v) : std::nullopt;
	}
	std::optional<std::uint64_t> try_read() const noexcept
	{
		std::uint64_t v;
		return Calls::try_read(h_, &v) == 0 ? std::optional(v) : std::nullopt;
	}
	std::optional<std::uint64_t> read_until(time_point when) const noexcept
	{
		std::uint64_t v;
		return Calls::read_until(h_, &v, detail::deadline(when)) == 0 ?
			       std::optional(v) : std::nullopt;
	}
	std::optional<std::uint64_t> take(std::uint64_t min,
					  std::uint64_t max) const noexcept
	{
		std::uint64_t v;
		return Calls::take(h_, min, max, &v) == 0 ? std::optional(v) :
							   std::nullopt;
	}
	std::optional<std::uint64_t> try_take(std::uint64_t min,
					      std::uint64_t max) const noexcept
	{
		std::uint64_t v;
		return Calls::try_take(h_, min, max, &v) == 0 ? std::optional(v) :
							      std::nullopt;
	}
	std::optional<std::uint64_t> peek() const noexcept
	{
		std::uint64_t v;
		return Calls::peek(h_, &v) == 0 ? std::optional(v) : std::nullopt;
	}
	std::optional<std::uint64_t> swap(std::uint64_t value) const noexcept
	{
		std::uint64_t v;
		return Calls::swap(h_, value, &v) == 0 ? std::optional(v) :
							std::nullopt;
	}

	std::error_code write(std::uint64_t value = 1) const noexcept
	{
		return detail::result(Calls::write(h_, value));
	}
	std::error_code try_write(std::uint64_t value = 1) const noexcept
	{
		return detail::result(Calls::try_write(h_, value));
	}
	std::error_code write_until(std::uint64_t value,
				    time_point when) const noexcept
	{
		return detail::result(
			Calls::write_until(h_, value, detail::deadline(when)));
	}
	std::error_code post(std::uint64_t value = 1) const noexcept
	{
		return detail::result(Calls::post(h_, value));
	}
	std::error_code cancel() const noexcept
	{
		return detail::result(Calls::cancel(h_));
	}

private:
	handle_type h_ = handle_type();
};

} // namespace detail

/* A counter that belongs to somebody else. As cheap as its handle. */
class counter_ref : public detail::basic_ref<detail::in_process> {
public:
	using basic_ref::basic_ref;

	/* -1: see errno. Belongs to the counter: do not close it. */
	int descriptor(unsigned flags = 0) const noexcept
	{
		return evfd_descriptor(handle(), flags);
	}
};

/* A counter in memory that several processes map. As cheap as its address. */
class shared_ref : public detail::basic_ref<detail::between_processes> {
public:
	using basic_ref::basic_ref;

	/* The counter at memory; empty if none is there (see errno). */
	static shared_ref attach(void *memory, std::size_t size) noexcept
	{
		return shared_ref(evfd_shared_attach(memory, size));
	}
	/* The same, made if the memory is zero; initial and flags are then its. */
	static shared_ref make(void *memory, std::size_t size,
			       std::uint64_t initial = 0,
			       unsigned flags = 0) noexcept
	{
		int saved = errno;

		if (size >= sizeof(evfd_shared) &&
		    evfd_shared_init(static_cast<evfd_shared *>(memory), initial,
				     flags) < 0 &&
		    errno != EEXIST)
			return shared_ref();
		errno = saved;
		return attach(memory, size);
	}
};

/* A counter of one's own; empty if it could not be made (see errno). */
class counter : public counter_ref {
public:
	counter() noexcept = default;
	explicit counter(std::uint64_t initial, unsigned flags = 0,
			 const char *label = nullptr) noexcept
		: counter_ref(evfd_create(initial, flags, label))
	{
	}
	counter(counter &&other) noexcept : counter_ref(other.release()) {}
	counter &operator=(counter &&other) noexcept
	{
		if (this != &other) {
			close();
			counter_ref::operator=(counter_ref(other.release()));
		}
		return *this;
	}
	counter(const counter &) = delete;
	counter &operator=(const counter &) = delete;
	~counter() { close(); }

	/* Whoever sleeps on it gets EBADF. */
	void close() noexcept
	{
		if (handle() != EVFD_NONE)
			evfd_close(release());
	}
	/* The handle, which is the caller's to close from now on. */
	evfd_t release() noexcept
	{
		evfd_t h = handle();
		counter_ref::operator=(counter_ref());
		return h;
	}
};

/* Counters in one loop; empty if it could not be made (see errno). */
class set {
public:
	set() noexcept : s_(evfd_set_create(0)) {}
	set(set &&other) noexcept : s_(std::exchange(other.s_, nullptr)) {}
	set &operator=(set &&other) noexcept
	{
		if (this != &other) {
			close();
			s_ = std::exchange(other.s_, nullptr);
		}
		return *this;
	}
	set(const set &) = delete;
	set &operator=(const set &) = delete;
	~set() { close(); }

	explicit operator bool() const noexcept { return s_ != nullptr; }

	/* Its members leave it, and live on. */
	void close() noexcept
	{
		if (s_)
			evfd_set_close(std::exchange(s_, nullptr));
	}

	std::error_code add(counter_ref c, void *data = nullptr) noexcept
	{
		return detail::result(evfd_set_add(s_, c.handle(), data));
	}
	std::error_code remove(counter_ref c) noexcept
	{
		return detail::result(evfd_set_remove(s_, c.handle()));
	}

	/* How many of max were stored; 0: see errno. */
	unsigned wait(evfd_ready *ready, unsigned max) noexcept
	{
		return stored(evfd_set_wait(s_, ready, max));
	}
	unsigned try_wait(evfd_ready *ready, unsigned max) noexcept
	{
		return stored(evfd_set_trywait(s_, ready, max));
	}
	unsigned wait_until(evfd_ready *ready, unsigned max,
			    time_point when) noexcept
	{
		return stored(evfd_set_wait_until(s_, ready, max,
						  detail::deadline(when)));
	}

	/* -1: see errno. Belongs to the set: do not close it. */
	int descriptor() noexcept { return evfd_set_descriptor(s_); }
	/* 0: the loop may sleep on it; 1: a member has something; -1: see errno. */
	int arm() noexcept { return evfd_set_arm(s_); }

private:
	static unsigned stored(int n) noexcept
	{
		return n < 0 ? 0 : static_cast<unsigned>(n);
	}

	evfd_set *s_;
};

} // namespace evfd

#endif
