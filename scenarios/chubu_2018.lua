-- The trial of 1 March 2018: an apartment house, two outlets side by side, one paid on the chain with no confirmation, one over Lightning.
-- Question: on the same cars, arrivals, blocks and fees, which outlet gives power sooner, costs less, and loses less?
--
-- Both outlets live through the same month, each with the same residents: what differs is the payment alone. Channels
-- are opened when the month begins; their fundings are paid for within it. Run it again with --set era=2017-12 (the fee
-- peak before the trial) and --set era=2024-04 (the halving's spike). For the recorded blocks of the trial's weeks:
-- --set blocks=../shared/data/btc_block_times_2018-03.csv; for recorded sessions: --set sessions=FILE; for another
-- tariff: --set tariff=FILE (day_type,start_hour,end_hour,label,yen_per_kwh).
local k = require "konsento"

local p = k.params {
    days = k.param { 30, min = 1, max = 366, help = "simulated days" },
    cars = k.param { 4, min = 1, max = 1000, help = "residents with a car, if there are no recorded sessions" },
    crypto = k.param { "real", oneof = { "real", "memo", "token" }, help = "signatures of channels" },
    sessions = k.param { "", help = "CSV of recorded sessions to replay; without it arrivals are generated" },
    blocks = k.param { "drawn", help = "CSV of real block times to replay" },
    tariff = k.param { "chubu", help = "chubu: Smart Life Plan; flat; or a CSV file of bands" },
    graph = k.param { "", help = "public graph; the trial's channels are direct, so it is not looked at" },
    era = k.param { "2018-03", oneof = { "2017-12", "2018-01", "2018-03", "2021", "2024-04", "empty" }, help = "whose fees" },
}

local start = { ["2017-12"] = "2017-12-10", ["2018-01"] = "2018-01-10", ["2021"] = "2021-04-01", ["2024-04"] = "2024-04-19" }
local exchange = { ["2017-12"] = 1900000, ["2018-01"] = 1500000, ["2021"] = 6000000, ["2024-04"] = 9900000 }
local is_spike = p.era == "2017-12" or p.era == "2018-01" or p.era == "2024-04"

local fleet
if p.sessions ~= "" then
    fleet = k.fleet.replay { sessions = p.sessions, unmet = "session" }
else
    k.note("no sessions given: hours, stays and plug-ins are drawn from a model fitted to Norwegian apartments, at Japanese mileage")
    fleet = k.fleet.cars { count = p.cars, hour_shift = "1 h", unmet = "session" }
end
if p.blocks == "drawn" then k.note("no block times given: they are drawn, with the hash rate's growth of the era") end
if p.graph ~= "" then k.note("graph: the trial's channels are direct, so it is not looked at") end

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

local thresholds = {
    "time_to_power.p50 < 2 s where rail=lightning",
    "time_to_finality.p95 < 60 s where rail=lightning",
    "merchant.loss <= 0 JPY where rail=lightning",
    "energy.unpaid <= 0 kWh where rail=lightning",
    "time_to_power.p50 > 5 s where rail=zero_conf", -- it listens for conflicts so long
}
if not is_spike then
    thresholds[#thresholds + 1] = "fee.share < 25 % where rail=lightning"
else -- one transaction costs more than what it pays for
    thresholds[#thresholds + 1] = "fee.share > 100 % where rail=zero_conf"
end

return k.scenario {
    name = "Chubu Electric, Infoteria and Nayuta, 2018",
    start = start[p.era] or "2018-03-01",
    duration = p.days * 86400,
    replications = 20,
    exchange = (exchange[p.era] or 1150000) .. " JPY/BTC",
    building = k.building { flats = 20, outlets = k.outlets { count = p.sessions == "" and 1 or "each" } },
    fleet = fleet,
    tariff = tariff,
    payment = k.payment { purchase = "5 kWh", reorder = "100 Wh", retry = "30 s" },
    chain = k.chain { era = p.era, trace = p.blocks },
    rails = {
        k.rail.onchain { name = "zero_conf", coin = "3000000 sat" },
        k.rail.lightning {
            name = "lightning",
            topology = "direct",
            crypto = p.crypto,
            capacity = "1000000 sat",
            coin = "1500000 sat",
        },
    },
    baseline = "zero_conf",
    thresholds = thresholds,
}
