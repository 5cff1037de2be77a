-- The field trial in small: two shared outlets, six cars, a card terminal that is sometimes slow and once out of order.
-- Question: how long does a resident wait for power after plugging in, and how many payments fail?
local k = require "konsento"

local p = k.params {
    cars = k.param { 6, min = 1, max = 100, help = "residents with a car" },
    latency = k.param { "1.5 s", unit = "time", help = "median time of one card authorisation" },
}

return k.scenario {
    name = "Two outlets, six cars",
    start = "2018-03-01",
    duration = "28 days",
    warmup = "2 days",
    building = k.building {
        flats = 20,
        base_load = "300 W",
        outlets = k.outlets { count = 2 },
    },
    fleet = k.fleet.cars {
        count = p.cars,
        hour_shift = "1 h", -- Japanese commuters come home later
        car = k.car { battery = "20 kWh", charger = "2.9 kW" },
    },
    -- Chubu Electric, Smart Life Plan, yen per kWh
    tariff = k.tariff.time_of_use {
        bands = {
            k.band { from = "0 h", to = "8 h", price = "16.52 JPY/kWh" },
            k.band { from = "8 h", to = "10 h", price = "28.61 JPY/kWh", day = "weekday" },
            k.band { from = "10 h", to = "17 h", price = "38.80 JPY/kWh", day = "weekday" },
            k.band { from = "17 h", to = "22 h", price = "28.61 JPY/kWh", day = "weekday" },
            k.band { from = "8 h", to = "22 h", price = "28.61 JPY/kWh", day = "weekend" },
            k.band { from = "22 h", to = "24 h", price = "16.52 JPY/kWh" },
        },
    },
    payment = k.payment { purchase = "1 kWh", reorder = "100 Wh", retry = "30 s" },
    rails = {
        k.rail.cloud { name = "card", latency = p.latency, fee = "3.25 %" },
        k.rail.cloud {
            name = "card_with_outage",
            latency = p.latency,
            fee = "3.25 %",
            outages = { k.outage { at = "10 days", duration = "12 h" } },
        },
    },
    thresholds = {
        "time_to_power.p50 < 10 s where rail=card",
        "payment.success_share > 95 % where rail=card",
    },
}
