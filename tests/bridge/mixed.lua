-- A building of three outlets: a plug behind a broker, a charger that calls, and one that is modeled.
local k = require "konsento"

local p = k.params {
    broker = k.param { "127.0.0.1:1883", help = "host and port of the MQTT broker" },
    chargers = k.param { "127.0.0.1:9000", help = "where chargers call" },
    dialect = k.param { "tasmota", help = "what the plug speaks" },
    duration = k.param { "24 s", unit = "time", help = "length of the run" },
    lease = k.param { "3 s", unit = "time", help = "a device that hears nothing for so long switches off" },
    meter_interval = k.param { "1 s", unit = "time", help = "longest time between two readings" },
}

local function device(fields)
    fields.virtual, fields.lease, fields.meter_interval = "yes", p.lease, p.meter_interval
    return k.device(fields)
end

return k.scenario {
    name = "Three kinds of outlets",
    duration = p.duration,
    series_step = "1 s",
    building = k.building { outlets = k.outlets { count = 3, current = "15 A" } },
    devices = {
        device { driver = "mqtt", dialect = p.dialect, address = "mqtt://" .. p.broker .. "/left", outlet = 1 },
        device { driver = "ocpp", address = "ws://" .. p.chargers .. "/right", outlet = 2 },
    },
    fleet = k.fleet.replay { sessions = "mixed.csv", car = k.car { battery = "20 kWh", knee = "ideal" } },
    tariff = k.tariff.flat { price = "30 JPY/kWh" },
    payment = k.payment { purchase = "50 Wh", reorder = "1 Wh" },
    rails = { k.rail.cloud { latency = "200 ms" } },
}
