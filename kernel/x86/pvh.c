/* SPDX-License-Identifier: MIT */
/* The PVH start info, as Xen's public headers define it. */
#include "x86/pvh.h"

#include "lib/print.h"
#include "lib/string.h"
#include "x86/layout.h"

#define PVH_MAGIC 0x336ec578
#define PVH_RAM 1

struct pvh_start {
	uint32_t magic, version, flags, module_count;
	uint64_t modules, command_line, rsdp;
	uint64_t memory_map; /* from version 1 on */
	uint32_t memory_map_count, reserved;
};

struct pvh_module {
	uint64_t address, size, command_line, reserved;
};

struct pvh_memory {
	uint64_t address, size;
	uint32_t type, reserved;
};

extern uint32_t pvh_start_info;

static const void *physical(uint64_t address)
{
	return (const void *)(DIRECT_BASE + address);
}

static void read_memory(struct boot_info *b, const struct pvh_start *p)
{
	const struct pvh_memory *m = physical(p->memory_map);

	for (uint32_t i = 0; i < p->memory_map_count; i++) {
		uint64_t start = m[i].address, end = start + m[i].size;

		if (m[i].type != PVH_RAM || start >= DIRECT_SIZE ||
		    b->memory_count == BOOT_RANGES_MAX)
			continue;
		if (end > DIRECT_SIZE)
			end = DIRECT_SIZE;
		b->memory[b->memory_count++] = (struct boot_range){ start, end };
	}
}

const struct boot_info *pvh_read(void)
{
	static struct boot_info b;
	const struct pvh_start *p = physical(pvh_start_info);
	const struct pvh_module *m = physical(p->modules);
	const char *line = physical(p->command_line);

	if (p->magic != PVH_MAGIC || p->version < 1)
		panic("not started through PVH with a memory map; boot with "
		      "qemu-system-x86_64 -kernel");
	read_memory(&b, p);
	if (p->module_count)
		b.initramfs =
			(struct boot_range){ m->address, m->address + m->size };
	if (p->command_line && strlen(line) >= BOOT_COMMAND_LINE_MAX)
		panic("the kernel command line is longer than %d bytes",
		      BOOT_COMMAND_LINE_MAX - 1);
	if (p->command_line)
		memcpy(b.command_line, line, strlen(line) + 1);
	return &b;
}
