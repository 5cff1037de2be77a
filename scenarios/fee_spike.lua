-- Everybody wants into blocks, as in December 2017: payments on the chain against payments in channels.
-- Question: what does a spike of fees do to sessions paid on the chain, and what is left of it where channels are opened in its middle?
--
--   unconfirmed   one transaction a session, trusted at once
--   confirmed     the same, after one confirmation
--   hub           one channel a phone, opened when the run begins: its funding and closing pay the spike's fees once
--   direct        one channel for each outlet that a phone uses
--   public        with --set graph=made, or a file: one channel a phone, with a provider in the public graph
--
-- The era is 2017-12 unless something else is said, because the question is about a spike; --set era="2018-03" is the
-- trial's ordinary month, with thresholds of its own, and --set era="2024-04" --set days=1 the day of the halving. Exchange rates are
-- those of the time.
local k = require "konsento"
local comparison = require "common.comparison"

local p = k.params {
    days = k.param { 14, min = 1, max = 366, help = "simulated days" },
    cars = k.param { 8, min = 1, max = 1000, help = "residents with a car, if there are no recorded sessions" },
    outlets = k.param { 2, min = 1, max = 1000, help = "shared outlets, if there are no recorded sessions" },
    crypto = comparison.crypto "token",
    sessions = comparison.sessions "",
    blocks = comparison.blocks(),
    tariff = comparison.prices "27 JPY/kWh",
    graph = comparison.graph "",
    era = comparison.era "2017-12",
    seeds = k.param { 20, min = 2, max = 1000, help = "replications" },
}

local era = comparison.era_of(p, p.days)

local function channel(name)
    return k.rail.lightning {
        name = name,
        topology = name,
        crypto = p.crypto,
        capacity = "1000000 sat",
        coin = "1500000 sat",
        hub_capacity = "2000000 sat",
        graph = name == "public" and p.graph or nil,
    }
end

local thresholds = { "merchant.loss <= 1 JPY where rail=hub" }
if p.days >= 4 then -- most come when they have a channel; on the first day they wait for it
    thresholds[#thresholds + 1] = "time_to_power.p50 < 5 s where rail=hub"
end
if era.fees == "spike" then -- a session's fee is more than its energy
    thresholds[#thresholds + 1] = "fee.share > 100 % where rail=unconfirmed"
    thresholds[#thresholds + 1] = "fee.per_session > 300 JPY where rail=unconfirmed"
else
    thresholds[#thresholds + 1] = "fee.share < 50 % where rail=unconfirmed"
end

local rails = {
    k.rail.onchain { name = "unconfirmed", coin = "3000000 sat" },
    k.rail.onchain { name = "confirmed", confirmations = 1, coin = "3000000 sat" },
    channel "hub",
    channel "direct",
}
if p.graph ~= "" then rails[#rails + 1] = channel "public" end

return k.scenario {
    name = "A spike of fees",
    start = era.start,
    duration = p.days .. " days",
    warmup = 0, -- channels are paid for, too
    replications = p.seeds,
    exchange = era.exchange,
    building = k.building { outlets = comparison.outlets(p, p.outlets) },
    fleet = comparison.fleet(p),
    tariff = comparison.tariff(p),
    payment = k.payment { purchase = "all" },
    chain = comparison.chain(p),
    rails = rails,
    baseline = "unconfirmed",
    thresholds = thresholds,
}
