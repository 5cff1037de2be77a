# judge_script.py: spends of segwit version 0 judged from the BIPs alone, for judge_chain.py.   [real]
# SPDX-License-Identifier: GPL-3.0-or-later
#
# P2WPKH and P2WSH (BIP 141) with the signature hash of BIP 143 and every opcode that payments and channels use; locks
# by BIP 65 and BIP 112; strict DER (BIP 66) and the null dummy (BIP 147). Legacy scripts are not judged: nothing that
# the judge does not understand is let through.
import struct

from judge_crypto import der_parse, ecdsa_verify, hash160, sha256, sha256d

SEQUENCE_DISABLED, SEQUENCE_TIME, SEQUENCE_MASK = 1 << 31, 1 << 22, 0xffff
NONE, SINGLE, ANYONECANPAY = 2, 3, 0x80
LOCKTIME_THRESHOLD = 500000000
# Valid nowhere, not even in a branch that is not taken.
FORBIDDEN = {0x65, 0x66, *range(0x7e, 0x82), *range(0x83, 0x87), 0x8d, 0x8e, *range(0x95, 0x9a)}
ELEMENT_MAX, SCRIPT_MAX, OPS_MAX, STACK_MAX = 520, 10000, 201, 1000


class Refused(Exception):
    """Why a block or a spend is not valid."""


def require(condition, why):
    if not condition:
        raise Refused(why)


def varint(number):
    if number < 0xfd:
        return bytes([number])
    if number <= 0xffff:
        return b"\xfd" + struct.pack("<H", number)
    return b"\xfe" + struct.pack("<I", number)


# ---- scripts ---------------------------------------------------------------------------------------------------------

def parse(script):
    """(opcode, pushed bytes or None) after each other; Refused if a push runs over the end."""
    at = 0
    while at < len(script):
        opcode, data = script[at], None
        at += 1
        if opcode <= 0x4e:
            length = opcode
            if opcode >= 0x4c:
                width = 1 << (opcode - 0x4c)
                require(at + width <= len(script), "a push without a length")
                length = int.from_bytes(script[at:at + width], "little")
                at += width
            data = script[at:at + length]
            require(len(data) == length, "a push over the end of the script")
            at += length
        yield opcode, data


def count_sigops(script, accurate):
    count, before = 0, 0xff
    try:
        for opcode, _ in parse(script):
            if opcode in (0xac, 0xad):
                count += 1
            elif opcode in (0xae, 0xaf):
                count += before - 0x50 if accurate and 0x51 <= before <= 0x60 else 20
            before = opcode
    except Refused:
        pass  # counted up to there
    return count


def is_unspendable(script):
    return script[:1] == b"\x6a" or len(script) > SCRIPT_MAX


def witness_sigops(script, witness):
    if len(script) == 22 and script[:2] == b"\x00\x14":
        return 1
    if len(script) == 34 and script[:2] == b"\x00\x20" and witness:
        return count_sigops(witness[-1], True)
    return 0


def encode_number(number):
    if number == 0:
        return b""
    data, left = bytearray(), abs(number)
    while left:
        data.append(left & 0xff)
        left >>= 8
    if data[-1] & 0x80:
        data.append(0)
    if number < 0:
        data[-1] |= 0x80
    return bytes(data)


def decode_number(data, most=4):
    require(len(data) <= most, "a number is too long")
    if not data:
        return 0
    number = int.from_bytes(data[:-1] + bytes([data[-1] & 0x7f]), "little")
    return -number if data[-1] & 0x80 else number


def is_true(data):
    return any(data[:-1]) or (data[-1:] not in (b"", b"\x00", b"\x80"))


# ---- what is signed (BIP 143) ----------------------------------------------------------------------------------------

def signature_hash(tx, index, code, value, kind):
    base = kind & 0x1f
    nothing = bytes(32)
    anyone = kind & ANYONECANPAY
    prevouts = nothing if anyone else sha256d(b"".join(i.outpoint for i in tx.inputs))
    sequences = nothing
    if not anyone and base not in (SINGLE, NONE):
        sequences = sha256d(b"".join(struct.pack("<I", i.sequence) for i in tx.inputs))
    outputs = nothing
    if base not in (SINGLE, NONE):
        outputs = sha256d(b"".join(o.raw for o in tx.outputs))
    elif base == SINGLE and index < len(tx.outputs):
        outputs = sha256d(tx.outputs[index].raw)
    spent = tx.inputs[index]
    return sha256d(struct.pack("<i", tx.version) + prevouts + sequences + spent.outpoint + varint(len(code)) + code
                   + struct.pack("<qI", value, spent.sequence) + outputs + struct.pack("<II", tx.locktime, kind))


# ---- the machine -----------------------------------------------------------------------------------------------------

