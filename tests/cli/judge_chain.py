# judge_chain.py: an independent judge of exported chains: regtest's rules, from the bytes of a blk*.dat file alone.
# SPDX-License-Identifier: GPL-3.0-or-later
#
#   judge_chain.py FILE      prints what it counted and "valid", or the first rule that is broken; exit code 0 or 1
#
# Written from the BIPs and from what a node does with such a file; shares no line with the program that it judges.
# Every block is judged on its own branch: the coins of the branch it stands on are made by taking blocks back and
# connecting others, as a node does in a reorganisation. All rules hold from block 1 on, which is stricter than or
# equal to every version of Bitcoin Core's regtest. That a header is not two hours ahead is the one rule left out: it
# depends on the clock of the node.
import struct
import sys

sys.dont_write_bytecode = True

from judge_crypto import sha256d  # noqa: E402
from judge_script import (Refused, SEQUENCE_DISABLED, SEQUENCE_MASK, SEQUENCE_TIME, LOCKTIME_THRESHOLD,  # noqa: E402
                          count_sigops, encode_number, is_unspendable, judge_spend, require, varint, witness_sigops)

MAGIC = bytes.fromhex("fabfb5da")
GENESIS = bytes.fromhex("0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206")[::-1]
BITS, TARGET = 0x207fffff, 0x7fffff << 8 * (0x20 - 3)
COIN, SUBSIDY, HALVING, MATURITY = 10**8, 50 * 10**8, 150, 100
MONEY_MAX, WEIGHT_MAX, SIGOPS_MAX = 21000000 * COIN, 4000000, 80000
COMMITMENT = bytes.fromhex("6a24aa21a9ed")
NO_OUTPOINT = bytes(32) + b"\xff\xff\xff\xff"


# ---- bytes -----------------------------------------------------------------------------------------------------------

class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        require(count <= len(self.data) - self.at, "the block ends too early")
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def varint(self):
        first = self.take(1)[0]
        if first < 0xfd:
            return first
        number = self.number({0xfd: "<H", 0xfe: "<I", 0xff: "<Q"}[first])
        require(number >= {0xfd: 0xfd, 0xfe: 1 << 16, 0xff: 1 << 32}[first], "a length in more bytes than it needs")
        return number

    def bytes(self):
        return self.take(self.varint())


class Input:
    def __init__(self, reader):
        self.outpoint, self.script = reader.take(36), reader.bytes()
        self.sequence, self.witness = reader.number("<I"), []
        self.raw = self.outpoint + varint(len(self.script)) + self.script + struct.pack("<I", self.sequence)


class Output:
    def __init__(self, reader):
        self.value, self.script = reader.number("<q"), reader.bytes()
        self.raw = struct.pack("<q", self.value) + varint(len(self.script)) + self.script


class Tx:
    def __init__(self, reader):
        start = reader.at
        self.version = reader.number("<i")
        extended = reader.data[reader.at:reader.at + 2] == b"\x00\x01"
        if extended:
            reader.take(2)
        self.inputs = [Input(reader) for _ in range(reader.varint())]
        require(self.inputs, "a transaction without inputs")
        self.outputs = [Output(reader) for _ in range(reader.varint())]
        if extended:
            for spent in self.inputs:
                spent.witness = [reader.bytes() for _ in range(reader.varint())]
            require(any(spent.witness for spent in self.inputs), "an extended form without a witness")
        self.locktime = reader.number("<I")
        self.raw = reader.data[start:reader.at]
        self.base = (struct.pack("<i", self.version) + varint(len(self.inputs)) + b"".join(i.raw for i in self.inputs)
                     + varint(len(self.outputs)) + b"".join(o.raw for o in self.outputs)
                     + struct.pack("<I", self.locktime))
        self.txid, self.wtxid = sha256d(self.base), sha256d(self.raw)
        self.weight = 3 * len(self.base) + len(self.raw)
        self.is_coinbase = len(self.inputs) == 1 and self.inputs[0].outpoint == NO_OUTPOINT


class Block:
    def __init__(self, data):
        reader = Reader(data)
        self.header = reader.take(80)
        self.version, self.parent, self.root, self.time, self.bits, _ = struct.unpack("<i32s32sIII", self.header)
        self.hash = sha256d(self.header)
        self.txs = [Tx(reader) for _ in range(reader.varint())]
        require(reader.at == len(data), "bytes behind the last transaction")
        self.weight = 4 * (80 + len(varint(len(self.txs)))) + sum(tx.weight for tx in self.txs)
        self.height, self.median_time, self.undo = 0, 0, None


def merkle_root(leaves):
    """The root, and whether the same root stands for another list as well (CVE-2012-2459)."""
    mutated = False
    while len(leaves) > 1:
        mutated = mutated or any(leaves[i] == leaves[i + 1] for i in range(0, len(leaves) - 1, 2))
        if len(leaves) % 2:
            leaves = leaves + leaves[-1:]
        leaves = [sha256d(leaves[i] + leaves[i + 1]) for i in range(0, len(leaves), 2)]
    return leaves[0], mutated


