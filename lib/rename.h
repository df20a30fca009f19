/* SPDX-License-Identifier: MIT */
/*
 * Force-included into everything below lib/ when it is compiled for the library: all
 * link names of core/ and port/ move under evfd_core_, and with them the tags that
 * the public header uses too. So <evfd.h> has the plain names. A program that has
 * core/ as well renames its own in the same way (docs/design/library.md, L1).
 *
 * core.h undoes it for lib/'s own files once the declarations have been read.
 * lib/tests/installed.py fails if a name is missing here.
 */
#ifndef EVFD_LIB_RENAME_H
#define EVFD_LIB_RENAME_H

#define evfd_call evfd_core_call
#define evfd_cancel evfd_core_cancel
#define evfd_call_look evfd_core_call_look
#define evfd_cell_cas evfd_core_cell_cas
#define evfd_cell_cas_quick evfd_core_cell_cas_quick
#define evfd_cell_load evfd_core_cell_load
#define evfd_cell_is_empty_quick evfd_core_cell_is_empty_quick
#define evfd_cell_load_quick evfd_core_cell_load_quick
#define evfd_close evfd_core_close
#define evfd_copy_label evfd_core_copy_label
#define evfd_counter_apply evfd_core_counter_apply
#define evfd_counter_init evfd_core_counter_init
#define evfd_counter_readiness evfd_core_counter_readiness
#define evfd_counter_unwatch evfd_core_counter_unwatch
#define evfd_counter_waiting evfd_core_counter_waiting
#define evfd_counter_watch evfd_core_counter_watch
#define evfd_create evfd_core_create
#define evfd_mutex_lock evfd_core_mutex_lock
#define evfd_mutex_unlock evfd_core_mutex_unlock
#define evfd_owner evfd_core_owner
#define evfd_peek evfd_core_peek
#define evfd_pin evfd_core_pin
#define evfd_port_alloc evfd_core_port_alloc
#define evfd_port_block evfd_core_port_block
#define evfd_port_bucket_lock evfd_core_port_bucket_lock
#define evfd_port_bucket_unlock evfd_core_port_bucket_unlock
#define evfd_port_cell_enter evfd_core_port_cell_enter
#define evfd_port_cell_leave evfd_core_port_cell_leave
#define evfd_port_cell_relax evfd_core_port_cell_relax
#define evfd_port_free evfd_core_port_free
#define evfd_port_now evfd_core_port_now
#define evfd_port_panic evfd_core_port_panic
#define evfd_port_patience evfd_core_port_patience
#define evfd_port_patience_end evfd_core_port_patience_end
#define evfd_port_self evfd_core_port_self
#define evfd_port_unblock evfd_core_port_unblock
#define evfd_port_wait evfd_core_port_wait
#define evfd_port_wait_short evfd_core_port_wait_short
#define evfd_port_wake evfd_core_port_wake
#define evfd_posix_allow_patience evfd_core_posix_allow_patience
#define evfd_posix_sleep_begin evfd_core_posix_sleep_begin
#define evfd_posix_sleep_end evfd_core_posix_sleep_end
#define evfd_posix_wake_latency evfd_core_posix_wake_latency
#define evfd_posix_waking evfd_core_posix_waking
#define evfd_post evfd_core_post
#define evfd_read evfd_core_read
#define evfd_read_put evfd_core_read_put
#define evfd_readiness evfd_core_readiness
#define evfd_registry_fini evfd_core_registry_fini
#define evfd_registry_init evfd_core_registry_init
#define evfd_registry_live evfd_core_registry_live
#define evfd_registry_lock evfd_core_registry_lock
#define evfd_registry_release evfd_core_registry_release
#define evfd_registry_unlock evfd_core_registry_unlock
#define evfd_restore evfd_core_restore
#define evfd_restrict evfd_core_restrict
#define evfd_snapshot evfd_core_snapshot
#define evfd_stat evfd_core_stat
#define evfd_swap evfd_core_swap
#define evfd_take evfd_core_take
#define evfd_unpin evfd_core_unpin
#define evfd_wait_any evfd_core_wait_any
#define evfd_watch_add evfd_core_watch_add
#define evfd_watch_change evfd_core_watch_change
#define evfd_watch_remove evfd_core_watch_remove
#define evfd_watchlist_clear evfd_core_watchlist_clear
#define evfd_watchlist_insert evfd_core_watchlist_insert
#define evfd_watchlist_lock evfd_core_watchlist_lock
#define evfd_watchlist_notify evfd_core_watchlist_notify
#define evfd_watchlist_remove evfd_core_watchlist_remove
#define evfd_watchlist_unlock evfd_core_watchlist_unlock
#define evfd_write evfd_core_write

#endif
