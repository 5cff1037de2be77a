/* lift.c: the second coordinate of a point, from its first.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Numbers modulo p are four words, the lowest first, any value below 2^256: only at the end is it brought below p. As
 * 2^256 = 2^32 + 977 modulo p, the upper half of a product is folded into the lower by one small multiplication.
 *
 * Source: SEC 2 section 2.4.1 (the prime); Euler's criterion: p = 3 mod 4, so the root of a is a^((p + 1) / 4).
 */
#include "protocol/bitcoin/lift.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define INLINE inline __attribute__((always_inline)) /* a call would put the words into memory */
#define FOLD   UINT64_C(0x1000003d1)                 /* 2^256 - p */

struct field {
    uint64_t word[4];
};

__extension__ typedef unsigned __int128 wide;

/* a + b + carry; carry is 0 or 1 before and after. In the form that compilers turn into one instruction. */
#if defined(__x86_64__)
static INLINE uint64_t add(uint64_t a, uint64_t b, unsigned char *carry)
{
    unsigned long long sum;
    *carry = _addcarry_u64(*carry, a, b, &sum);
    return sum;
}
#else
static INLINE uint64_t add(uint64_t a, uint64_t b, unsigned char *carry)
{
    wide sum = (wide)a + b + *carry;
    *carry = (unsigned char)(sum >> 64);
    return (uint64_t)sum;
}
#endif

static INLINE uint64_t multiply_words(uint64_t a, uint64_t b, uint64_t *upper)
{
    wide product = (wide)a * b;
    *upper = (uint64_t)(product >> 64);
    return (uint64_t)product;
}

/* Folds eight words, the upper four in `up`, into four. The first fold leaves less than 2^34 above 2^256, the second at
 * most a carry, and after a carry the lowest word is small, so that the last addition cannot carry. Loops are written
 * out: the words must stay in registers. */
static INLINE struct field fold(struct field low, struct field up)
{
    uint64_t a, b, c, d, b_up, c_up, d_up, top;
    unsigned char carry = 0;
    a = multiply_words(up.word[0], FOLD, &b_up);
    b = multiply_words(up.word[1], FOLD, &c_up);
    c = multiply_words(up.word[2], FOLD, &d_up);
    d = multiply_words(up.word[3], FOLD, &top);
    b = add(b, b_up, &carry);
    c = add(c, c_up, &carry);
    d = add(d, d_up, &carry);
    top += carry;
    carry = 0;
    a = add(a, low.word[0], &carry);
    b = add(b, low.word[1], &carry);
    c = add(c, low.word[2], &carry);
    d = add(d, low.word[3], &carry);
    top = multiply_words(top + carry, FOLD, &b_up);
    carry = 0;
    a = add(a, top, &carry);
    b = add(b, b_up, &carry);
    c = add(c, 0, &carry);
    d = add(d, 0, &carry);
    return (struct field){{a + (FOLD & (0 - (uint64_t)carry)), b, c, d}};
}

static struct field multiply(const struct field *a, const struct field *b)
{
    uint64_t w[8] = {0};
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++) {
            /* w[i + 4] carries along the row */
            wide sum = (wide)a->word[i] * b->word[j] + w[i + j] + w[i + 4];
            w[i + j] = (uint64_t)sum;
            w[i + 4] = (uint64_t)(sum >> 64);
        }
    return fold((struct field){{w[0], w[1], w[2], w[3]}}, (struct field){{w[4], w[5], w[6], w[7]}});
}

/* The products of different words, each counted twice, and the squares of the words. */
static INLINE struct field square(struct field a)
{
    uint64_t w1, w2, w3, w4, w5, w6, up, low, next;
    unsigned char carry = 0;
    w1 = multiply_words(a.word[0], a.word[1], &w2);
    low = multiply_words(a.word[0], a.word[2], &w3);
    up = multiply_words(a.word[0], a.word[3], &w4);
    w2 = add(w2, low, &carry);
    w3 = add(w3, up, &carry);
    w4 += carry;
    carry = 0;
    low = multiply_words(a.word[1], a.word[2], &up);
    next = add(multiply_words(a.word[1], a.word[3], &w5), up, &carry);
    w5 += carry;
    carry = 0;
    w3 = add(w3, low, &carry);
    w4 = add(w4, next, &carry);
    w5 = add(w5, multiply_words(a.word[2], a.word[3], &w6), &carry);
    w6 += carry;
    carry = 0;
    w1 = add(w1, w1, &carry);
    w2 = add(w2, w2, &carry);
    w3 = add(w3, w3, &carry);
    w4 = add(w4, w4, &carry);
    w5 = add(w5, w5, &carry);
    w6 = add(w6, w6, &carry);
    uint64_t up0, up1, up2, up3 = carry;
    uint64_t low0 = multiply_words(a.word[0], a.word[0], &up0), low1 = multiply_words(a.word[1], a.word[1], &up1);
    uint64_t low2 = multiply_words(a.word[2], a.word[2], &up2), low3 = multiply_words(a.word[3], a.word[3], &next);
    carry = 0;
    up0 = add(w1, up0, &carry);
    low1 = add(w2, low1, &carry);
    up1 = add(w3, up1, &carry);
    low2 = add(w4, low2, &carry);
    up2 = add(w5, up2, &carry);
    low3 = add(w6, low3, &carry);
    up3 = add(up3, next, &carry);
    return fold((struct field){{low0, up0, low1, up1}}, (struct field){{low2, up2, low3, up3}});
}

