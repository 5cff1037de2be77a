# judge_tamper.py: the judge of exported chains refuses every file that breaks a rule, and says which.
# SPDX-License-Identifier: GPL-3.0-or-later
#
#   judge_tamper.py FILE [PROGRAM]     FILE: a valid chain with payments, of three transactions in one block at least
#                                      once; PROGRAM: tests/bitcoin/judge_file, which must say the same
#
# A flipped bit is found by hashes alone. So that each rule itself is tried, a block is changed and then mined anew:
# witness commitment, merkle root and proof of work fit again, and the one rule is all that is wrong.
import copy
import random
import struct
import subprocess
import sys

sys.dont_write_bytecode = True

import judge_chain as judge  # noqa: E402
from judge_chain import Block, Refused, sha256d, varint  # noqa: E402


def split(data):
    """The blocks' bytes."""
    blocks, at = [], 0
    while at < len(data):
        length = struct.unpack("<I", data[at + 4:at + 8])[0]
        blocks.append(data[at + 8:at + 8 + length])
        at += 8 + length
    return blocks


def join(blocks):
    return b"".join(judge.MAGIC + struct.pack("<I", len(block)) + block for block in blocks)


# ---- a block taken apart and put together again ----------------------------------------------------------------------

def tx_bytes(tx):
    with_witness = any(spent.witness for spent in tx.inputs)
    data = struct.pack("<i", tx.version) + (b"\x00\x01" if with_witness else b"") + varint(len(tx.inputs))
    for spent in tx.inputs:
        data += spent.outpoint + varint(len(spent.script)) + spent.script + struct.pack("<I", spent.sequence)
    data += varint(len(tx.outputs))
    for output in tx.outputs:
        data += struct.pack("<q", output.value) + varint(len(output.script)) + output.script
    if with_witness:
        for spent in tx.inputs:
            data += varint(len(spent.witness)) + b"".join(varint(len(item)) + item for item in spent.witness)
    return data + struct.pack("<I", tx.locktime)


class Work:
    """A block that is being changed. mend says what is made to fit again; good_work: the proof of work is one."""

    def __init__(self, data, parent):
        self.block, self.parent = Block(data), parent
        self.mend, self.good_work = {"commitment", "root"}, True

    def coinbase(self):
        return self.block.txs[0]

    def payment(self):
        return self.block.txs[1]

    def commitment(self):
        return [o for o in self.coinbase().outputs if o.script[:6] == judge.COMMITMENT][-1]

    def bytes(self):
        block = self.block
        txs = block.txs
        if "commitment" in self.mend:
            leaves = [bytes(32)] + [sha256d(tx_bytes(tx)) for tx in txs[1:]]
            self.commitment().script = judge.COMMITMENT + sha256d(judge.merkle_root(leaves)[0] + bytes(32))
        if "root" in self.mend:
            # Ids of transactions that cannot be read are made from their bytes all the same.
            block.root = judge.merkle_root([self.txid(tx) for tx in txs])[0]
        body = varint(len(txs)) + b"".join(tx_bytes(tx) for tx in txs)
        for nonce in range(1 << 16):
            header = struct.pack("<i32s32sIII", block.version, block.parent, block.root, block.time, block.bits, nonce)
            if (int.from_bytes(sha256d(header), "little") <= judge.TARGET) == self.good_work:
                return header + body
        raise AssertionError("no nonce found")

    @staticmethod
    def txid(tx):
        bare = copy.deepcopy(tx)
        for spent in bare.inputs:
            spent.witness = []
        return sha256d(tx_bytes(bare))


# ---- what is done to it, and the words with which it is refused -------------------------------------------------------

TAMPERINGS = []


def tampering(words, name):
    """words: this judge's; name: Bitcoin Core's, or its script interpreter's."""
    def add(function):
        TAMPERINGS.append((function, words, name))
        return function
    return add


@tampering("a time that is not after the median", "time-too-old")
def time_at_the_median(work):
    work.block.time = work.parent.median_time


@tampering("a version below 4", "bad-version")
def version_3(work):
    work.block.version = 3


@tampering("bits are not 207fffff", "bad-diffbits")
def other_bits(work):
    work.block.bits = 0x207ffffe


@tampering("no proof of work", "high-hash")
def no_work(work):
    work.good_work = False


@tampering("a block without its parent", "prev-blk-not-found")
def unknown_parent(work):
    work.block.parent = bytes(32)


