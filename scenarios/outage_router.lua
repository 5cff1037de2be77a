-- The building's router fails now and then, and the garage has poor radio: the same gaps for every rail.
-- Question: what do outages cost in payments, waiting and energy, and does anybody lose money by them?
--
-- Behind the router are all outlets; the hub is not in the building. A phone has its own radio. A cloud and a chain need
-- both when a payment is asked for; a stream in a channel needs them every minute, and its credit bridges short gaps.
local k = require "konsento"

local p = k.params {
    days = k.param { 30, min = 1, max = 366, help = "simulated days" },
    cars = k.param { 12, min = 1, max = 1000, help = "residents with a car, if there are no recorded sessions" },
    outlets = k.param { 6, min = 1, max = 1000, help = "shared outlets" },
    sessions = k.param { "", help = "CSV of recorded sessions to replay; without it arrivals are generated" },
    blocks = k.param { "drawn", help = "CSV of real block times to replay" },
    era = k.param { "2018-03", oneof = { "2017-12", "2018-01", "2018-03", "2021", "2024-04", "empty" }, help = "whose fees" },
    crypto = k.param { "token", oneof = { "real", "memo", "token" }, help = "signatures of channels" },
    graph = k.param { "made", help = "public graph of channels, a file; made: a small one, made up" },
    router_every = k.param { "2 days", unit = "time", help = "mean time between the router's outages" },
    router_mean = k.param { "20 min", unit = "time", help = "their mean duration" },
    garage_every = k.param { "1 h", unit = "time", help = "mean time between losses of a phone's radio" },
    garage_mean = k.param { "2 min", unit = "time", help = "their mean duration" },
    seeds = k.param { 20, min = 2, max = 1000, help = "replications" },
}

local fleet
if p.sessions ~= "" then
    fleet = k.fleet.replay { sessions = p.sessions }
else
    k.note("no sessions given: hours, stays and plug-ins are drawn from a model fitted to Norwegian apartments")
    fleet = k.fleet.cars { count = p.cars, hour_shift = "1 h", unmet = "session" }
end

local function channel(name, plan, topology)
    return k.rail.lightning {
        name = name,
        topology = topology or "hub",
        plan = plan,
        crypto = p.crypto,
        graph = topology == "public" and p.graph or nil,
    }
end

return k.scenario {
    name = "Routers and radios that fail",
    start = "2018-03-01",
    duration = p.days .. " days",
    warmup = "12 h", -- channels are opened
    replications = p.seeds,
    building = k.building { outlets = k.outlets { count = p.outlets } },
    fleet = fleet,
    payment = k.payment { purchase = "1 kWh", reorder = "100 Wh", retry = "20 s", retries = 60 },
    chain = k.chain { era = p.era, trace = p.blocks },
    reach = k.reach {
        router_every = p.router_every,
        router_mean = p.router_mean,
        garage_every = p.garage_every,
        garage_mean = p.garage_mean,
    },
    rails = {
        k.rail.cloud { name = "cloud" },
        k.rail.onchain { name = "unconfirmed" },
        channel("prepaid", "prepaid"),
        channel("stream", "stream"),
        channel("public", "prepaid", "public"),
    },
    baseline = "cloud",
    thresholds = {
        -- nobody loses money by an outage in a channel: credit at most, which comes later
        "merchant.loss <= 50 JPY where rail=prepaid",
        "merchant.loss <= 50 JPY where rail=stream",
        "payment.success_share > 50 % where rail=prepaid",
        "merchant.loss <= 1 JPY where rail=public",
        "time_to_power.p50 < 20 s where rail=public",
        "time_to_power.p50 < 20 s where rail=prepaid",
        "time_to_power.p50 < 20 s where rail=cloud",
    },
}
