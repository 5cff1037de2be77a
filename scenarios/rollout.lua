-- A rollout in an apartment house of 40 flats: so many outlets per flat, on one service and one transformer, shared by one strategy.
-- Question: how many outlets does the feeder bear, what do drivers wait for and miss, how fast does the transformer age, does it pay?
local k = require "konsento"

local p = k.params {
    cars = k.param { 0.5, min = 0.025, max = 3, help = "cars per flat" },
    share = k.param { 0.5, min = 0.025, max = 3, help = "outlets per flat: fewer than cars are a pool, else each has its own" },
    feeder = k.param { "50 kW", unit = { "current", "power" }, oneof = { "unlimited" }, help = "limit of the service, homes included" },
    strategy = k.param { "earliest_deadline",
                         oneof = { "none", "equal_share", "round_robin", "first_come", "earliest_deadline", "least_laxity",
                                   "time_of_use", "price_led", "pv_surplus", "paid_first" },
                         help = "how cars share what is left of the feeder" },
    roof = k.param { "0 kW", unit = "power", help = "solar modules" },
    sessions = k.param { "", help = "CSV of recorded sessions whose users the cars live on as; without it cars are modeled" },
    energy = k.param { "45 %", unit = "share", help = "of the recorded energies: Japanese mileage against Norwegian" },
    seeds = k.param { 10, min = 1, help = "replications" },
    days = k.param { 14, min = 1, max = 3650, help = "days that count, after two weeks of warm-up" },
}

local flats = 40
local cars = math.max(1, math.floor(flats * p.cars + 0.5))
local outlets = math.max(1, math.floor(flats * p.share + 0.5))
local count = math.floor(p.days)
local fleet = p.sessions == "" and k.fleet.cars { count = cars }
    or k.fleet.resample { sessions = p.sessions, count = cars, energy = p.energy }

return k.scenario {
    name = "A rollout, outlets on a feeder",
    start = "2020-01-06",
    duration = string.format("%d days", 14 + count),
    warmup = "14 days",
    replications = math.floor(p.seeds),
    building = k.building {
        flats = flats,
        service_limit = p.feeder,
        strategy = p.strategy,
        wiring = "three_wire",
        boards = 4,
        outlets = k.outlets { count = outlets < cars and outlets or "each" },
        idle = k.idle { move = "50 %" },
        household = k.household { daily = "9 kWh" },
        roof = k.roof { peak = p.roof },
        transformer = k.transformer { rating = "50 kW", limit = p.strategy == "none" and "unlimited" or "120 %" },
        investment = k.investment { outlet = "150000 JPY", service = "500000 JPY", energy = "16.52 JPY/kWh" },
    },
    fleet = fleet,
    tariff = k.tariff.time_of_use { bands = { -- the night's price pays for the outlet, the day's keeps it free
        k.band { from = "0 h", to = "8 h", price = "28 JPY/kWh" },
        k.band { from = "8 h", to = "22 h", price = "45 JPY/kWh" },
        k.band { from = "22 h", to = "24 h", price = "28 JPY/kWh" },
    } },
    payment = k.payment { purchase = "all" },
    rails = { k.rail.cloud { fee = "3.25 %" } },
    thresholds = {
        "energy.delivered_share > 70 %",
        "site.over_limit_time < 4 h",          -- homes alone fill a small feeder on winter evenings
        "site.coincidence_factor < 0.8",
        "site.coincidence_p95 < 0.6",
        "outlet.wait.p95 < 8 h",
        "transformer.ageing < 1",              -- slower than it was made for
        "investment.payback < 15 a",
    },
}
