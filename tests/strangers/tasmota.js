// tasmota.js: a Tasmota plug with an energy meter, as far as its firmware is documented, on the npm package mqtt.
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Usage: node tasmota.js PORT TOPIC. Prints "ON uJ" and "OFF uJ" as its relay moves: its own account of the energy.
"use strict";
const mqtt = require("mqtt");

const [port, topic] = process.argv.slice(2);
const POWER_W = 3000;
const START_WH = 6294;
const plug = { on: false, wh: 0, since: performance.now(), pulse: 0, timer: null, powerOnState: 3, powerRetain: 0 };

const client = mqtt.connect({
  host: "127.0.0.1",
  port: Number(port),
  protocolVersion: 4,
  clientId: `DVES_${topic}`,
  username: "plug",
  password: "watt",
  keepalive: 30,
  reconnectPeriod: 1000,
  will: { topic: `tele/${topic}/LWT`, payload: "Offline", qos: 1, retain: true },
});

const stat = (word, payload) => client.publish(`stat/${topic}/${word}`, payload);
const result = (object) => stat("RESULT", JSON.stringify(object));

function flow() {
  const now = performance.now();
  plug.wh += plug.on ? (POWER_W * (now - plug.since)) / 3.6e6 : 0;
  plug.since = now;
}

function energy() {
  flow();
  const power = plug.on ? POWER_W : 0;
  return {
    TotalStartTime: "2018-03-01T00:00:00",
    Total: Math.floor(START_WH + plug.wh) / 1000,
    Yesterday: 0,
    Today: Math.floor(plug.wh) / 1000,
    Period: 0,
    Power: power,
    ApparentPower: power,
    ReactivePower: 0,
    Factor: 1,
    Voltage: 200,
    Current: power / 200,
  };
}

function say_power() {
  const word = plug.on ? "ON" : "OFF";
  result({ POWER: word });
  stat("POWER", word);
}

function relay(on) {
  flow();
  if (on !== plug.on) console.log(`${on ? "ON" : "OFF"} ${Math.floor(plug.wh * 3.6e9)}`);
  plug.on = on;
  say_power();
}

// 1..111 are tenths of a second, 112..64900 seconds and 100.
function pulse_ms() {
  return plug.pulse <= 111 ? plug.pulse * 100 : (plug.pulse - 100) * 1000;
}

function power(payload) {
  const words = { ON: true, 1: true, OFF: false, 0: false, TOGGLE: !plug.on, 2: !plug.on };
  const wish = words[payload.toUpperCase()];
  if (wish === undefined) return say_power();
  clearTimeout(plug.timer);
  if (wish && plug.pulse > 0) plug.timer = setTimeout(() => relay(false), pulse_ms());
  setTimeout(() => relay(wish), 10);
}

function setting(name, payload, least, most) {
  const value = payload === "" ? NaN : Number(payload);
  return Number.isInteger(value) && value >= least && value <= most ? value : plug[name];
}

function obey(command, payload) {
  if (command === "POWER" || command === "POWER1") return power(payload);
  if (command === "PULSETIME1") {
    plug.pulse = setting("pulse", payload, 0, 64900);
    return result({ PulseTime1: { Set: plug.pulse, Remaining: 0 } });
  }
  if (command === "POWERONSTATE") {
    plug.powerOnState = setting("powerOnState", payload, 0, 5);
    return result({ PowerOnState: plug.powerOnState });
  }
  if (command === "POWERRETAIN") {
    plug.powerRetain = setting("powerRetain", payload, 0, 1);
    return result({ PowerRetain: plug.powerRetain ? "ON" : "OFF" });
  }
  if (command === "STATUS" && (payload === "8" || payload === "10"))
    return stat(`STATUS${payload}`, JSON.stringify({ StatusSNS: { Time: "2018-03-01T00:00:00", ENERGY: energy() } }));
  return result({ Command: "Unknown" });
}

client.on("connect", () => {
  client.subscribe(`cmnd/${topic}/+`, () => {
    client.publish(`tele/${topic}/LWT`, "Online", { qos: 1, retain: true });
    client.publish(`cmnd/${topic}/POWER`, ""); // as the firmware does
  });
});
client.once("connect", () => {
  client.publish(`tele/${topic}/INFO1`, JSON.stringify({ Info1: { Module: "Generic", Version: "0(stranger)" } }));
  setInterval(() => {
    client.publish(`tele/${topic}/STATE`, JSON.stringify({ Time: "2018-03-01T00:00:00", POWER: plug.on ? "ON" : "OFF" }));
    client.publish(`tele/${topic}/SENSOR`, JSON.stringify({ Time: "2018-03-01T00:00:00", ENERGY: energy() }));
  }, 1000);
});
client.on("message", (name, payload) => obey(name.split("/").pop().toUpperCase(), payload.toString()));
client.on("error", () => {});