@tampering("a wrong merkle root", "bad-txnmrklroot")
def wrong_root(work):
    work.block.root = bytes([work.block.root[0] ^ 1]) + work.block.root[1:]
    work.mend.discard("root")


@tampering("a merkle tree that stands for two lists", "bad-txns-duplicate")
def last_transaction_twice(work):
    assert len(work.block.txs) % 2 == 1 and len(work.block.txs) >= 3
    work.block.txs.append(work.block.txs[-1])


@tampering("a wrong witness commitment", "bad-witness-merkle-match")
def wrong_commitment(work):
    output = work.commitment()
    output.script = output.script[:-1] + bytes([output.script[-1] ^ 1])
    work.mend.discard("commitment")


@tampering("a wrong witness commitment", "bad-witness-merkle-match")
def another_reserved_value(work):
    work.coinbase().inputs[0].witness = [b"\x01" * 32]


@tampering("no reserved value", "bad-witness-nonce-size")
def short_reserved_value(work):
    work.coinbase().inputs[0].witness = [bytes(31)]


@tampering("no reserved value", "bad-witness-nonce-size")
def no_reserved_value(work):
    work.coinbase().inputs[0].witness = []


@tampering("a witness without a commitment", "unexpected-witness")
def no_commitment(work):
    work.coinbase().outputs.remove(work.commitment())
    work.mend.discard("commitment")


@tampering("no height in the coinbase", "bad-cb-height")
def another_height(work):
    spent = work.coinbase().inputs[0]
    spent.script = spent.script[:1] + bytes([spent.script[1] ^ 1]) + spent.script[2:]


@tampering("a coinbase script of a wrong length", "bad-cb-length")
def long_coinbase_script(work):
    spent = work.coinbase().inputs[0]
    spent.script += bytes(101 - len(spent.script))


@tampering("the coinbase claims too much", "bad-cb-amount")
def one_satoshi_more(work):
    claimed = sum(output.value for output in work.coinbase().outputs)
    work.coinbase().outputs[0].value += work.allowed - claimed + 1


@tampering("not one coinbase, at the front", "bad-cb-multiple")
def two_coinbases(work):
    second = copy.deepcopy(work.coinbase())
    second.inputs[0].script += b"\x00"
    work.block.txs.insert(1, second)


@tampering("not one coinbase, at the front", "bad-cb-missing")
def coinbase_behind(work):
    txs = work.block.txs
    work.commitment()
    work.mend.discard("commitment")
    txs[0], txs[1] = txs[1], txs[0]


@tampering("an input that is not there, or spent", "bad-txns-inputs-missingorspent")
def unknown_coin(work):
    spent = work.payment().inputs[0]
    spent.outpoint = bytes([spent.outpoint[0] ^ 1]) + spent.outpoint[1:]


@tampering("an input that is not there, or spent", "bad-txns-inputs-missingorspent")
def spent_twice_in_the_block(work):
    work.block.txs.insert(2, work.payment())


@tampering("an input that is not there, or spent", "bad-txns-inputs-missingorspent")
def spent_before_on_the_branch(work):
    work.earlier.outputs[0].value -= 1
    work.block.txs.append(work.earlier)


@tampering("an input that is not there, or spent", "bad-txns-BIP30")
def a_transaction_again(work):
    work.block.txs.append(work.earlier)


@tampering("an input twice in one transaction", "bad-txns-inputs-duplicate")
def input_twice(work):
    work.payment().inputs.append(work.payment().inputs[0])


@tampering("an input that spends nothing", "bad-txns-prevout-null")
def null_input(work):
    null = copy.deepcopy(work.payment().inputs[0])
    null.outpoint = judge.NO_OUTPOINT
    work.payment().inputs.append(null)


@tampering("a coinbase spent too early", "bad-txns-premature-spend-of-coinbase")
def young_coinbase(work):
    work.payment().inputs[0].outpoint = work.young


@tampering("a transaction without outputs", "bad-txns-vout-empty")
def no_outputs(work):
    work.payment().outputs = []


@tampering("an output out of range", "bad-txns-vout-negative")
def negative_output(work):
    work.payment().outputs[0].value = -1


@tampering("an output out of range", "bad-txns-vout-toolarge")
def too_large_output(work):
    work.payment().outputs[0].value = judge.MONEY_MAX + 1


