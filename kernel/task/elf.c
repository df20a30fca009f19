/* SPDX-License-Identifier: MIT */
#include "task/elf.h"

#include <stdbool.h>

#include "lib/string.h"
#include "mm/page.h"

#define TYPE_EXECUTABLE 2
#define TYPE_SHARED 3
#define MACHINE_X86_64 62
#define SEGMENT_LOAD 1
#define SEGMENT_INTERPRETER 3
#define SEGMENT_EXECUTE 1
#define SEGMENT_WRITE 2
#define SEGMENT_READ 4
#define SEGMENTS_MAX 64
/* Where a position-independent program goes. */
#define PIE_BASE UINT64_C(0x555555554000)

struct elf_header {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, program_headers, section_headers;
	uint32_t flags;
	uint16_t size, program_header_size, program_header_count;
	uint16_t section_header_size, section_header_count, names;
};

struct elf_segment {
	uint32_t type, flags;
	uint64_t offset, address, physical, file_size, memory_size, align;
};

struct load {
	struct space *space;
	const uint8_t *image;
	uint64_t size, base;
	bool has_load, entry_is_executable;
	struct elf_program *program;
};

static const char *check_header(const struct elf_header *h, uint64_t size)
{
	static const uint8_t ident[7] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };
	uint64_t table;

	if (size < sizeof(*h) || memcmp(h->ident, ident, sizeof(ident)))
		return "not a 64-bit little-endian ELF file";
	if (h->machine != MACHINE_X86_64)
		return "not for x86-64";
	if (h->type != TYPE_EXECUTABLE && h->type != TYPE_SHARED)
		return "not an executable";
	if (h->program_header_size != sizeof(struct elf_segment) ||
	    !h->program_header_count || h->program_header_count > SEGMENTS_MAX)
		return "unusable program headers";
	table = (uint64_t)h->program_header_count * sizeof(struct elf_segment);
	if (h->program_headers > size || table > size - h->program_headers)
		return "program headers beyond the end of the file";
	return NULL;
}

static const char *check_segment(const struct elf_segment *s, uint64_t base,
				 uint64_t size)
{
	if (s->offset > size || s->file_size > size - s->offset)
		return "a segment beyond the end of the file";
	if (s->file_size > s->memory_size || !s->memory_size)
		return "a segment larger in the file than in memory";
	if (s->address > USER_TOP - base || base + s->address < USER_BOTTOM ||
	    s->memory_size > USER_TOP - base - s->address)
		return "a segment outside the program's address space";
	if (s->address % PAGE_SIZE != s->offset % PAGE_SIZE)
		return "a segment whose address and offset do not match";
	return NULL;
}

static unsigned access_of(uint32_t flags)
{
	unsigned access = 0;

	if (flags & SEGMENT_READ)
		access |= SPACE_READ;
	if (flags & SEGMENT_WRITE)
		access |= SPACE_READ | SPACE_WRITE;
	if (flags & SEGMENT_EXECUTE)
		access |= SPACE_READ | SPACE_EXEC;
	return access;
}

/* What the loaded image tells about itself: entry, headers, end. */
static void note_segment(struct load *l, const struct elf_segment *s,
			 const struct elf_header *h)
{
	uint64_t start = l->base + s->address, end = start + s->memory_size;
	struct elf_program *p = l->program;

	l->has_load = true;
	if (s->flags & SEGMENT_EXECUTE && p->entry >= start && p->entry < end)
		l->entry_is_executable = true;
	if (h->program_headers >= s->offset &&
	    h->program_headers - s->offset < s->file_size)
		p->headers = start + h->program_headers - s->offset;
	if (end > p->end)
		p->end = end;
}

static const char *load_segment(struct load *l, const struct elf_segment *s,
				const struct elf_header *h)
{
	const char *reason = check_segment(s, l->base, l->size);
	uint64_t lead = s->address % PAGE_SIZE;
	struct space_source source = { l->image + s->offset - lead,
				       s->file_size + lead };

	if (reason)
		return reason;
	if (space_map(l->space, l->base + s->address - lead, s->memory_size + lead,
		      access_of(s->flags), SPACE_AT_IF_FREE, &source) < 0)
		return "segments that overlap, or too many for the memory";
	note_segment(l, s, h);
	return NULL;
}

const char *elf_load(struct space *s, const uint8_t *image, uint64_t size,
		     struct elf_program *program)
{
	struct elf_header h;
	struct load l = { .space = s, .image = image, .size = size, .program = program };
	const char *reason = "cut short";

	if (size >= sizeof(h)) {
		memcpy(&h, image, sizeof(h));
		reason = check_header(&h, size);
	}
	if (reason)
		return reason;
	l.base = h.type == TYPE_SHARED ? PIE_BASE : 0;
	*program = (struct elf_program){
		.entry = l.base + h.entry,
		.header_count = h.program_header_count,
		.header_size = h.program_header_size,
	};
	for (uint16_t i = 0; i < h.program_header_count; i++) {
		struct elf_segment segment;

		memcpy(&segment, image + h.program_headers + i * sizeof(segment),
		       sizeof(segment));
		if (segment.type == SEGMENT_INTERPRETER)
			return "dynamically linked; link it with -static";
		if (segment.type == SEGMENT_LOAD)
			reason = load_segment(&l, &segment, &h);
		if (reason)
			return reason;
	}
	if (!l.has_load || !l.entry_is_executable)
		return "no executable segment at its entry";
	return NULL;
}
