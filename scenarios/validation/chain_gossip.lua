-- V6: how fast does a transaction spread, and what share of the nodes gets a second one that excludes it? Simulated node
-- by node, with the announcement timers of 2018.
local k = require "konsento"

local p = k.params {
    networks = k.param { 8, min = 1, max = 10000, help = "networks drawn in each replication" },
    races = k.param { 5, min = 1, max = 10000, help = "double spends in each network at each delay" },
    nodes = k.param { 6000, min = 10, max = 1000000, help = "nodes of a network" },
}

return k.lab {
    name = "V6 Gossip",
    replications = 20,
    experiments = {
        k.experiment.gossip { name = "core_2018", nodes = p.nodes, networks = p.networks },
        k.experiment.gossip { name = "core_current", generation = "current", nodes = p.nodes, networks = p.networks },
        k.experiment.conflict { name = "odds_2018", nodes = p.nodes, networks = p.networks, races = p.races },
    },
    thresholds = {
        "gossip.t50 > 3.8 s where experiment=core_2018", "gossip.t50 < 4.0 s where experiment=core_2018",
        "conflict.slope > 2.05 1/s where experiment=odds_2018", "conflict.slope < 2.25 1/s where experiment=odds_2018",
    },
}
