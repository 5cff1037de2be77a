// modbus_device.js: a relay with an SDM230 meter beside it, as the npm package modbus-serial serves Modbus TCP.
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Usage: node modbus_device.js PORT. Prints "ready". Unit 1 is the meter, unit 2 the relay board: coil 3 feeds 3 kW.
"use strict";
const { ServerTCP } = require("modbus-serial");

const POWER_W = 3000;
let closed = false;
let kwh = 6.294;
let since = Date.now();

function flow() {
  const now = Date.now();
  kwh += closed ? (POWER_W * (now - since)) / 3.6e9 : 0;
  since = now;
}

const floats = {
  0x0000: () => 200,
  0x0006: () => (closed ? POWER_W / 200 : 0),
  0x000c: () => (closed ? POWER_W : 0),
  0x0046: () => 60,
  0x0048: () => kwh,
  0x004a: () => 0,
};

function word(address) {
  const first = address - (address % 2);
  if (!(first in floats)) throw Object.assign(new Error("no such register"), { modbusErrorCode: 2 });
  const bytes = Buffer.alloc(4);
  flow();
  bytes.writeFloatBE(floats[first]());
  return bytes.readUInt16BE((address % 2) * 2);
}

function relay(address, unit) {
  if (unit !== 2 || address !== 3) throw Object.assign(new Error("no such coil"), { modbusErrorCode: 2 });
}

const device = {
  getInputRegister: (address, unit) => {
    if (unit !== 1) throw Object.assign(new Error("no meter"), { modbusErrorCode: 2 });
    return word(address);
  },
  getCoil: (address, unit) => {
    relay(address, unit);
    return closed;
  },
  setCoil: (address, value, unit) => {
    relay(address, unit);
    flow();
    closed = value;
  },
};

const server = new ServerTCP(device, { host: "127.0.0.1", port: Number(process.argv[2]), unitID: 255 });
server.on("initialized", () => console.log("ready"));
server.on("socketError", () => {});