/* a^(2^times) */
static struct field square_often(const struct field *a, int times)
{
    struct field power = *a;
    while (times-- > 0)
        power = square(power);
    return power;
}

/* a^(2^squarings) * b */
static struct field step(const struct field *a, int squarings, const struct field *b)
{
    struct field power = square_often(a, squarings);
    return multiply(&power, b);
}

/* a^((p + 1) / 4). In binary that exponent is 223 ones, a zero, 22 ones, 4 zeros, two ones and two zeros; ones_n is
 * a^(2^n - 1). */
static struct field root(const struct field *a)
{
    struct field ones_2 = step(a, 1, a);
    struct field ones_3 = step(&ones_2, 1, a);
    struct field ones_6 = step(&ones_3, 3, &ones_3);
    struct field ones_9 = step(&ones_6, 3, &ones_3);
    struct field ones_11 = step(&ones_9, 2, &ones_2);
    struct field ones_22 = step(&ones_11, 11, &ones_11);
    struct field ones_44 = step(&ones_22, 22, &ones_22);
    struct field ones_88 = step(&ones_44, 44, &ones_44);
    struct field ones_176 = step(&ones_88, 88, &ones_88);
    struct field ones_220 = step(&ones_176, 44, &ones_44);
    struct field ones_223 = step(&ones_220, 3, &ones_3);
    struct field power = step(&ones_223, 23, &ones_22);
    power = step(&power, 6, &ones_2);
    return square_often(&power, 2);
}

/* Below p: p or more is what carries once FOLD is added, and then the sum is the rest. */
static struct field least(const struct field *a)
{
    struct field sum;
    unsigned char carry = 0;
    for (int i = 0; i < 4; i++)
        sum.word[i] = add(a->word[i], i == 0 ? FOLD : 0, &carry);
    return carry > 0 ? sum : *a;
}

/* p - a. In: 0 < a < p. */
static struct field negative(const struct field *a)
{
    struct field difference;
    unsigned char carry = 1; /* p - a = ~a + 1 - FOLD modulo 2^256, and ~a + 1 >= FOLD */
    for (int i = 0; i < 4; i++)
        difference.word[i] = add(~a->word[i], 0, &carry);
    carry = 1;
    for (int i = 0; i < 4; i++)
        difference.word[i] = add(difference.word[i], i == 0 ? ~FOLD : UINT64_MAX, &carry);
    return difference;
}

static struct field read_field(const uint8_t bytes[32])
{
    struct field a = {{0}};
    for (int i = 0; i < 32; i++)
        a.word[3 - i / 8] = a.word[3 - i / 8] << 8 | bytes[i];
    return a;
}

static void write_field(uint8_t bytes[32], const struct field *a)
{
    for (int i = 0; i < 32; i++)
        bytes[i] = (uint8_t)(a->word[3 - i / 8] >> (56 - 8 * (i % 8)));
}

/* The curve is y^2 = x^3 + 7. */
void btc_lift(uint8_t y[32], const uint8_t x[32], unsigned parity)
{
    struct field first = read_field(x), seven = {{7}};
    struct field cube = step(&first, 1, &first);
    unsigned char carry = 0;
    for (int i = 0; i < 4; i++)
        cube.word[i] = add(cube.word[i], seven.word[i], &carry);
    cube.word[0] += FOLD & (0 - (uint64_t)carry);
    struct field second = root(&cube);
    second = least(&second);
    if ((second.word[0] & 1) != (parity & 1))
        second = negative(&second);
    write_field(y, &second);
}
