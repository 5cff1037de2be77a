-- A month in the garage of an apartment house: 54 cars, 54 outlets of 200 V and 16 A, charging as soon as they may.
-- Question: how much of the energy asked for can be delivered, and what peak current must the building's service bear?
local k = require "konsento"

local p = k.params {
    sessions = k.param { "", help = "CSV of recorded sessions to replay; without it arrivals are generated" },
    strategy = k.param { "none", oneof = { "none", "equal_share", "round_robin", "first_come", "earliest_deadline",
                                           "least_laxity", "time_of_use", "price_led", "pv_surplus", "paid_first" },
                         help = "how cars share the service" },
    minimum = k.param { "0 A", unit = "current", help = "least current of a car that charges, if managed; cars need 6 A" },
    service = k.param { "unlimited", unit = { "current", "power" }, oneof = { "unlimited" },
                        help = "limit of the building's service, in A or kW" },
    roof = k.param { "0 kW", unit = "power", help = "solar modules, which pv_surplus waits for" },
    tariff = k.param { "flat", oneof = { "flat", "time_of_use" }, help = "what time_of_use and price_led look at" },
}

local replayed = p.sessions ~= ""
local fleet
if replayed then
    fleet = k.fleet.replay { sessions = p.sessions, unmet = "session", car = k.car { knee = "ideal" } }
else
    k.note("no sessions given: hours, stays and plug-ins are drawn from a model fitted to Norwegian apartments")
    fleet = k.fleet.cars { count = 54, daily_distance = "34.6 km" } -- 5.9 kWh a day at the outlet
end

local prices -- nil: one price
if p.tariff == "time_of_use" then -- Chubu Electric, Smart Life Plan
    prices = k.tariff.time_of_use {
        bands = {
            k.band { from = "0 h", to = "8 h", price = "16.52 JPY/kWh" },
            k.band { from = "8 h", to = "10 h", price = "28.61 JPY/kWh", day = "weekday" },
            k.band { from = "10 h", to = "17 h", price = "38.80 JPY/kWh", day = "weekday" },
            k.band { from = "17 h", to = "22 h", price = "28.61 JPY/kWh", day = "weekday" },
            k.band { from = "8 h", to = "22 h", price = "28.61 JPY/kWh", day = "weekend" },
            k.band { from = "22 h", to = "24 h", price = "16.52 JPY/kWh" },
        },
    }
end

return k.scenario {
    name = "A month in the garage",
    start = "2020-01-01",
    duration = "31 days",
    replications = replayed and 1 or 20,
    building = k.building {
        flats = 54,
        service_limit = p.service,
        strategy = p.strategy,
        minimum_current = p.minimum,
        roof = k.roof { peak = p.roof },
        outlets = k.outlets { voltage = "200 V", current = "16 A", contactor_delay = 0 },
    },
    fleet = fleet,
    tariff = prices,
    payment = k.payment { purchase = "all" },
    rails = { k.rail.cloud { latency = 0, latency_sigma = 0, decline = 0, chargeback = 0 } },
    thresholds = {
        "energy.delivered_share > 70 %", -- 92.8 % of the recorded sessions, some 79 % of the generated ones
        "site.peak_current < 864 A", -- all 54 outlets at once
    },
}
