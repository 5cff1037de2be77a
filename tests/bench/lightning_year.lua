-- A hundred outlets over one hub, a payment a minute while a car charges, for as long as is asked.
-- Question: how many CPU seconds does the simulator take for it? tests/bench/year.py runs it and reckons.
local k = require "konsento"

local p = k.params {
    days = k.param { 7, min = 1, max = 366, help = "length of the run" },
    outlets = k.param { 100, min = 1, max = 1000, help = "cars, phones and outlets" },
    crypto = k.param { "token", oneof = { "real", "memo", "token" }, help = "who signs" },
    records = k.param { "none", oneof = { "none", "kept" }, help = "whether nodes could come back after a loss of power" },
}

return k.scenario {
    name = "A year of payments",
    start = "2018-03-01",
    duration = string.format("%d days", p.days),
    replications = 1,
    building = k.building {
        flats = p.outlets,
        outlets = k.outlets { voltage = "200 V", current = "16 A" },
    },
    fleet = k.fleet.cars { count = p.outlets, daily_distance = "34.6 km" }, -- 5.9 kWh a day at the outlet
    rails = {
        k.rail.lightning {
            topology = "hub",
            plan = "stream",
            quantum = "53 Wh", -- a minute of 3.2 kW
            crypto = p.crypto,
            records = p.records,
        },
    },
}