# ---- rules that need no coins ----------------------------------------------------------------------------------------

def check_tx(tx):
    require(tx.outputs, "a transaction without outputs")
    require(4 * len(tx.base) <= WEIGHT_MAX, "a transaction larger than a block")
    require(all(0 <= o.value <= MONEY_MAX for o in tx.outputs), "an output out of range")
    require(sum(o.value for o in tx.outputs) <= MONEY_MAX, "outputs out of range")
    require(len({i.outpoint for i in tx.inputs}) == len(tx.inputs), "an input twice in one transaction")
    if tx.is_coinbase:
        require(2 <= len(tx.inputs[0].script) <= 100, "a coinbase script of a wrong length")
    else:
        require(all(i.outpoint != NO_OUTPOINT for i in tx.inputs), "an input that spends nothing")


def check_commitment(block):
    coinbase = block.txs[0]
    found = [o.script for o in coinbase.outputs if len(o.script) >= 38 and o.script[:6] == COMMITMENT]
    if not found:
        require(not any(i.witness for tx in block.txs for i in tx.inputs), "a witness without a commitment")
        return
    reserved = coinbase.inputs[0].witness
    require(len(reserved) == 1 and len(reserved[0]) == 32, "no reserved value in the coinbase")
    root, _ = merkle_root([bytes(32)] + [tx.wtxid for tx in block.txs[1:]])
    require(sha256d(root + reserved[0]) == found[-1][6:38], "a wrong witness commitment")


def is_final(tx, height, median_time):
    limit = height if tx.locktime < LOCKTIME_THRESHOLD else median_time
    return tx.locktime == 0 or tx.locktime < limit or all(i.sequence == 0xffffffff for i in tx.inputs)


def check_block(block, parent):
    require(block.bits == BITS, "bits are not 207fffff")
    require(int.from_bytes(block.hash, "little") <= TARGET, "no proof of work")
    require(block.time > parent.median_time, "a time that is not after the median of the last eleven")
    require(block.version >= 4, "a version below 4")
    require(block.txs, "a block without transactions")
    root, mutated = merkle_root([tx.txid for tx in block.txs])
    require(root == block.root, "a wrong merkle root")
    require(not mutated, "a merkle tree that stands for two lists")
    require([tx.is_coinbase for tx in block.txs] == [True] + [False] * (len(block.txs) - 1),
            "not one coinbase, at the front")
    for tx in block.txs:
        check_tx(tx)
        require(is_final(tx, block.height, parent.median_time), "a transaction before its lock time")
    height = block.height
    push = bytes([0x50 + height]) if height <= 16 else bytes([len(encode_number(height))]) + encode_number(height)
    require(block.txs[0].inputs[0].script.startswith(push), "no height in the coinbase")
    check_commitment(block)
    require(block.weight <= WEIGHT_MAX, "a block of more than 4,000,000 weight")


# ---- coins -----------------------------------------------------------------------------------------------------------

class Coin:
    def __init__(self, output, height, is_coinbase):
        self.value, self.script, self.height, self.is_coinbase = output.value, output.script, height, is_coinbase


