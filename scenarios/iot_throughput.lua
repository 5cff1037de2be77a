-- Outlets that pay for every fraction of a watt-hour: how many payments a second can a cloud, a chain and a hub of channels take?
-- Question: the trial's claim that channels carry more transactions than a cloud: where does each rail saturate?
--
-- All outlets are busy from the first minute on, so payments are asked for at outlets * power / purchase. With the defaults
-- that is more than any rail carries: payment.rate is what each did carry, capacity.payments what its scarcest resource
-- would: the provider's stated capacity (--set cloud=N), a hub's processor (three classes of machine), block space. A hub
-- that is asked for far more than it carries makes nothing in time: see the microcontroller. The two axes:
--
--   konsento sweep scenarios/iot_throughput.lua --axis outlets=5,10,20,40,80,160 --metrics payment.rate,capacity.payments
--   konsento sweep scenarios/iot_throughput.lua --axis "purchase=0.1 Wh,1 Wh,10 Wh,100 Wh" --metrics payment.rate,capacity.payments
--
-- A wallet on the chain spends confirmed coins alone: it runs out of them long before blocks are full. The cloud's money
-- is called final when it is authorised, so that waits can be compared; in truth it settles days later.
-- With --set sessions=FILE outlets are as busy as in the recording, and nothing saturates but by chance: then only the hub
-- on a server is held to its thresholds. A recorded day asks for a thousand payments and more on each rail: --set purchase="1 kWh"
-- makes it short.
local k = require "konsento"
local comparison = require "common.comparison"

local crowd = "iot_throughput_sessions.csv" -- cars that come after a minute and stay

local p = k.params {
    days = k.param { 0, min = 0, max = 366, help = "simulated days; 0: so many minutes as are said" },
    cars = k.param { 20, min = 1, max = 1000, help = "residents with a car, if arrivals are generated" },
    outlets = k.param { 160, min = 1, max = 160, help = "outlets, all busy; recorded sessions bring their own" },
    purchase = k.param { "0.1 Wh", unit = "energy", min = "0.1 Wh", max = "100 kWh", help = "energy of one payment" },
    minutes = k.param { 2, min = 1.1, max = 1380, help = "simulated minutes, if there are no days; the first is not counted" },
    cloud = k.param { 100, min = 1, max = 1000000, help = "payments per second that the provider can take" },
    crypto = comparison.crypto "token",
    sessions = comparison.sessions(crowd),
    blocks = comparison.blocks(),
    tariff = comparison.prices "flat",
    graph = comparison.graph "",
    era = comparison.era "2018-03",
    seeds = k.param { 3, min = 2, max = 1000, help = "replications" },
}

local minutes = p.days > 0 and p.days * 1440 or p.minutes
local era = comparison.era_of(p, minutes / 1440)
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
local thresholds = {
    "payment.success_share > 95 % where rail=hub_server",
    "time_to_finality.p95 < 5 s where rail=hub_server",
}
local function expect(format, ...) thresholds[#thresholds + 1] = string.format(format, ...) end

if is_busy then
    k.note(string.format("%.2f payments a second are asked for when all outlets are on; the cloud can take %d", asked, p.cloud))
    -- What a rail carries is what is asked for, up to what it can take: of hubs so many payments a second as a core of
    -- their machine makes (docs/models.md, devices), which is written here and measured in the run.
    local takes = { cloud = p.cloud, hub_server = 660, hub_board = 82, hub_microcontroller = 1.1 }
    for _, rail in ipairs { "cloud", "hub_server", "hub_board", "hub_microcontroller" } do
        if asked > 1.5 * takes[rail] then
            expect("payment.rate < %.2f 1/s where rail=%s", 1.1 * takes[rail], rail)
            expect("outlet.charging_share < 90 %% where rail=%s", rail)
        elseif asked < takes[rail] / 2 then
            expect("payment.rate > %.2f 1/s where rail=%s", 0.8 * asked, rail)
            expect("time_to_finality.p95 < 5 s where rail=%s", rail)
        end
        if asked > 1.5 * takes[rail] and rail ~= "hub_microcontroller" then -- it drowns in what waits
            expect("payment.rate > %.2f 1/s where rail=%s", 0.8 * takes[rail], rail)
        end
    end
    if asked > 60 or asked > 1 and minutes >= 60 then -- out of coins
        expect "outlet.charging_share < 90 %% where rail=chain"
    end
end

return k.scenario {
    name = "Payments per second",
    start = era.start,
    duration = minutes .. " min",
    warmup = is_busy and "63 s" or 0, -- cars come at 60 s, and open their channels
    replications = p.seeds,
    exchange = era.exchange,
    building = k.building { outlets = outlets },
    fleet = comparison.fleet(p),
    tariff = comparison.tariff(p),
    payment = k.payment { purchase = p.purchase, reorder = p.purchase, retry = "5 s", retries = 1000 },
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
