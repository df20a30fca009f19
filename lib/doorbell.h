/* SPDX-License-Identifier: MIT */
/*
 * What a descriptor is made of: something of the system's that polls as readable
 * once it was rung, until it is hushed. doorbell_eventfd.c where there is
 * eventfd, doorbell_kqueue.c on the BSDs and macOS, doorbell_pipe.c anywhere.
 *
 * All but open may be called in any context, by several threads at once, and leave
 * errno alone.
 */
#ifndef EVFD_LIB_DOORBELL_H
#define EVFD_LIB_DOORBELL_H

#include <stdint.h>

struct evfd_doorbell {
	int fd;	  /* to wait for */
	int door; /* to ring at */
};

/* Quiet, close-on-exec. 0, EVFD_EMFILE, EVFD_ENFILE or EVFD_ENOMEM. */
int evfd_lib_doorbell_open(struct evfd_doorbell *b);
void evfd_lib_doorbell_close(struct evfd_doorbell *b);

/* Readable (and writable), and an edge for whoever waits, also if it was before. */
void evfd_lib_doorbell_ring(struct evfd_doorbell *b);

/* An edge for who waits to write, where the system can show that; else nothing. */
void evfd_lib_doorbell_touch(struct evfd_doorbell *b);

/* Not readable. Returns how many rings were heard, at least one if any was. */
uint64_t evfd_lib_doorbell_hush(struct evfd_doorbell *b);

/* Readable and not writable, where the system can show that; else as ring. */
void evfd_lib_doorbell_jam(struct evfd_doorbell *b);

#endif
