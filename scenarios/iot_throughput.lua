-- Outlets that pay for every few watt-hours: how many payments a second can a cloud, a chain and a hub of channels take?
-- Question: the trial's claim that channels carry more transactions than a cloud: at how many outlets does each rail saturate?
--
-- A wallet on the chain spends confirmed coins alone: it runs out of them long before blocks are full. The cloud's money
-- is called final when it is authorised, so that waits can be compared; in truth it settles days later.
-- All outlets are busy for the whole run, so payments are asked for at outlets * power / purchase, a hub on three classes
-- of machine against a provider of a stated capacity and against block space. Saturation shows where payments wait
-- (time_to_finality), cars wait for power, or payments fail. The curve:
--
--   konsento sweep scenarios/iot_throughput.lua --set outlets=5,10,20,40,80,160
local k = require "konsento"

local p = k.params {
    outlets = k.param { 20, min = 1, max = 160, help = "outlets, all busy" },
    purchase = k.param { "20 Wh", unit = "energy", help = "energy of one payment" },
    minutes = k.param { 60, min = 10, max = 1380, help = "simulated minutes" },
    cloud = k.param { 100, min = 1, max = 1000000, help = "payments per second that the provider can take" },
    sessions = k.param { "iot_throughput_sessions.csv", help = "CSV of cars that come at once and stay; as many as outlets or more" },
    era = k.param { "2018-03", oneof = { "2017-12", "2018-01", "2018-03", "2021", "2024-04", "empty" }, help = "whose blocks" },
    crypto = k.param { "token", oneof = { "real", "memo", "token" }, help = "signatures of channels" },
    seeds = k.param { 5, min = 2, max = 1000, help = "replications" },
}

local function hub(device)
    return k.rail.lightning {
        name = "hub_" .. device,
        topology = "hub",
        crypto = p.crypto,
        depth = "zero", -- usable at once: what is measured is payments, not confirmations
        opened = "visit",
        hub_device = device,
        outlet_device = "board",
        outlet_link = "lan",
        phone_link = "wifi",
        patience = "30 s",
    }
end

local asked = p.outlets * 3.2 / (k.quantity(p.purchase, "Wh") / 1000) / 3600 -- a second
k.note(string.format("%.2f payments a second are asked for when all outlets are on", asked))

local thresholds = {
    "payment.success_share > 95 % where rail=hub_server",
    "time_to_finality.p95 < 5 s where rail=hub_server",
    "outlet.charging_share > 90 % where rail=hub_server",
}
if p.minutes >= 60 and asked > 1 then -- out of coins
    thresholds[#thresholds + 1] = "outlet.charging_share < 90 % where rail=chain"
end
if asked < 10 then -- the board's limit is higher, a microcontroller's lower
    thresholds[#thresholds + 1] = "time_to_finality.p95 < 5 s where rail=hub_board"
end
if asked > 1 then
    thresholds[#thresholds + 1] = "outlet.charging_share < 90 % where rail=hub_microcontroller"
end
if asked < p.cloud / 2 then
    thresholds[#thresholds + 1] = "time_to_finality.p95 < 5 s where rail=cloud"
end

return k.scenario {
    name = "Payments per second",
    start = "2018-03-01",
    duration = p.minutes .. " min",
    replications = p.seeds,
    building = k.building { outlets = k.outlets { count = p.outlets } },
    fleet = k.fleet.replay { sessions = p.sessions },
    payment = k.payment { purchase = p.purchase, reorder = 0.4 * k.quantity(p.purchase, "Wh") .. " Wh", retry = "5 s", retries = 1000 },
    chain = k.chain { era = p.era },
    rails = {
        k.rail.cloud { name = "cloud", capacity = p.cloud, latency = "200 ms", decline = 0, chargeback = 0, settlement = 0 },
        k.rail.onchain { name = "chain", coins = 16, coin = "100000 sat", payer_feerate = k.feerate.fixed { rate = "10 sat/vB" } },
        hub "server",
        hub "board",
        hub "microcontroller",
    },
    baseline = "cloud",
    thresholds = thresholds,
}
