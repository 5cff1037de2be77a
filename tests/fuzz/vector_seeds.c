/* vector_seeds.c: writes seeds for the fuzz targets from the published vectors.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Usage: vector_seeds INTERPRETER TX BLOCK, three folders that exist. Every script case becomes an input of
 * fuzz_interpreter (with its real signatures), every transaction one of fuzz_tx, and each that is valid, behind a
 * coinbase, one of fuzz_block. Without the vectors nothing is written.
 */
#include "protocol/bitcoin/block.h"
#include "tests/bitcoin/hex.h"
#include "tests/bitcoin/script_text.h"
#include "tests/bitcoin/vector_file.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SEED_BYTES (1u << 20)

static uint8_t memory[1 << 24], bytes[MAX_SEED_BYTES];
static struct btc_arena arena;

static void write_seed(const char *folder, const char *kind, unsigned number, const struct btc_writer *writer)
{
    char path[4096];
    assert(!writer->failed && snprintf(path, sizeof path, "%s/%s_%u", folder, kind, number) < (int)sizeof path);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, writer->length, file) != writer->length || fclose(file) != 0) {
        fprintf(stderr, "%s: cannot be written\n", path);
        exit(1);
    }
}

static struct btc_bytes read_hex(const char *hex)
{
    uint8_t *copy = btc_arena_take(&arena, strlen(hex) / 2 + 1, 1);
    assert(copy != NULL);
    return btc_bytes(copy, hex_read(copy, strlen(hex) / 2, hex));
}

/* The form is that of fuzz_interpreter.c. */
static void write_script_case(const char *folder, unsigned number, const cJSON *entry)
{
    const cJSON *witness = cJSON_IsArray(cJSON_GetArrayItem(entry, 0)) ? cJSON_GetArrayItem(entry, 0) : NULL;
    int at = witness != NULL, items = witness == NULL ? 0 : cJSON_GetArraySize(witness) - 1;
    double coins = witness == NULL ? 0 : cJSON_GetNumberValue(cJSON_GetArrayItem(witness, items));
    if (strstr(vector_string(entry, at + 2), "TAPROOT") != NULL)
        return;
    struct btc_writer writer;
    btc_writer_init(&writer, bytes, sizeof bytes);
    btc_write_u32(&writer, flags_fill(flags_from_text(vector_string(entry, at + 2))));
    btc_write_u32(&writer, 1);
    btc_write_u32(&writer, 0);
    btc_write_u32(&writer, BTC_SEQUENCE_FINAL);
    btc_write_u32(&writer, (uint32_t)llround(coins * 100000000));
    btc_write_u8(&writer, (uint8_t)items);
    btc_write_u8(&writer, 0);
    btc_write_string(&writer, script_from_text(&arena, vector_string(entry, at)));
    btc_write_string(&writer, script_from_text(&arena, vector_string(entry, at + 1)));
    for (int i = 0; i < items; i++)
        btc_write_string(&writer, read_hex(vector_string(witness, i)));
    write_seed(folder, "script", number, &writer);
}

static void write_tx(const char *folder, const char *kind, unsigned number, struct btc_bytes tx)
{
    struct btc_writer writer;
    btc_writer_init(&writer, bytes, sizeof bytes);
    btc_write(&writer, tx.data, tx.length);
    write_seed(folder, kind, number, &writer);
}

/* A coinbase of height 1 without witness commitment, and the transaction. The target mends the header. */
static void write_block(const char *folder, unsigned number, struct btc_bytes tx)
{
    static const uint8_t height[2] = {0x51, 0x00}, anyone[1] = {0x51};
    struct btc_input input = {.previous.index = BTC_OUTPOINT_NULL_INDEX, .sequence = BTC_SEQUENCE_FINAL};
    struct btc_output output = {5000000000, btc_bytes(anyone, 1)};
    struct btc_tx txs[2] = {{1, 0, 1, 1, &input, &output}};
    input.script = btc_bytes(height, 2);
    if (btc_tx_parse(&txs[1], &arena, tx) != BTC_TX_OK || btc_tx_is_coinbase(&txs[1]))
        return;
    const struct btc_block block = {.tx_count = 2, .txs = txs};
    struct btc_writer writer;
    btc_writer_init(&writer, bytes, sizeof bytes);
    btc_block_write(&writer, &block);
    write_seed(folder, "block", number, &writer);
}

static unsigned each_script(const char *folder, const cJSON *cases)
{
    unsigned count = 0;
    const cJSON *entry;
    cJSON_ArrayForEach(entry, cases)
    {
        arena.used = 0;
        if (cJSON_GetArraySize(entry) > 1)
            write_script_case(folder, count++, entry);
    }
    return count;
}

/* In: block_folder NULL for transactions that are not valid. */
static unsigned each_tx(const char *folder, const char *block_folder, const cJSON *cases)
{
    unsigned count = 0;
    const cJSON *entry;
    cJSON_ArrayForEach(entry, cases)
    {
        arena.used = 0;
        if (cJSON_GetArraySize(entry) == 1)
            continue;
        struct btc_bytes tx = read_hex(vector_string(entry, 1));
        write_tx(folder, block_folder != NULL ? "valid" : "invalid", count, tx);
        if (block_folder != NULL)
            write_block(block_folder, count, tx);
        count++;
    }
    return count;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: vector_seeds INTERPRETER TX BLOCK\n");
        return 2;
    }
    btc_arena_init(&arena, memory, sizeof memory);
    cJSON *scripts = vector_json("script_tests.json"), *valid = vector_json("tx_valid.json");
    cJSON *invalid = vector_json("tx_invalid.json");
    printf("%u seeds of scripts, %u of transactions\n", each_script(argv[1], scripts),
           each_tx(argv[2], argv[3], valid) + each_tx(argv[2], NULL, invalid));
    cJSON_Delete(scripts);
    cJSON_Delete(valid);
    cJSON_Delete(invalid);
    return 0;
}