@tampering("outputs out of range", "bad-txns-txouttotal-toolarge")
def outputs_that_wrap(work):
    work.payment().outputs[0].value = judge.MONEY_MAX
    work.payment().outputs.append(copy.deepcopy(work.payment().outputs[0]))


@tampering("a transaction pays out more than it takes in", "bad-txns-in-belowout")
def pays_too_much(work):
    work.payment().outputs[0].value += 10**8


@tampering("a transaction before its lock time", "bad-txns-nonfinal")
def height_not_reached(work):
    work.payment().locktime = work.parent.height + 1
    work.payment().inputs[0].sequence = 0xfffffffe


@tampering("a transaction before its lock time", "bad-txns-nonfinal")
def time_not_reached(work):
    work.payment().locktime = work.parent.median_time
    work.payment().inputs[0].sequence = 0xfffffffe


@tampering("a relative lock in blocks", "bad-txns-nonfinal")
def relative_height(work):
    work.payment().version = 2
    work.payment().inputs[0].sequence = 0xffff


@tampering("a relative lock in time", "bad-txns-nonfinal")
def relative_time(work):
    work.payment().version = 2
    work.payment().inputs[0].sequence = 1 << 22 | 0xffff


@tampering("a signature that is no strict DER", "SIG_DER")
def lax_signature(work):
    witness = work.payment().inputs[0].witness
    witness[0] = witness[0][:-1] + b"\x00" + witness[0][-1:]


@tampering("does not end with true", "EVAL_FALSE")
def wrong_signature(work):
    witness = work.payment().inputs[0].witness
    witness[0] = witness[0][:-2] + bytes([witness[0][-2] ^ 1]) + witness[0][-1:]


@tampering("does not end with true", "EVAL_FALSE")
def signed_something_else(work):
    work.payment().outputs[0].value -= 1


@tampering("does not end with true", "EVAL_FALSE")
def no_signature(work):
    work.payment().inputs[0].witness[0] = b""


@tampering("does not end with true", "EVAL_FALSE")
def unknown_hash_type(work):
    witness = work.payment().inputs[0].witness
    witness[0] = witness[0][:-1] + b"\x04"


@tampering("the key is not the one that was paid", "EQUALVERIFY")
def another_key(work):
    witness = work.payment().inputs[0].witness
    witness[1] = bytes([witness[1][0] ^ 1]) + witness[1][1:]


@tampering("P2WPKH takes a signature and a key", "WITNESS_PROGRAM_MISMATCH")
def more_witness(work):
    work.payment().inputs[0].witness.insert(0, b"")


@tampering("a script of input where the witness speaks", "WITNESS_MALLEATED")
def script_of_input(work):
    work.payment().inputs[0].script = b"\x00"


@tampering("a block of more than 4,000,000 weight", "bad-blk-length")
def too_heavy(work):
    base = len(work.coinbase().base)
    output = copy.deepcopy(work.coinbase().outputs[0])
    output.value, output.script = 0, b"\x6a" * (1000000 - base - 13)
    work.coinbase().outputs.append(output)


@tampering("a block of more than 4,000,000 weight", "bad-blk-weight")
def too_heavy_by_its_witness(work):
    output = copy.deepcopy(work.coinbase().outputs[0])
    output.value, output.script = 0, b"\x6a" * 900000
    work.coinbase().outputs.append(output)
    work.payment().inputs[0].witness.insert(0, bytes(400000))


@tampering("a transaction larger than a block", "bad-blk-length")
def too_large(work):
    output = copy.deepcopy(work.coinbase().outputs[0])
    output.value, output.script = 0, b"\x6a" * 1000000
    work.coinbase().outputs.append(output)


@tampering("signature operations of more than 80,000", "bad-blk-sigops")
def too_many_sigops(work):
    output = copy.deepcopy(work.coinbase().outputs[0])
    output.value, output.script = 0, b"\x6a" + b"\xac" * 20001
    work.coinbase().outputs.append(output)


# ---- trying ----------------------------------------------------------------------------------------------------------

def twin(chain):
    """A chain that may be spoilt."""
    other = copy.copy(chain)
    other.blocks, other.coins = dict(chain.blocks), dict(chain.coins)
    other.tally, other.with_children = dict(chain.tally), set(chain.with_children)
    return other


def refused(action, words, name):
    try:
        action()
    except Refused as why:
        if words in str(why):
            return
        sys.exit("%s: refused for another reason: %s" % (name, why))
    sys.exit("%s: accepted" % name)


