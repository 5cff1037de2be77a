-- The building's router fails now and then, and the garage has poor radio: the same gaps for every rail.
-- Question: what do outages cost in payments, waiting and energy, and does anybody lose money by them?
--
-- Behind the router are all outlets; the hub is not in the building. A phone has its own radio. A cloud and a chain need
-- both when a payment is asked for; a stream in a channel needs them every minute, and its credit bridges short gaps.
--
-- Thresholds ask both that outages are felt and that nobody loses by them: without outages the scenario fails
-- (--set router_every=never --set garage_every=never).
local k = require "konsento"
local comparison = require "common.comparison"

local p = k.params {
    days = k.param { 30, min = 1, max = 366, help = "simulated days" },
    cars = k.param { 12, min = 1, max = 1000, help = "residents with a car, if there are no recorded sessions" },
    outlets = k.param { 6, min = 1, max = 1000, help = "shared outlets, if there are no recorded sessions" },
    crypto = comparison.crypto "token",
    sessions = comparison.sessions "",
    blocks = comparison.blocks(),
    tariff = comparison.prices "flat",
    graph = comparison.graph "made",
    era = comparison.era "2018-03",
    router_every = k.param { "2 days", unit = "time", min = "1 min", max = "3660 days", oneof = { "never" }, help = "mean time between the router's outages" },
    router_mean = k.param { "20 min", unit = "time", min = "1 s", max = "366 days", help = "their mean duration" },
    garage_every = k.param { "1 h", unit = "time", min = "1 min", max = "3660 days", oneof = { "never" }, help = "mean time between losses of a phone's radio" },
    garage_mean = k.param { "2 min", unit = "time", min = "1 s", max = "366 days", help = "their mean duration" },
    seeds = k.param { 20, min = 2, max = 1000, help = "replications" },
}

local era = comparison.era_of(p, p.days)

local function channel(name, plan, topology)
    return k.rail.lightning {
        name = name,
        topology = topology or "hub",
        plan = plan,
        crypto = p.crypto,
        sign_up = "9 h", -- all of it in the warm-up
        graph = topology == "public" and p.graph or nil,
    }
end

local rails = {
    k.rail.cloud { name = "cloud" },
    k.rail.onchain { name = "unconfirmed" },
    channel("prepaid", "prepaid"),
    channel("stream", "stream"),
}
local thresholds = {
    -- nobody loses money by an outage in a channel: credit at most, which comes later
    "merchant.loss <= 50 JPY where rail=prepaid",
    "merchant.loss <= 50 JPY where rail=stream",
    -- most payments are made all the same, but outages are felt on every rail
    "payment.success_share > 50 % where rail=prepaid",
    "payment.success_share < 95 % where rail=prepaid",
    "payment.success_share < 95 % where rail=cloud",
    "payment.success_share < 95 % where rail=unconfirmed",
    "payment.success_share < 99 % where rail=stream", -- asks most often, waits least
    "time_to_power.p50 < 20 s where rail=prepaid",
    "time_to_power.p50 < 20 s where rail=cloud",
}
if p.graph ~= "" then
    rails[#rails + 1] = channel("public", "prepaid", "public")
    thresholds[#thresholds + 1] = "merchant.loss <= 1 JPY where rail=public"
    thresholds[#thresholds + 1] = "payment.success_share < 95 % where rail=public"
    thresholds[#thresholds + 1] = "time_to_power.p50 < 20 s where rail=public"
end

return k.scenario {
    name = "Routers and radios that fail",
    start = era.start,
    duration = p.days .. " days",
    warmup = "12 h", -- channels are opened; what that costs counts all the same
    replications = p.seeds,
    exchange = era.exchange,
    building = k.building { outlets = comparison.outlets(p, p.outlets) },
    fleet = comparison.fleet(p),
    tariff = comparison.tariff(p),
    payment = k.payment { purchase = "1 kWh", reorder = "100 Wh", retry = "20 s", retries = 60 },
    chain = comparison.chain(p),
    reach = k.reach {
        router_every = p.router_every,
        router_mean = p.router_mean,
        garage_every = p.garage_every,
        garage_mean = p.garage_mean,
    },
    rails = rails,
    baseline = "cloud",
    thresholds = thresholds,
}
