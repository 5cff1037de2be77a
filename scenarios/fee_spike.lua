-- Everybody wants into blocks, as in December 2017: payments on the chain against payments in channels.
-- Question: what does a spike of fees do to sessions paid on the chain, and what is left of it where channels are opened in its middle?
--
--   unconfirmed   one transaction a session, trusted at once
--   confirmed     the same, after one confirmation
--   hub           one channel a phone, opened when the run begins: its funding and closing pay the spike's fees once
--   direct        one channel for each outlet that a phone uses
--
-- The same with --set era="2018-03" is an ordinary month; exchange rates are those of the time.
local k = require "konsento"

local p = k.params {
    days = k.param { 14, min = 1, max = 366, help = "simulated days" },
    cars = k.param { 8, min = 1, max = 1000, help = "residents with a car, if there are no recorded sessions" },
    outlets = k.param { 2, min = 1, max = 1000, help = "shared outlets" },
    sessions = k.param { "", help = "CSV of recorded sessions to replay; without it arrivals are generated" },
    blocks = k.param { "drawn", help = "CSV of real block times to replay" },
    era = k.param { "2017-12", oneof = { "2017-12", "2018-01", "2018-03", "2021", "2024-04", "empty" }, help = "whose fees" },
    tariff = k.param { "27 JPY/kWh", unit = "price", help = "price of energy" },
    crypto = k.param { "token", oneof = { "real", "memo", "token" }, help = "signatures of channels" },
    seeds = k.param { 20, min = 2, max = 1000, help = "replications" },
}

local start = { ["2017-12"] = "2017-12-10", ["2018-01"] = "2018-01-10", ["2021"] = "2021-04-01", ["2024-04"] = "2024-04-19" }
local exchange = { ["2017-12"] = 1900000, ["2018-01"] = 1500000, ["2018-03"] = 950000, ["2021"] = 6000000, ["2024-04"] = 9900000 }
local is_spike = p.era == "2017-12" or p.era == "2018-01" or p.era == "2024-04"

local fleet
if p.sessions ~= "" then
    fleet = k.fleet.replay { sessions = p.sessions }
else
    k.note("no sessions given: hours, stays and plug-ins are drawn from a model fitted to Norwegian apartments")
    fleet = k.fleet.cars { count = p.cars, hour_shift = "1 h", unmet = "session" }
end

local function channel(name)
    return k.rail.lightning {
        name = name,
        topology = name,
        crypto = p.crypto,
        capacity = "1000000 sat",
        coin = "1500000 sat",
        hub_capacity = "2000000 sat",
    }
end

local thresholds = {
    "time_to_power.p50 < 5 s where rail=hub", -- of those who have a channel by then
    "merchant.loss <= 1 JPY where rail=hub",
}
if is_spike then -- a session's fee is more than its energy
    thresholds[#thresholds + 1] = "fee.share > 100 % where rail=unconfirmed"
    thresholds[#thresholds + 1] = "fee.per_session > 300 JPY where rail=unconfirmed"
else
    thresholds[#thresholds + 1] = "fee.share < 50 % where rail=unconfirmed"
end

return k.scenario {
    name = "A spike of fees",
    start = start[p.era] or "2018-03-01",
    duration = p.days .. " days",
    warmup = 0, -- channels are paid for, too
    replications = p.seeds,
    exchange = (exchange[p.era] or 1150000) .. " JPY/BTC",
    building = k.building { outlets = k.outlets { count = p.outlets } },
    fleet = fleet,
    tariff = k.tariff.flat { price = p.tariff },
    payment = k.payment { purchase = "all" },
    chain = k.chain { era = p.era, trace = p.blocks },
    rails = {
        k.rail.onchain { name = "unconfirmed", coin = "3000000 sat" },
        k.rail.onchain { name = "confirmed", confirmations = 1, coin = "3000000 sat" },
        channel "hub",
        channel "direct",
    },
    baseline = "unconfirmed",
    thresholds = thresholds,
}
