/* heap_watch.c: counts what a program takes from the heap.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/heap_watch.h"

#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

static uint64_t count;

uint64_t heap_watch_count(void)
{
    return count;
}

#ifdef SANITIZED

/* From sanitizer/allocator_interface.h, which not every compiler's package has. */
int __sanitizer_install_malloc_and_free_hooks(void (*taken)(const volatile void *, size_t),
                                              void (*given)(const volatile void *));

static void note_taken(const volatile void *block, size_t bytes)
{
    (void)block;
    (void)bytes;
    count++;
}

static void note_given(const volatile void *block)
{
    count += block != NULL;
}

void heap_watch_start(void)
{
    static int installed;
    if (!installed) {
        installed = __sanitizer_install_malloc_and_free_hooks(note_taken, note_given);
    }
    count = 0;
}

#else

/* The C library's own, by the names under which it keeps them for such as us. */
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t blocks, size_t bytes);
void *__libc_realloc(void *block, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);
void __libc_free(void *block);

#define STANDS_BEFORE __attribute__((visibility("default")))

STANDS_BEFORE void *malloc(size_t bytes);
STANDS_BEFORE void *calloc(size_t blocks, size_t bytes);
STANDS_BEFORE void *realloc(void *block, size_t bytes);
STANDS_BEFORE void *aligned_alloc(size_t alignment, size_t bytes);
STANDS_BEFORE int posix_memalign(void **block, size_t alignment, size_t bytes);
STANDS_BEFORE void free(void *block);

void heap_watch_start(void)
{
    count = 0;
}

void *malloc(size_t bytes)
{
    count++;
    return __libc_malloc(bytes);
}

void *calloc(size_t blocks, size_t bytes)
{
    count++;
    return __libc_calloc(blocks, bytes);
}

void *realloc(void *block, size_t bytes)
{
    count++;
    return __libc_realloc(block, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    count++;
    return __libc_memalign(alignment, bytes);
}

int posix_memalign(void **block, size_t alignment, size_t bytes)
{
    void *taken = aligned_alloc(alignment, bytes);
    if (taken == NULL) {
        return 12; /* ENOMEM */
    }
    *block = taken;
    return 0;
}

void free(void *block)
{
    count += block != NULL;
    __libc_free(block);
}

#endif
