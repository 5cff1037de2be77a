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
-- Attackers are those that services saw: 0.16 % of sessions spend their coins twice, as many of the payers in channels go back
-- to a revoked state (--set attackers=SHARE, --set cheaters=SHARE), and a card's payments are charged back.
-- For recorded input: --set sessions=FILE --set blocks=FILE --set tariff=FILE, as in chubu_2018.lua.
local k = require "konsento"
local comparison = require "common.comparison"

local p = k.params {
    days = k.param { 14, min = 1, max = 366, help = "simulated days" },
    cars = k.param { 12, min = 1, max = 1000, help = "residents with a car, if there are no recorded sessions" },
    outlets = k.param { 4, min = 1, max = 1000, help = "shared outlets, if there are no recorded sessions" },
    crypto = comparison.crypto "token",
    sessions = comparison.sessions "",
    blocks = comparison.blocks(),
    tariff = comparison.prices "chubu",
    graph = comparison.graph "made",
    era = comparison.era "2018-03",
    attackers = comparison.double_spenders(),
    cheaters = comparison.cheaters(),
    seeds = k.param { 10, min = 2, max = 1000, help = "replications" },
}

local era = comparison.era_of(p, p.days)

local function onchain(confirmations)
    return k.rail.onchain {
        name = "confirmed_" .. confirmations,
        confirmations = confirmations,
        coin = "3000000 sat",
        attackers = comparison.spend_twice(p.attackers),
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
        attackers = { k.attacker.revoked { share = p.cheaters, after = "2 days" } },
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
    "payment.success_share > 98 % where rail=hub",
    "exposure.delivered.session_max < 6 JPY where rail=hub_stream", -- the credit limit
}
if era.fees == "calm" then
    thresholds[#thresholds + 1] = "fee.share < 10 % where rail=hub"
    thresholds[#thresholds + 1] = "time_to_power.p50 > 60 s where rail=confirmed_1"
    thresholds[#thresholds + 1] = "time_to_power.p50 > 1200 s where rail=confirmed_6"
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
    start = era.start,
    duration = p.days * 86400,
    replications = p.seeds,
    exchange = era.exchange,
    building = k.building { flats = 40, outlets = comparison.outlets(p, p.outlets) },
    fleet = comparison.fleet(p),
    tariff = comparison.tariff(p),
    payment = k.payment { purchase = "5 kWh", reorder = "100 Wh", retry = "30 s" },
    chain = comparison.chain(p),
    rails = rails,
    baseline = "card",
    thresholds = thresholds,
}
