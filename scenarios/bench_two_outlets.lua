-- The field trial's bench: two outlets in the loop, one for each way to pay. The left one is paid on the chain and
-- switches on with zero confirmations, the right one is paid over Lightning.
--
-- Question: how long from plugging in to power, with the outlets on the wire and everything else in the model?
--
--   mosquitto -p 1883 &
--   konsento outlet --tasmota mqtt://127.0.0.1:1883/left --period 1s &
--   konsento outlet --tasmota mqtt://127.0.0.1:1883/right --period 1s &
--   konsento bridge run scenarios/bench_two_outlets.lua
--
-- With two bought plugs: --set virtual=no --set broker=ADDRESS:PORT --allow-network, and their topics (docs/bridge.md).
local k = require "konsento"

local p = k.params {
    broker = k.param { "127.0.0.1:1883", help = "host and port of the MQTT broker" },
    left = k.param { "left", help = "topic of the plug that is paid on the chain" },
    right = k.param { "right", help = "topic of the plug that is paid over Lightning" },
    dialect = k.param { "tasmota", oneof = { "tasmota", "shelly", "zigbee" }, help = "what the plugs speak" },
    virtual = k.param { "yes", oneof = { "yes", "no" }, help = "the plugs are konsento outlet" },
    duration = k.param { "3 min", unit = "time", help = "length of the run, in real time" },
    lease = k.param { "10 s", unit = "time", help = "a plug that hears nothing for so long switches off" },
    meter_interval = k.param { "2 s", unit = "time", help = "longest time between two readings of a plug" },
}

local function plug(rail, topic)
    return k.device {
        driver = "mqtt",
        dialect = p.dialect,
        address = "mqtt://" .. p.broker .. "/" .. topic,
        rail = rail,
        virtual = p.virtual,
        lease = p.lease,
        meter_interval = p.meter_interval,
    }
end

return k.scenario {
    name = "Two outlets on the bench",
    start = "2018-03-01 18:00",
    duration = p.duration,
    series_step = "1 s",
    building = k.building {
        flats = 2,
        outlets = k.outlets { count = 1, current = "15 A" },
    },
    devices = { plug("zero-conf", p.left), plug("lightning", p.right) },
    fleet = k.fleet.replay {
        sessions = "bench_two_outlets.csv",
        car = k.car { battery = "20 kWh" },
    },
    tariff = k.tariff.flat { price = "30 JPY/kWh" },
    payment = k.payment { purchase = "50 Wh", reorder = "10 Wh", retry = "5 s" },
    rails = {
        k.rail.onchain { name = "zero-conf", confirmations = 0 },
        k.rail.lightning { name = "lightning", topology = "direct", depth = "zero", sign_up = "0 s" },
    },
}