def pick(blocks):
    """The last block with an odd number of transactions, three or more, and the chain of all before it."""
    chosen = max(i for i, data in enumerate(blocks) if len(Block(data).txs) % 2 == 1 and len(Block(data).txs) >= 3)
    return chosen, judge.judge(join(blocks[:chosen]))


def earlier_payment(chain, block):
    """A payment that the branch of this block holds already, with an unspent output."""
    coins = twin(chain)
    coins.go_to(block)
    while len(block.txs) == 1 or block.txs[1].txid + bytes(4) not in coins.coins:
        block = chain.blocks[block.parent]
    return block.txs[1]


def allowed(chain, block):
    coins = twin(chain)
    coins.go_to(coins.blocks[block.parent])
    fees = sum(coins.spend(tx, block, coins.tip, {"spent": []})[0] for tx in block.txs[1:])
    return fees + (judge.SUBSIDY >> block.height // judge.HALVING)


def ask_program(program, before, tampered):
    """The program's own validation gives each block the name that Bitcoin Core has for the rule, and takes the last."""
    for name, content in (("before.dat", before), ("tampered.dat", tampered)):
        with open(name, "wb") as file:
            file.write(join(content))
    said = subprocess.run([program, "before.dat", "tampered.dat"], stdout=subprocess.PIPE, check=True)
    wanted = [name for _, _, name in TAMPERINGS] + ["ok"]
    found = said.stdout.decode().split("\n")[:-1]
    if found != wanted:
        differences = [(w, f) for w, f in zip(wanted, found) if w != f]
        sys.exit("%d names for %d blocks; wanted, found: %s" % (len(found), len(wanted), differences))


def try_rules(blocks, program):
    chosen, chain = pick(blocks)
    tampered = []
    parent = chain.blocks[Block(blocks[chosen]).parent]
    twin(chain).add(Work(blocks[chosen], parent).bytes())  # mined anew without a change it is good
    for change, words, _ in TAMPERINGS:
        work = Work(blocks[chosen], parent)
        work.block.height = parent.height + 1
        if change is one_satoshi_more:
            work.allowed = allowed(chain, work.block)
        work.earlier = copy.deepcopy(earlier_payment(chain, parent))
        work.young = parent.txs[0].txid + bytes(4)
        change(work)
        tampered.append(work.bytes())
        refused(lambda: twin(chain).add(tampered[-1]), words, change.__name__)
    if program is not None:
        ask_program(program, blocks[:chosen], tampered + [blocks[chosen]])
    return len(TAMPERINGS)


def try_file(data, blocks):
    cases = [("empty", b"", "no block at all"),
             ("magic", b"\xf9" + data[1:], "no magic"),
             ("half", data[:-1], "a length beyond the end"),
             ("header alone", data + judge.MAGIC, "the file ends too early"),
             ("length", data[:4] + bytes([data[4] + 1]) + data[5:], "bytes behind the last transaction"),
             ("genesis", join(blocks[1:]), "not regtest's genesis"),
             ("order", join(blocks[:3] + [blocks[4], blocks[3]]), "a block without its parent before it"),
             ("twice", join(blocks[:4] + [blocks[3]]), "a block for the second time")]
    for name, changed, words in cases:
        refused(lambda: judge.judge(changed), words, name)
    return len(cases)


def try_bits(blocks, count):
    """Single bits of blocks that others stand on: one of the two is refused."""
    window = 12
    parents = {Block(data).parent for data in blocks[-window:]}
    chain, random_ = judge.judge(join(blocks[:-window])), random.Random(2018)
    held = [i for i in range(len(blocks) - window, len(blocks)) if Block(blocks[i]).hash in parents]
    for _ in range(count):
        at = random_.choice(held)
        changed = bytearray(blocks[at])
        bit = random_.randrange(8 * len(changed))
        changed[bit // 8] ^= 1 << bit % 8

        def judge_rest():
            spoilt = twin(chain)
            for data in blocks[len(blocks) - window:at] + [bytes(changed)] + blocks[at + 1:]:
                spoilt.add(data)
        refused(judge_rest, "", "bit %d of block %d" % (bit, at))
    return count


def main():
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    blocks = split(data)
    program = sys.argv[2] if len(sys.argv) > 2 else None
    tried = try_file(data, blocks) + try_rules(blocks, program) + try_bits(blocks, 200)
    print("%d tampered chains refused" % tried)


if __name__ == "__main__":
    main()
