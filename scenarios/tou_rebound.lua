-- Forty cars with timers: all that came home since the morning start when the night tariff begins at 22:00.
-- Question: how high is the peak that a tariff alone makes, against charging at once and against charging that is managed?
local k = require "konsento"

local p = k.params {
    strategy = k.param { "time_of_use", oneof = { "none", "time_of_use", "price_led", "earliest_deadline", "least_laxity" },
                         help = "time_of_use: each car's own timer; the others to compare" },
    seeds = k.param { 20, min = 1, help = "replications" },
    feeder = k.param { "unlimited", unit = { "current", "power" }, oneof = { "unlimited" }, help = "limit of the service" },
}

return k.scenario {
    name = "The rebound of a time-of-use tariff",
    start = "2020-01-06",
    duration = "21 days",
    warmup = "14 days",
    replications = math.floor(p.seeds),
    building = k.building { flats = 40, strategy = p.strategy, service_limit = p.feeder },
    fleet = k.fleet.cars { count = 40, daily_distance = "34.6 km" },
    tariff = k.tariff.time_of_use { bands = { -- Chubu Electric, Smart Life Plan
        k.band { from = "0 h", to = "8 h", price = "16.52 JPY/kWh" },
        k.band { from = "8 h", to = "22 h", price = "28.61 JPY/kWh" },
        k.band { from = "22 h", to = "24 h", price = "16.52 JPY/kWh" },
    } },
    payment = k.payment { purchase = "all" },
    rails = { k.rail.cloud { latency = 0, latency_sigma = 0, decline = 0, chargeback = 0 } },
    thresholds = p.strategy == "time_of_use" and p.feeder == "unlimited" and {
        "site.coincidence_factor > 0.29", -- the rebound, 0.33; without a tariff 0.26
        "charging.price_mean < 21 JPY/kWh", -- what it is good for; without a tariff 23
        "energy.delivered_share > 65 %",
    } or { "energy.delivered_share > 60 %" },
}
