# modbus_device.py: devices as the Debian package python3-pymodbus serves them, over TCP or on a serial line.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Usage: python3 modbus_device.py keba PORT | relay TTY. Prints "ready". A KEBA KeContact P30 at unit 255; or a relay board
# at unit 2, coil 3, with an SDM230 at unit 1. 3 kW flow while it is on.
import asyncio
import struct
import sys
import time

from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext, ModbusSparseDataBlock
from pymodbus.server import StartAsyncSerialServer, StartAsyncTcpServer
from pymodbus.transaction import ModbusRtuFramer

POWER_W = 3000


class Outlet:
    def __init__(self):
        self.on = False
        self.kwh = 6.294
        self.since = time.monotonic()

    def flow(self):
        now = time.monotonic()
        self.kwh += POWER_W * (now - self.since) / 3.6e6 if self.on else 0
        self.since = now

    def switch(self, on):
        self.flow()
        self.on = bool(on)

    def power_w(self):
        return POWER_W if self.on else 0


class Block(ModbusSparseDataBlock):
    """Words that are made when they are asked for."""

    def __init__(self, reads, writes):
        super().__init__({0: 0})
        self.reads, self.writes = reads, writes

    def validate(self, address, count=1):
        return all(a in self.reads or a in self.writes for a in range(address, address + count))

    def getValues(self, address, count=1):
        return [self.reads[a]() if a in self.reads else 0 for a in range(address, address + count)]

    def setValues(self, address, values):
        for at, value in enumerate(values):
            self.writes[address + at](value)


def words(form, read):
    """Two words of a number, the greater first."""
    return [lambda i=i: struct.unpack(">HH", struct.pack(form, read()))[i] for i in range(2)]


def spread(table):
    return {address + i: read for address, reads in table.items() for i, read in enumerate(reads)}


def kwh_of(outlet):
    outlet.flow()
    return outlet.kwh


def keba(outlet):
    kept = {5004: 16000, 5016: 6000, 5018: 0}
    reads = spread(
        {
            1000: words(">I", lambda: 3 if outlet.on else 5),
            1004: words(">I", lambda: 7),
            1020: words(">I", lambda: outlet.power_w() * 1000),
            1036: words(">I", lambda: int(kwh_of(outlet) * 10000)),
            1600: words(">I", lambda: kept[5016]),
            1602: words(">I", lambda: kept[5018]),
        }
    )
    writes = {a: (lambda value, a=a: kept.__setitem__(a, value)) for a in kept}
    writes[5014] = outlet.switch
    return {255: ModbusSlaveContext(hr=Block(reads, writes), zero_mode=True)}


def relay(outlet):
    meter = spread(
        {
            0x000C: words(">f", outlet.power_w),
            0x0048: words(">f", lambda: kwh_of(outlet)),
            0x004A: words(">f", lambda: 0),
        }
    )
    board = Block({3: lambda: outlet.on}, {3: outlet.switch})
    return {
        1: ModbusSlaveContext(ir=Block(meter, {}), zero_mode=True),
        2: ModbusSlaveContext(co=board, zero_mode=True),
    }


async def main(kind, where):
    units = ModbusServerContext(slaves={"keba": keba, "relay": relay}[kind](Outlet()), single=False)
    asyncio.get_running_loop().call_later(0.2, lambda: (sys.stdout.write("ready\n"), sys.stdout.flush()))
    if kind == "keba":
        await StartAsyncTcpServer(context=units, address=("127.0.0.1", int(where)))
    else:
        await StartAsyncSerialServer(context=units, framer=ModbusRtuFramer, port=where, baudrate=19200)


asyncio.run(main(*sys.argv[1:]))
