-- Residents lend their outlets to strangers while their own cars are away, and are paid directly.
-- Question: which rails let two who never met deal at once, what does that cost, and does the resident find the own outlet free?
local k = require "konsento"

local p = k.params {
    cars = k.param { 20, min = 2, max = 1000, help = "flats with a car and an outlet each" },
    visits = k.param { 6, min = 0.1, max = 200, help = "visits a day" },
    days = k.param { 14, min = 1, max = 365, help = "days that count, after three days of warm-up" },
    era = k.param { "2018-03", oneof = { "2017-12", "2018-03", "2021", "empty" }, help = "the public chain's" },
    seeds = k.param { 4, min = 1, help = "replications" },
    fee = k.param { "5 JPY", help = "idle fee per minute after half an hour" },
}

return k.scenario {
    name = "Outlets lent to strangers",
    start = "2018-03-05",
    duration = string.format("%d days", 3 + math.floor(p.days)),
    warmup = "3 days",
    replications = math.floor(p.seeds),
    building = k.building {
        flats = math.floor(p.cars),
        sharing = k.sharing { owned = "60 %", visits = p.visits, visitors = 40 },
        idle = k.idle { fee = p.fee, grace = "30 min", move = "70 %" },
    },
    fleet = k.fleet.cars { count = math.floor(p.cars) },
    chain = k.chain { era = p.era },
    payment = k.payment { purchase = "2 kWh", reorder = "500 Wh" },
    rails = {
        k.rail.cloud { name = "cloud", signup = "5 min", members = "30 %" },
        k.rail.onchain { name = "zero_conf", confirmations = 0 },
        k.rail.onchain { name = "one_conf", confirmations = 1 },
        k.rail.lightning { name = "hub", topology = "hub", crypto = "token", push = "200000 sat" }, -- so that phones can be paid
        k.rail.lightning { name = "public", topology = "public", crypto = "token", push = "200000 sat" },
    },
    thresholds = {
        "pairs.open_share >= 100 % where rail=zero_conf", -- no account, no channel, no contract
        "pairs.open_share <= 0 % where rail=cloud",
        "pairs.open_share <= 0 % where rail=hub", -- each has a channel to the building's hub, not to the other
        "pairs.open_share >= 100 % where rail=public", -- whoever is in the graph can pay whoever is in it
        "sharing.first_powered_share > 95 % where rail=cloud",
        "sharing.first_powered_share > 50 % where rail=hub", -- some phones are not reachable, or their channel is not open yet
        "sharing.first_powered_share > 50 % where rail=public",
        "sharing.first_power_p95 < 2 min where rail=hub",
        "sharing.first_power_p95 < 2 min where rail=public",
        "sharing.first_power_p95 < 25 min where rail=zero_conf",
        "sharing.first_power_p95 > 30 s where rail=cloud", -- who has no account yet opens one first
        "sharing.first_power_p95 > 5 min where rail=one_conf", -- a block takes ten minutes on average
    },
}