class Machine:
    """Runs one script of a segwit version 0 spend."""

    def __init__(self, tx, index, value, script, stack, tally):
        self.tx, self.index, self.value, self.script, self.tally = tx, index, value, script, tally
        self.stack, self.branches, self.ops = stack, [], 0

    def pop(self):
        require(self.stack, "the stack is empty")
        return self.stack.pop()

    def check_signature(self, signature, key):
        if not signature:
            return False
        kind = signature[-1]
        require(der_parse(signature[:-1]) is not None, "a signature that is no strict DER")
        digest = signature_hash(self.tx, self.index, self.script, self.value, kind)
        self.tally["signatures"] += 1
        return ecdsa_verify(key, signature[:-1], digest)

    def check_multi(self):
        count = decode_number(self.pop())
        require(0 <= count <= 20, "too many keys")
        self.ops += count
        keys = [self.pop() for _ in range(count)]
        wanted = decode_number(self.pop())
        require(0 <= wanted <= count, "more signatures than keys")
        signatures = [self.pop() for _ in range(wanted)]
        require(self.pop() == b"", "the dummy is not null")
        while signatures and len(signatures) <= len(keys):
            if self.check_signature(signatures[0], keys[0]):
                signatures.pop(0)
            keys.pop(0)
        return not signatures

    def check_locktime(self):
        require(self.stack, "the stack is empty")
        lock = decode_number(self.stack[-1], 5)
        require(lock >= 0, "a negative lock")
        require((lock < LOCKTIME_THRESHOLD) == (self.tx.locktime < LOCKTIME_THRESHOLD), "locks of two kinds")
        require(lock <= self.tx.locktime, "locked by OP_CHECKLOCKTIMEVERIFY")
        require(self.tx.inputs[self.index].sequence != 0xffffffff, "a lock time that is switched off")

    def check_sequence(self):
        require(self.stack, "the stack is empty")
        lock, sequence = decode_number(self.stack[-1], 5), self.tx.inputs[self.index].sequence
        require(lock >= 0, "a negative lock")
        if lock & SEQUENCE_DISABLED:
            return
        require(self.tx.version & 0xffffffff >= 2, "a relative lock in a transaction of version 1")
        require(not sequence & SEQUENCE_DISABLED, "a relative lock that is switched off")
        require(lock & SEQUENCE_TIME == sequence & SEQUENCE_TIME, "relative locks of two kinds")
        require(lock & SEQUENCE_MASK <= sequence & SEQUENCE_MASK, "locked by OP_CHECKSEQUENCEVERIFY")

    def flow(self, opcode):
        if opcode in (0x63, 0x64):
            value = False
            if all(self.branches):
                value = is_true(self.pop()) == (opcode == 0x63)
            self.branches.append(value)
        elif opcode == 0x67:
            require(self.branches, "OP_ELSE without OP_IF")
            self.branches[-1] = not self.branches[-1]
        else:
            require(self.branches, "OP_ENDIF without OP_IF")
            self.branches.pop()

    def step(self, opcode):
        stack = self.stack
        if opcode == 0x61 or opcode == 0xb0 or 0xb3 <= opcode <= 0xb9:
            pass
        elif opcode == 0x4f or 0x51 <= opcode <= 0x60:
            stack.append(encode_number(opcode - 0x50))
        elif opcode == 0x69:
            require(is_true(self.pop()), "OP_VERIFY")
        elif opcode == 0x73:
            require(stack, "the stack is empty")
            if is_true(stack[-1]):
                stack.append(stack[-1])
        elif opcode == 0x74:
            stack.append(encode_number(len(stack)))
        elif opcode == 0x75:
            self.pop()
        elif opcode == 0x76:
            require(stack, "the stack is empty")
            stack.append(stack[-1])
        elif opcode == 0x7c:
            a, b = self.pop(), self.pop()
            stack += [a, b]
        elif opcode == 0x82:
            require(stack, "the stack is empty")
            stack.append(encode_number(len(stack[-1])))
        elif opcode in (0x87, 0x88):
            equal = self.pop() == self.pop()
            if opcode == 0x87:
                stack.append(encode_number(int(equal)))
            else:
                require(equal, "OP_EQUALVERIFY")
        elif opcode == 0xa8:
            stack.append(sha256(self.pop()))
        elif opcode == 0xa9:
            stack.append(hash160(self.pop()))
        elif 0xac <= opcode <= 0xaf:
            if opcode <= 0xad:
                key = self.pop()
                good = self.check_signature(self.pop(), key)
            else:
                good = self.check_multi()
            if opcode & 1:
                require(good, "a signature is wrong")
            else:
                stack.append(encode_number(int(good)))
        elif opcode == 0xb1:
            self.check_locktime()
        elif opcode == 0xb2:
            self.check_sequence()
        else:
            raise Refused("opcode 0x%02x is not judged" % opcode)

    def run(self):
        require(len(self.script) <= SCRIPT_MAX, "a script of more than 10,000 bytes")
        for opcode, data in parse(self.script):
            self.ops += opcode > 0x60
            require(opcode not in FORBIDDEN, "a forbidden opcode")
            if data is not None:
                require(len(data) <= ELEMENT_MAX, "an element of more than 520 bytes")
                if all(self.branches):
                    self.stack.append(data)
            elif opcode in (0x63, 0x64, 0x67, 0x68):
                self.flow(opcode)
            elif all(self.branches):
                self.step(opcode)
            require(self.ops <= OPS_MAX and len(self.stack) <= STACK_MAX, "too many operations or elements")
        require(not self.branches, "OP_IF without OP_ENDIF")
        require(len(self.stack) == 1 and is_true(self.stack[-1]), "the script does not end with true alone")


def judge_spend(tx, index, script, value, tally):
    """Refused unless the witness of this input opens the output (script, value)."""
    spent = tx.inputs[index]
    require(not spent.script, "a script of input where the witness speaks")
    stack = list(spent.witness)
    if len(script) == 22 and script[:2] == b"\x00\x14":
        require(len(stack) == 2, "P2WPKH takes a signature and a key")
        require(hash160(stack[1]) == script[2:], "the key is not the one that was paid")
        code = b"\x76\xa9\x14" + script[2:] + b"\x88\xac"
        tally["P2WPKH"] += 1
    elif len(script) == 34 and script[:2] == b"\x00\x20":
        require(stack and sha256(stack[-1]) == script[2:], "the script is not the one that was paid")
        code = stack.pop()
        tally["P2WSH"] += 1
    else:
        raise Refused("an output of a kind that is not judged is spent: " + script.hex())
    require(all(len(element) <= ELEMENT_MAX for element in stack), "an element of more than 520 bytes")
    Machine(tx, index, value, code, stack, tally).run()
