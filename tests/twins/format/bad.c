/* SPDX-License-Identifier: MIT */
/* Broken on purpose: not as clang-format leaves it. */
int evfd_twin(int x) { return x; }
