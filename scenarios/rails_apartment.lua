-- Every payment rail in one apartment house: a card, the chain with 0, 1, 2 and 6 confirmations, Lightning direct and over a hub, prepaid, streamed and from a deposit.
-- Question: what do waiting, fees, loss, capital and chain space come to on each, on identical arrivals, cars, blocks and fees?
--
--   card            authorised in seconds, settled in two days, a share of each payment as fee, chargebacks
--   confirmed_0..6  one transaction for each block of energy; credited at so many confirmations
--   direct          each phone has a channel with each outlet that it uses
--   hub             each phone has one channel with the building operator's hub, the hub one with each outlet
--   public          each phone has a channel with a provider in the public graph, over which the operator's node is reached
--   hub_stream      energy first, on credit, and a payment for each 50 Wh behind it
--   hub_deposit     20 kWh held in hold invoices, of which what was used is settled
--
-- For recorded input: --set sessions=FILE --set blocks=FILE --set tariff=FILE, as in chubu_2018.lua.
local k = require "konsento"

local p = k.params {
    days = k.param { 14, min = 1, max = 366, help = "simulated days" },
    cars = k.param { 12, min = 1, max = 1000, help = "residents with a car, if there are no recorded sessions" },
    outlets = k.param { 4, min = 1, max = 1000, help = "shared outlets, if there are no recorded sessions" },
    crypto = k.param { "token", oneof = { "real", "memo", "token" }, help = "signatures of channels" },
    sessions = k.param { "", help = "CSV of recorded sessions to replay; without it arrivals are generated" },
    blocks = k.param { "drawn", help = "CSV of real block times to replay" },
    tariff = k.param { "chubu", help = "chubu: Smart Life Plan; flat; or a CSV file of bands" },
    graph = k.param { "made", help = "public graph of channels, a file; made: a small one, made up; \"\": no rail over it" },
    era = k.param { "2018-03", oneof = { "2017-12", "2018-01", "2018-03", "2021", "2024-04", "empty" }, help = "whose fees" },
}

local start = { ["2017-12"] = "2017-12-10", ["2018-01"] = "2018-01-10", ["2021"] = "2021-04-01", ["2024-04"] = "2024-04-19" }
local exchange = { ["2017-12"] = 1900000, ["2018-01"] = 1500000, ["2021"] = 6000000, ["2024-04"] = 9900000 }
local is_calm = p.era == "2018-03" or p.era == "empty"

local fleet
if p.sessions ~= "" then
    fleet = k.fleet.replay { sessions = p.sessions, unmet = "session" }
else
    k.note("no sessions given: hours, stays and plug-ins are drawn from a model fitted to Norwegian apartments, at Japanese mileage")
    fleet = k.fleet.cars { count = p.cars, hour_shift = "1 h", unmet = "session" }
end
if p.blocks == "drawn" then k.note("no block times given: they are drawn, with the hash rate's growth of the era") end

local tariff
if p.tariff == "chubu" then -- Chubu Electric, Smart Life Plan, as of 2024
    tariff = k.tariff.time_of_use {
        bands = {
            k.band { from = "0 h", to = "8 h", price = "16.52 JPY/kWh" },
            k.band { from = "8 h", to = "10 h", price = "28.61 JPY/kWh", day = "weekday" },
            k.band { from = "10 h", to = "17 h", price = "38.80 JPY/kWh", day = "weekday" },
            k.band { from = "17 h", to = "22 h", price = "28.61 JPY/kWh", day = "weekday" },
            k.band { from = "8 h", to = "22 h", price = "28.61 JPY/kWh", day = "weekend" },
            k.band { from = "22 h", to = "24 h", price = "16.52 JPY/kWh" },
        },
    }
elseif p.tariff ~= "flat" then
    tariff = k.tariff.csv { file = p.tariff }
end

local function onchain(confirmations)
    return k.rail.onchain {
        name = "confirmed_" .. confirmations,
        confirmations = confirmations,
        coin = "3000000 sat",
    }
end

local function lightning(name, topology, more)
    local rail = {
        name = name,
        topology = topology,
        crypto = p.crypto,
        capacity = "1000000 sat",
        coin = "1500000 sat",
        hub_capacity = "2000000 sat",
    }
    for key, value in pairs(more or {}) do rail[key] = value end
    return k.rail.lightning(rail)
end

local thresholds = {
    "time_to_power.p50 < 2 s where rail=hub",
    "time_to_power.p50 < 2 s where rail=hub_stream",
    "time_to_power.p50 < 3 s where rail=hub_deposit",
    "time_to_power.p50 < 5 s where rail=card",
    "merchant.loss <= 0 JPY where rail=hub",
    "payment.success_share > 99 % where rail=hub",
    "exposure.delivered.session_max < 6 JPY where rail=hub_stream", -- the credit limit
}
if is_calm then
    thresholds[#thresholds + 1] = "fee.share < 10 % where rail=hub"
    thresholds[#thresholds + 1] = "time_to_power.p50 > 120 s where rail=confirmed_1"
    thresholds[#thresholds + 1] = "time_to_power.p50 > 1800 s where rail=confirmed_6"
end

local rails = {
    k.rail.cloud { name = "card" },
    onchain(0),
    onchain(1),
    onchain(2),
    onchain(6),
    lightning("direct", "direct"),
    lightning("hub", "hub"),
    lightning("hub_stream", "hub", { plan = "stream", quantum = "50 Wh", credit_limit = "5 JPY" }),
    lightning("hub_deposit", "hub", { plan = "deposit", block = "20 kWh" }),
}
if p.graph ~= "" then
    rails[#rails + 1] = lightning("public", "public", { graph = p.graph })
    thresholds[#thresholds + 1] = "time_to_power.p50 < 3 s where rail=public"
    thresholds[#thresholds + 1] = "payment.success_share > 95 % where rail=public"
end

return k.scenario {
    name = "All rails in an apartment house",
    start = start[p.era] or "2018-03-01",
    duration = p.days * 86400,
    replications = 10,
    exchange = (exchange[p.era] or 1150000) .. " JPY/BTC",
    building = k.building { flats = 40, outlets = k.outlets { count = p.sessions == "" and p.outlets or "each" } },
    fleet = fleet,
    tariff = tariff,
    payment = k.payment { purchase = "5 kWh", reorder = "100 Wh", retry = "30 s" },
    chain = k.chain { era = p.era, trace = p.blocks },
    rails = rails,
    baseline = "card",
    thresholds = thresholds,
}
