/* script_text.c: scripts and flags as the published vectors write them.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/bitcoin/script_text.h"

#include "protocol/bitcoin/script_rules.h"
#include "tests/bitcoin/hex.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MAX_WORD 30000

static bool is_number(const char *word)
{
    const char *digits = word[0] == '-' ? word + 1 : word;
    return digits[0] != '\0' && strspn(digits, "0123456789") == strlen(digits);
}

static void write_opcode(struct btc_writer *out, const char *word)
{
    if (strncmp(word, "OP_", 3) == 0)
        word += 3;
    /* Numbers are pushes, so opcodes with digits for a name are found before this is called. */
    for (unsigned code = 0; code < 256; code++) {
        const char *name = btc_opcode_name((uint8_t)code);
        if (name != NULL && strcmp(name, word) == 0) {
            btc_write_u8(out, (uint8_t)code);
            return;
        }
    }
    assert(word[0] == '\0'); /* no opcode has this name */
}

/* A push by length alone, not always the shortest: how the vectors mean 'text'. */
static void write_text(struct btc_writer *out, const char *text, size_t length)
{
    if (length < BTC_OP_PUSHDATA1) {
        btc_write_u8(out, (uint8_t)length);
    } else if (length <= 0xff) {
        btc_write_u8(out, BTC_OP_PUSHDATA1);
        btc_write_u8(out, (uint8_t)length);
    } else {
        btc_write_u8(out, BTC_OP_PUSHDATA2);
        btc_write_u16(out, (uint16_t)length);
    }
    btc_write(out, text, length);
}

static void write_word(struct btc_writer *out, const char *word)
{
    static uint8_t bytes[MAX_WORD];
    size_t length = strlen(word);
    if (is_number(word))
        btc_script_push_number(out, strtoll(word, NULL, 10));
    else if (strncmp(word, "0x", 2) == 0)
        btc_write(out, bytes, hex_read(bytes, sizeof bytes, word + 2));
    else if (word[0] == '\'' && length >= 2 && word[length - 1] == '\'')
        write_text(out, word + 1, length - 2);
    else
        write_opcode(out, word);
}

struct btc_bytes script_from_text(struct btc_arena *arena, const char *text)
{
    static char word[MAX_WORD];
    size_t capacity = 2 * strlen(text) + 16;
    struct btc_writer out;
    btc_writer_init(&out, btc_arena_take(arena, capacity, 1), capacity);
    assert(out.data != NULL);
    while (*text != '\0') {
        size_t length = strcspn(text, " ");
        assert(length < sizeof word);
        memcpy(word, text, length);
        word[length] = '\0';
        if (length > 0)
            write_word(&out, word);
        text += length + (text[length] == ' ');
    }
    assert(!out.failed);
    return btc_writer_view(&out);
}

static const char *const flag_names[SCRIPT_FLAG_COUNT] = {
    "P2SH",
    "STRICTENC",
    "DERSIG",
    "LOW_S",
    "NULLDUMMY",
    "SIGPUSHONLY",
    "MINIMALDATA",
    "DISCOURAGE_UPGRADABLE_NOPS",
    "CLEANSTACK",
    "CHECKLOCKTIMEVERIFY",
    "CHECKSEQUENCEVERIFY",
    "WITNESS",
    "DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM",
    "MINIMALIF",
    "NULLFAIL",
    "WITNESS_PUBKEYTYPE",
    "CONST_SCRIPTCODE",
};

static uint32_t flag_of(const char *name, size_t length)
{
    for (unsigned i = 0; i < SCRIPT_FLAG_COUNT; i++)
        if (strlen(flag_names[i]) == length && strncmp(flag_names[i], name, length) == 0)
            return UINT32_C(1) << i;
    assert(length == 0 || (length == 4 && strncmp(name, "NONE", 4) == 0));
    return 0;
}

uint32_t flags_from_text(const char *text)
{
    uint32_t flags = 0;
    for (;; text++) {
        size_t length = strcspn(text, ",");
        flags |= flag_of(text, length);
        text += length;
        if (*text == '\0')
            return flags;
    }
}

uint32_t flags_trim(uint32_t flags)
{
    if (!(flags & BTC_VERIFY_P2SH))
        flags &= ~(uint32_t)BTC_VERIFY_WITNESS;
    if (!(flags & BTC_VERIFY_WITNESS))
        flags &= ~(uint32_t)BTC_VERIFY_CLEANSTACK;
    return flags;
}

uint32_t flags_fill(uint32_t flags)
{
    if (flags & BTC_VERIFY_CLEANSTACK)
        flags |= BTC_VERIFY_WITNESS;
    if (flags & BTC_VERIFY_WITNESS)
        flags |= BTC_VERIFY_P2SH;
    return flags;
}