class Chain:
    """All blocks by hash, and the coins of the branch that ends at tip."""

    def __init__(self):
        self.blocks, self.coins, self.tip = {}, {}, None
        self.tally = dict.fromkeys(("blocks", "branches", "transactions", "inputs", "P2WPKH", "P2WSH", "signatures",
                                    "taken back", "deepest"), 0)
        self.with_children = set()

    def ancestor(self, block, height):
        while block.height > height:
            block = self.blocks[block.parent]
        return block

    def set_median(self, block):
        times, at = [block.time], block
        while len(times) < 11 and at.height > 0:
            at = self.blocks[at.parent]
            times.append(at.time)
        block.median_time = sorted(times)[len(times) // 2]

    def check_sequences(self, tx, block, parent):
        if tx.version & 0xffffffff < 2:
            return
        for spent in tx.inputs:
            if spent.sequence & SEQUENCE_DISABLED:
                continue
            height = self.coins[spent.outpoint].height
            if spent.sequence & SEQUENCE_TIME:
                since = self.ancestor(parent, max(height - 1, 0)).median_time
                require(since + ((spent.sequence & SEQUENCE_MASK) << 9) - 1 < parent.median_time,
                        "a relative lock in time")
            else:
                require(height + (spent.sequence & SEQUENCE_MASK) - 1 < block.height, "a relative lock in blocks")

    def spend(self, tx, block, parent, undo):
        """Takes a transaction's inputs out. Returns its fee and the cost of its signature operations."""
        for spent in tx.inputs:
            require(spent.outpoint in self.coins, "an input that is not there, or spent")
            coin = self.coins[spent.outpoint]
            require(not coin.is_coinbase or block.height - coin.height >= MATURITY, "a coinbase spent too early")
        self.check_sequences(tx, block, parent)
        coins = [self.coins[spent.outpoint] for spent in tx.inputs]
        value = sum(coin.value for coin in coins)
        require(value <= MONEY_MAX, "inputs out of range")
        fee = value - sum(o.value for o in tx.outputs)
        require(fee >= 0, "a transaction pays out more than it takes in")
        cost = sum(witness_sigops(coin.script, spent.witness) for coin, spent in zip(coins, tx.inputs))
        for index, (coin, spent) in enumerate(zip(coins, tx.inputs)):
            judge_spend(tx, index, coin.script, coin.value, self.tally)
            undo["spent"].append((spent.outpoint, coin))
            del self.coins[spent.outpoint]
        self.tally["inputs"] += len(tx.inputs)
        return fee, cost

    def add_outputs(self, tx, block, undo):
        for index, output in enumerate(tx.outputs):
            if is_unspendable(output.script):
                continue
            outpoint = tx.txid + struct.pack("<I", index)
            require(outpoint not in self.coins, "an unspent output is made a second time")
            self.coins[outpoint] = Coin(output, block.height, tx.is_coinbase)
            undo["made"].append(outpoint)

    def apply(self, block, parent, undo):
        fees = cost = 0
        for tx in block.txs:
            cost += 4 * sum(count_sigops(i.script, False) for i in tx.inputs)
            cost += 4 * sum(count_sigops(o.script, False) for o in tx.outputs)
            if not tx.is_coinbase:
                fee, witness_cost = self.spend(tx, block, parent, undo)
                fees, cost = fees + fee, cost + witness_cost
            self.add_outputs(tx, block, undo)
        require(cost <= SIGOPS_MAX, "signature operations of more than 80,000")
        reward = sum(o.value for o in block.txs[0].outputs)
        require(reward <= fees + (SUBSIDY >> block.height // HALVING), "the coinbase claims too much")

    def connect(self, block):
        parent = self.blocks[block.parent]
        block.undo = {"spent": [], "made": []}
        self.apply(block, parent, block.undo)
        self.tip = block

    def disconnect(self):
        block = self.tip
        for outpoint in block.undo["made"]:
            self.coins.pop(outpoint, None)  # or spent in the same block
        made = set(block.undo["made"])
        for outpoint, coin in block.undo["spent"]:
            if outpoint not in made:
                self.coins[outpoint] = coin
        self.tip = self.blocks[block.parent]

    def go_to(self, block):
        """Makes the coins those of another branch."""
        path, depth = [], 0
        while block is not self.tip:
            if block.height > self.tip.height:
                path.append(block)
                block = self.blocks[block.parent]
            else:
                self.disconnect()
                depth += 1
        self.tally["taken back"] += depth
        self.tally["deepest"] = max(self.tally["deepest"], depth)
        for again in reversed(path):
            self.redo(again)

    def redo(self, block):
        """Connects a block that was found valid before: its coins alone."""
        for tx in block.txs:
            for spent in tx.inputs:
                self.coins.pop(spent.outpoint, None)
            self.add_outputs(tx, block, {"made": []})
        self.tip = block

    def add(self, data):
        block = Block(data)
        require(block.hash not in self.blocks, "a block for the second time")
        if self.tip is None:
            require(block.hash == GENESIS, "the first block is not regtest's genesis")
            root, _ = merkle_root([tx.txid for tx in block.txs])
            require(root == block.root, "a wrong merkle root")
            self.tip = block
        else:
            require(block.parent in self.blocks, "a block without its parent before it")
            parent = self.blocks[block.parent]
            block.height = parent.height + 1
            check_block(block, parent)
            self.go_to(parent)
            self.connect(block)
            self.tally["branches"] += block.parent in self.with_children
            self.with_children.add(block.parent)
        self.blocks[block.hash] = block
        self.set_median(block)
        self.tally["blocks"] += 1
        self.tally["transactions"] += len(block.txs)


def judge(data):
    """Judges all blocks of a file. Returns the chain; Refused says which block breaks which rule."""
    chain, at = Chain(), 0
    while at < len(data):
        try:
            require(data[at:at + 4] == MAGIC, "no magic of regtest")
            require(at + 8 <= len(data), "the file ends too early")
            length = struct.unpack("<I", data[at + 4:at + 8])[0]
            require(80 < length <= len(data) - at - 8, "a length beyond the end of the file, or of no block")
            chain.add(data[at + 8:at + 8 + length])
        except Refused as why:
            raise Refused("block %d at byte %d: %s" % (chain.tally["blocks"], at, why)) from None
        at += 8 + length
    require(chain.tip is not None, "no block at all")
    return chain


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: judge_chain.py FILE")
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    try:
        chain = judge(data)
    except Refused as why:
        print("invalid: %s" % why)
        return 1
    best = max(chain.blocks.values(), key=lambda block: block.height)
    for name, count in chain.tally.items():
        print("%-13s %d" % (name, count))
    print("%-13s %d\n%-13s %s" % ("height", best.height, "tip", best.hash[::-1].hex()))
    print("%-13s %d" % ("losing blocks", chain.tally["blocks"] - best.height - 1))
    print("valid")
    return 0


if __name__ == "__main__":
    sys.exit(main())
