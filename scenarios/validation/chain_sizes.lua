-- V8: what do transactions weigh? Built and signed by the wallet and by the builders of channel transactions, judged by
-- the interpreter, and weighed. BOLT 3 reckons fees with signatures of 73 bytes, where real ones have one or two less
-- (size.longest makes up for that), with three bytes for the number of outputs of a commitment with anchors, which
-- takes that many from 253 on, and with two bytes in HTLC-success that are not there at today's heights.
local k = require "konsento"

local experiments, thresholds = {}, {}
local function size(name, transaction, htlcs)
    experiments[#experiments + 1] = k.experiment.size { name = name, transaction = transaction, htlcs = htlcs }
end
local function equal(metric, value, unit, name)
    for _, op in ipairs { ">=", "<=" } do
        thresholds[#thresholds + 1] = ("%s %s %d %s where experiment=%s"):format(metric, op, value, unit, name)
    end
end
local function bolt3(weight, excess, name)
    equal("size.bolt3", weight, "WU", name)
    equal("size.bolt3_excess", excess, "WU", name)
end

for name, vsize in pairs { p2wpkh_1_1 = 110, p2wpkh_1_2 = 141, p2pkh_1_2 = 226, funding = 153 } do
    size(name, name)
    equal("size.vsize", vsize, "vB", name)
end
for _, htlcs in ipairs { 0, 1, 300 } do
    local more = htlcs > 252 and 8 or 0 -- two bytes more for the number of outputs
    size("commitment_" .. htlcs, "commitment", htlcs)
    bolt3(724 + 172 * htlcs, 0 - more, "commitment_" .. htlcs)
    size("anchors_" .. htlcs, "commitment_anchors", htlcs)
    bolt3(1124 + 172 * htlcs, 8 - more, "anchors_" .. htlcs)
end
for name, weight in pairs { htlc_timeout = 663, htlc_timeout_anchors = 666 } do
    size(name, name)
    bolt3(weight, 0, name)
end
for name, weight in pairs { htlc_success = 703, htlc_success_anchors = 706 } do
    size(name, name)
    bolt3(weight, 2, name)
end

return k.lab {
    name = "V8 Sizes",
    experiments = experiments,
    thresholds = thresholds,
}
