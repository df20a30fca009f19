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

/* A counter that belongs to somebody else. As cheap as its handle. */
class counter_ref {
public:
	constexpr counter_ref() noexcept = default;
	constexpr explicit counter_ref(evfd_t h) noexcept : h_(h) {}

	constexpr evfd_t handle() const noexcept { return h_; }
	constexpr explicit operator bool() const noexcept { return h_ != 0; }

	/* Empty: see errno. */
	std::optional<std::uint64_t> read() const noexcept
	{
		std::uint64_t v;
		return evfd_read(h_, &v) == 0 ? std::optional(v) : std::nullopt;
	}
	std::optional<std::uint64_t> try_read() const noexcept
	{
		std::uint64_t v;
		return evfd_tryread(h_, &v) == 0 ? std::optional(v) : std::nullopt;
	}
	std::optional<std::uint64_t> read_until(time_point when) const noexcept
	{
		std::uint64_t v;
		return evfd_read_until(h_, &v, detail::deadline(when)) == 0 ?
			       std::optional(v) : std::nullopt;
	}
	std::optional<std::uint64_t> take(std::uint64_t min,
					  std::uint64_t max) const noexcept
	{
		std::uint64_t v;
		return evfd_take(h_, min, max, &v) == 0 ? std::optional(v) :
							   std::nullopt;
	}
	std::optional<std::uint64_t> try_take(std::uint64_t min,
					      std::uint64_t max) const noexcept
	{
		std::uint64_t v;
		return evfd_trytake(h_, min, max, &v) == 0 ? std::optional(v) :
							      std::nullopt;
	}
	std::optional<std::uint64_t> peek() const noexcept
	{
		std::uint64_t v;
		return evfd_peek(h_, &v) == 0 ? std::optional(v) : std::nullopt;
	}
	std::optional<std::uint64_t> swap(std::uint64_t value) const noexcept
	{
		std::uint64_t v;
		return evfd_swap(h_, value, &v) == 0 ? std::optional(v) :
							std::nullopt;
	}

	std::error_code write(std::uint64_t value = 1) const noexcept
	{
		return detail::result(evfd_write(h_, value));
	}
	std::error_code try_write(std::uint64_t value = 1) const noexcept
	{
		return detail::result(evfd_trywrite(h_, value));
	}
	std::error_code write_until(std::uint64_t value,
				    time_point when) const noexcept
	{
		return detail::result(
			evfd_write_until(h_, value, detail::deadline(when)));
	}
	std::error_code post(std::uint64_t value = 1) const noexcept
	{
		return detail::result(evfd_post(h_, value));
	}
	std::error_code cancel() const noexcept
	{
		return detail::result(evfd_cancel(h_));
	}

	/* -1: see errno. Belongs to the counter: do not close it. */
	int descriptor(unsigned flags = 0) const noexcept
	{
		return evfd_descriptor(h_, flags);
	}

private:
	evfd_t h_ = EVFD_NONE;
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

} // namespace evfd

#endif
