# judge_crypto.py: hashes and ECDSA verification from their definitions alone, for judge_chain.py.   [real]
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Shares no line with the program that it judges: Python's integers and its SHA-256, nothing else. Source: RIPEMD-160
# (Dobbertin, Bosselaers, Preneel 1996), SEC 1 and SEC 2 (secp256k1), BIP 66 (strict DER).
import hashlib


def sha256(data):
    return hashlib.sha256(data).digest()


def sha256d(data):
    return sha256(sha256(data))


# ---- RIPEMD-160 ------------------------------------------------------------------------------------------------------

def _order(start, step):  # the order of words in the first round
    return [(start + step * i) % 16 for i in range(16)]


_RHO = [7, 4, 13, 1, 10, 6, 15, 3, 12, 0, 9, 5, 2, 14, 11, 8]


def _orders(first):
    orders = [first]
    for _ in range(4):
        orders.append([_RHO[i] for i in orders[-1]])
    return orders


_LEFT = _orders(list(range(16)))
_RIGHT = _orders(_order(5, 9))
_SHIFTS = [[11, 14, 15, 12, 5, 8, 7, 9, 11, 13, 14, 15, 6, 7, 9, 8],
           [12, 13, 11, 15, 6, 9, 9, 7, 12, 15, 11, 13, 7, 8, 7, 7],
           [13, 15, 14, 11, 7, 7, 6, 8, 13, 14, 13, 12, 5, 5, 6, 9],
           [14, 11, 12, 14, 8, 6, 5, 5, 15, 12, 15, 14, 9, 9, 8, 6],
           [15, 12, 13, 13, 9, 5, 8, 6, 14, 11, 12, 11, 8, 6, 5, 5]]
_K_LEFT = [0, 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xa953fd4e]
_K_RIGHT = [0x50a28be6, 0x5c4dd124, 0x6d703ef3, 0x7a6d76e9, 0]
_MASK = 0xffffffff
_MIX = [lambda x, y, z: x ^ y ^ z,
        lambda x, y, z: (x & y) | (~x & z),
        lambda x, y, z: (x | (~y & _MASK)) ^ z,
        lambda x, y, z: (x & z) | (y & ~z),
        lambda x, y, z: x ^ (y | (~z & _MASK))]


def _line(state, words, orders, constants, mixes):
    a, b, c, d, e = state
    for r in range(5):
        for i in range(16):
            word = orders[r][i]
            turn = _SHIFTS[r][word]
            t = (a + (mixes[r](b, c, d) & _MASK) + words[word] + constants[r]) & _MASK
            t = ((t << turn | t >> (32 - turn)) + e) & _MASK
            a, e, d, c, b = e, d, (c << 10 | c >> 22) & _MASK, b, t
    return a, b, c, d, e


def ripemd160(data):
    state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]
    data += b"\x80" + bytes((55 - len(data)) % 64) + (8 * len(data)).to_bytes(8, "little")
    for at in range(0, len(data), 64):
        words = [int.from_bytes(data[at + 4 * i:at + 4 * i + 4], "little") for i in range(16)]
        left = _line(state, words, _LEFT, _K_LEFT, _MIX)
        right = _line(state, words, _RIGHT, _K_RIGHT, _MIX[::-1])
        state = [(state[(i + 1) % 5] + left[(i + 2) % 5] + right[(i + 3) % 5]) & _MASK for i in range(5)]
    return b"".join(word.to_bytes(4, "little") for word in state)


def hash160(data):
    return ripemd160(sha256(data))


# ---- secp256k1 -------------------------------------------------------------------------------------------------------

P = 2**256 - 2**32 - 977
N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141
G = (0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798,
     0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8)
_INFINITY = (1, 1, 0)


def _double(p):
    x, y, z = p
    if z == 0:
        return p
    yy = y * y % P
    s = 4 * x * yy % P
    m = 3 * x * x % P
    x3 = (m * m - 2 * s) % P
    return x3, (m * (s - x3) - 8 * yy * yy) % P, 2 * y * z % P


def _add(p, q):
    if p[2] == 0:
        return q
    if q[2] == 0:
        return p
    x1, y1, z1 = p
    x2, y2, z2 = q
    zz1, zz2 = z1 * z1 % P, z2 * z2 % P
    u1, u2 = x1 * zz2 % P, x2 * zz1 % P
    s1, s2 = y1 * zz2 * z2 % P, y2 * zz1 * z1 % P
    if u1 == u2:
        return _double(p) if s1 == s2 else _INFINITY
    h, r = u2 - u1, s2 - s1
    hh = h * h % P
    hhh, v = h * hh % P, u1 * hh % P
    x3 = (r * r - hhh - 2 * v) % P
    return x3, (r * (v - x3) - s1 * hhh) % P, h * z1 * z2 % P


def _multiples(point):
    table = [_INFINITY, (point[0], point[1], 1)]
    for _ in range(14):
        table.append(_add(table[-1], table[1]))
    return table


_G_MULTIPLES = _multiples(G)


def combine(a, b, point):
    """a G + b point as (x, y), None at infinity: four bits of both at a time."""
    table, sum_ = _multiples(point), _INFINITY
    for shift in range(252, -4, -4):
        for _ in range(4):
            sum_ = _double(sum_)
        sum_ = _add(_add(sum_, _G_MULTIPLES[a >> shift & 15]), table[b >> shift & 15])
    if sum_[2] == 0:
        return None
    inverse = pow(sum_[2], P - 2, P)
    return sum_[0] * inverse * inverse % P, sum_[1] * inverse**3 % P


def point_parse(key):
    """The point of a serialised public key, None if it is none."""
    if len(key) == 33 and key[0] in (2, 3):
        x = int.from_bytes(key[1:], "big")
        y = pow(x**3 + 7, (P + 1) // 4, P)
        if y & 1 != key[0] & 1:
            y = P - y
    elif len(key) == 65 and key[0] == 4:
        x, y = int.from_bytes(key[1:33], "big"), int.from_bytes(key[33:], "big")
    else:
        return None
    return (x, y) if x < P and y < P and (y * y - x**3 - 7) % P == 0 else None


def der_parse(der):
    """(r, s) of a strict DER signature without its hash type, None if it is none."""
    if len(der) < 8 or len(der) > 72 or der[0] != 0x30 or der[1] != len(der) - 2:
        return None
    numbers, at = [], 2
    for _ in range(2):
        if at + 2 > len(der) or der[at] != 2:
            return None
        number = der[at + 2:at + 2 + der[at + 1]]
        if len(number) != der[at + 1] or len(number) == 0 or number[0] >= 0x80:
            return None
        if len(number) > 1 and number[0] == 0 and number[1] < 0x80:
            return None
        numbers.append(int.from_bytes(number, "big"))
        at += 2 + len(number)
    return tuple(numbers) if at == len(der) else None


def ecdsa_verify(key, der, digest):
    point, numbers = point_parse(key), der_parse(der)
    if point is None or numbers is None:
        return False
    r, s = numbers
    if not (0 < r < N and 0 < s < N):
        return False
    inverse = pow(s, N - 2, N)
    found = combine(int.from_bytes(digest, "big") * inverse % N, r * inverse % N, point)
    return found is not None and found[0] % N == r


def self_test():
    assert ripemd160(b"").hex() == "9c1185a5c5e9fc54612808977ee8f548b2258d31"
    assert ripemd160(b"abc").hex() == "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"
    assert ripemd160(b"1234567890" * 8).hex() == "9b752e45573d4b39f4dbd3323cab82bf63326bfb"
    assert combine(N - 1, 2, G) == G
    assert combine(5, N - 5, G) is None


self_test()
