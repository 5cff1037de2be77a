-- The trial of 1 March 2018: an apartment house, two outlets side by side, one paid on the chain with no confirmation, one over Lightning.
-- Question: on the same cars, arrivals, blocks and fees, which outlet gives power sooner, costs less, and loses less?
--
-- Both outlets live through the same month, each with the same residents: what differs is the payment alone. Channels
-- are opened when the month begins; their fundings are paid for within it. Run it again with --set era=2017-12 (the fee
-- peak before the trial) and --set era=2024-04 (the halving's spike, one day's fees on all days: --set days=1 is that day). For the recorded blocks of the trial's weeks:
-- --set blocks=../shared/data/btc_block_times_2018-03.csv; for recorded sessions: --set sessions=FILE; for another
-- tariff: --set tariff=FILE (day_type,start_hour,end_hour,label,yen_per_kwh).
--
-- The scoreboard's losses are under the attackers that services saw: 0.16 % of sessions spend their coins twice, and as many
-- of the payers in channels go back to a revoked state (--set attackers=SHARE, --set cheaters=SHARE).
local k = require "konsento"
local comparison = require "common.comparison"

local p = k.params {
    days = k.param { 30, min = 1, max = 366, help = "simulated days" },
    cars = k.param { 4, min = 1, max = 1000, help = "residents with a car, if there are no recorded sessions" },
    crypto = comparison.crypto "real",
    sessions = comparison.sessions "",
    blocks = comparison.blocks(),
    tariff = comparison.prices "chubu",
    graph = comparison.graph "",
    era = comparison.era "2018-03",
    attackers = comparison.double_spenders(),
    cheaters = comparison.cheaters(),
}

local era = comparison.era_of(p, p.days)
comparison.unused(p, "graph", "the trial's channels are direct")

local thresholds = {
    "time_to_power.p50 < 2 s where rail=lightning",
    "time_to_finality.p95 < 60 s where rail=lightning",
    "merchant.loss <= 0 JPY where rail=lightning",
    "energy.unpaid <= 0 kWh where rail=lightning",
    "channel.stolen <= 0 JPY where rail=lightning", -- the outlet is on the chain, and punishes
    "time_to_power.p50 > 5 s where rail=zero_conf", -- it listens for conflicts so long
}
if k.quantity(p.cheaters, "ppm") == 0 then
    thresholds[#thresholds + 1] = "fee.upkeep.claim <= 0 JPY where rail=lightning" -- no channel ends here
end
if era.fees == "calm" then
    thresholds[#thresholds + 1] = "fee.share < 25 % where rail=lightning"
elseif era.fees == "spike" then -- one transaction costs more than what it pays for
    thresholds[#thresholds + 1] = "fee.share > 100 % where rail=zero_conf"
end

return k.scenario {
    name = "Chubu Electric, Infoteria and Nayuta, 2018",
    start = era.start,
    duration = p.days * 86400,
    replications = 20,
    exchange = era.exchange,
    building = k.building { flats = 20, outlets = comparison.outlets(p, 1) },
    fleet = comparison.fleet(p),
    tariff = comparison.tariff(p),
    payment = k.payment { purchase = "5 kWh", reorder = "100 Wh", retry = "30 s" },
    chain = comparison.chain(p),
    rails = {
        k.rail.onchain { name = "zero_conf", coin = "3000000 sat", attackers = comparison.spend_twice(p.attackers) },
        k.rail.lightning {
            name = "lightning",
            topology = "direct",
            crypto = p.crypto,
            capacity = "1000000 sat",
            coin = "1500000 sat",
            attackers = { k.attacker.revoked { share = p.cheaters, after = "2 days" } },
        },
    },
    baseline = "zero_conf",
    thresholds = thresholds,
}
