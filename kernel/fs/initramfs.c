/* SPDX-License-Identifier: MIT */
#include "fs/initramfs.h"

#include "lib/print.h"
#include "lib/string.h"

#define HEADER_SIZE 110
#define FIELD_SIZE 8

/* Fields of 8 hexadecimal digits behind the magic number. */
enum field {
	INO = 0,
	MODE = 1,
	FILE_SIZE = 6,
	NAME_SIZE = 11
};

static const uint8_t *archive;
static uint64_t archive_size;

void initramfs_init(const uint8_t *bytes, uint64_t size)
{
	archive = bytes;
	archive_size = size;
}

static uint32_t field(const uint8_t *header, enum field which)
{
	const uint8_t *digits = header + 6 + which * FIELD_SIZE;
	uint32_t v = 0;

	for (int i = 0; i < FIELD_SIZE; i++) {
		uint8_t c = digits[i] | 0x20;

		v = v << 4 | (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	return v;
}

static uint64_t align4(uint64_t n)
{
	return (n + 3) & ~UINT64_C(3);
}

/* Neither the archive nor a path need begin with / or ./ */
static const char *relative(const char *path)
{
	if (path[0] == '.' && path[1] == '/')
		path += 2;
	while (*path == '/')
		path++;
	return path;
}

bool initramfs_find(const char *path, struct initramfs_file *file)
{
	uint64_t at = 0;

	path = relative(path);
	while (archive_size - at >= HEADER_SIZE) {
		const uint8_t *h = archive + at;
		uint64_t name_end, data, left = archive_size - at;
		const char *name = (const char *)h + HEADER_SIZE;

		if (memcmp(h, "070701", 6))
			panic("the initramfs is not a newc cpio archive");
		name_end = HEADER_SIZE + (uint64_t)field(h, NAME_SIZE);
		data = align4(name_end);
		*file = (struct initramfs_file){ h + data, field(h, FILE_SIZE),
						 field(h, INO), field(h, MODE) };
		if (data > left || file->size > left - data ||
		    name_end == HEADER_SIZE || h[name_end - 1])
			panic("the initramfs is cut short");
		if (!strcmp(name, "TRAILER!!!"))
			return false;
		if (!strcmp(relative(name), path))
			return true;
		if (align4(data + file->size) > left)
			return false;
		at += align4(data + file->size);
	}
	return false;
}
