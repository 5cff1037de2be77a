-- Outlets that pay for every few watt-hours: how many payments a second can a cloud, a chain and a hub of channels take?
-- Question: the trial's claim that channels carry more transactions than a cloud: at how many outlets does each rail saturate?
--
-- A wallet on the chain spends confirmed coins alone: it runs out of them long before blocks are full. The cloud's money
-- is called final when it is authorised, so that waits can be compared; in truth it settles days later.
-- All outlets are busy for the whole run, so payments are asked for at outlets * power / purchase, a hub on three classes
-- of machine against a provider of a stated capacity and against block space. Saturation shows where payments wait
-- (time_to_finality), cars wait for power, or payments fail. The curve:
--
--   konsento sweep scenarios/iot_throughput.lua --axis outlets=5,10,20,40,80,160
--
-- With --set sessions=FILE outlets are as busy as in the recording, and nothing saturates but by chance: then only the hub
-- on a server is held to its thresholds. A recorded day asks for a thousand payments and more on each rail: --set purchase="1 kWh"
-- makes it short.
local k = require "konsento"
local comparison = require "common.comparison"

local crowd = "iot_throughput_sessions.csv" -- cars that come at once and stay

local p = k.params {
    days = k.param { 0, min = 0, max = 366, help = "simulated days; 0: so many minutes as are said" },
    cars = k.param { 20, min = 1, max = 1000, help = "residents with a car, if arrivals are generated" },
    outlets = k.param { 20, min = 1, max = 160, help = "outlets, all busy; recorded sessions bring their own" },
    purchase = k.param { "20 Wh", unit = "energy", help = "energy of one payment" },
    minutes = k.param { 60, min = 10, max = 1380, help = "simulated minutes, if there are no days" },
    cloud = k.param { 100, min = 1, max = 1000000, help = "payments per second that the provider can take" },
    crypto = comparison.crypto "token",
    sessions = comparison.sessions(crowd),
    blocks = comparison.blocks(),
    tariff = comparison.prices "flat",
    graph = comparison.graph "",
    era = comparison.era "2018-03",
    seeds = k.param { 5, min = 2, max = 1000, help = "replications" },
}

local era = comparison.eras[p.era]
local minutes = p.days > 0 and p.days * 1440 or p.minutes
local is_busy = p.sessions == crowd and minutes <= 1380 -- then they leave
local outlets = p.sessions == crowd and k.outlets { count = p.outlets } or comparison.outlets(p, p.outlets)
comparison.unused(p, "graph", "what is measured is the hub")

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
if is_busy then k.note(string.format("%.2f payments a second are asked for when all outlets are on", asked)) end

local thresholds = {
    "payment.success_share > 95 % where rail=hub_server",
    "time_to_finality.p95 < 5 s where rail=hub_server",
}
if is_busy then
    thresholds[#thresholds + 1] = "outlet.charging_share > 90 % where rail=hub_server"
    if minutes >= 60 and asked > 1 then -- out of coins
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
end

return k.scenario {
    name = "Payments per second",
    start = era.start,
    duration = minutes .. " min",
    replications = p.seeds,
    exchange = era.exchange,
    building = k.building { outlets = outlets },
    fleet = comparison.fleet(p),
    tariff = comparison.tariff(p),
    payment = k.payment { purchase = p.purchase, reorder = 0.4 * k.quantity(p.purchase, "Wh") .. " Wh", retry = "5 s", retries = 1000 },
    chain = comparison.chain(p),
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
