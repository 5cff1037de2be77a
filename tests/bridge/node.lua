-- One outlet that a real Lightning node switches on: the node's hook script tells of two invoices that are paid.
local k = require "konsento"

local p = k.params {
    broker = k.param { "127.0.0.1:1883", help = "host and port of the MQTT broker" },
    duration = k.param { "20 s", unit = "time", help = "length of the run" },
    lease = k.param { "3 s", unit = "time", help = "a plug that hears nothing for so long switches off" },
    meter_interval = k.param { "1 s", unit = "time", help = "longest time between two readings" },
    first = k.param { string.rep("0", 64), help = "payment hash of 20 sat" },
    second = k.param { string.rep("1", 64), help = "payment hash of 80 sat" },
}

return k.scenario {
    name = "A node outside",
    duration = p.duration,
    series_step = "1 s",
    building = k.building { outlets = k.outlets { count = 2, current = "15 A" } },
    devices = {
        k.device {
            driver = "mqtt",
            address = "mqtt://" .. p.broker .. "/left",
            outlet = 1,
            virtual = "yes",
            lease = p.lease,
            meter_interval = p.meter_interval,
        },
    },
    fleet = k.fleet.replay { sessions = "node.csv", car = k.car { battery = "20 kWh" } },
    tariff = k.tariff.flat { price = "30 JPY/kWh" },
    payment = k.payment { purchase = "50 Wh", reorder = "1 Wh" },
    rails = {
        k.rail.node {
            invoices = {
                k.invoice { payment_hash = p.first, amount = "20 sat", outlet = 1 },
                k.invoice { payment_hash = p.second, amount = "280 sat", outlet = 1 },
            },
        },
    },
}
