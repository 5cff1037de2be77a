# Nodes: their tests stand on the chain's.
# SPDX-License-Identifier: GPL-3.0-or-later
konsento_test(test_ln_store LINKS konsento_test_lightning LABELS unit property)
add_library(konsento_test_town STATIC miner.c town.c town_chain.c ../bitcoin/regtest.c)
target_link_libraries(konsento_test_town PUBLIC konsento_test_lightning)
foreach(name node node_failures node_crash node_chain node_edges node_line node_outside)
  konsento_test(test_ln_${name} LINKS konsento_test_town LABELS unit property)
endforeach()
add_library(konsento_test_riot STATIC riot.c riot_check.c rummage.c)
target_link_libraries(konsento_test_riot PUBLIC konsento_test_town)
konsento_test(test_ln_node_fuzz LINKS konsento_test_riot LABELS property fuzz)

# Mutants, as in mutants.cmake: nodes with one mistake each, which test_ln_node_fuzz must find.
add_library(konsento_node_fuzz OBJECT test_ln_node_fuzz.c)
target_link_libraries(konsento_node_fuzz PRIVATE konsento_test_riot)

function(konsento_node_mutant name file from to)
  set(test mutant_node_${name})
  file(READ ${CMAKE_SOURCE_DIR}/protocol/lightning/${file} text)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/protocol/lightning/${file})
  string(FIND "${text}" "${from}" place)
  if(place EQUAL -1)
    add_test(NAME ${test} COMMAND ${CMAKE_COMMAND} -E cat "no longer in ${file}: ${from}")
  else()
    string(REPLACE "${from}" "${to}" text "${text}")
    set(copy ${CMAKE_CURRENT_BINARY_DIR}/mutants/${test}/${file})
    file(CONFIGURE OUTPUT ${copy} CONTENT "${text}" @ONLY)
    add_executable(${test} $<TARGET_OBJECTS:konsento_node_fuzz> ${copy})
    target_link_libraries(${test} PRIVATE konsento_test_riot)
    target_compile_options(${test} PRIVATE -w) # a mistake may leave something unused
    set_target_properties(${test} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    add_test(NAME ${test} COMMAND ${test} find 400000)
  endif()
  set_tests_properties(${test} PROPERTIES LABELS property TIMEOUT 120)
endfunction()

if(NOT CMAKE_C_FLAGS MATCHES "sanitize|coverage") # they are found there as well, only later
  konsento_node_mutant(answer_not_kept node_answer.c "        ln_node_mark_channel(node, entry);" "")
  konsento_node_mutant(link_not_kept node_forward.c "    ln_node_mark_link(node, link);" "")
  konsento_node_mutant(attempt_not_kept node_pay.c "    ln_node_mark_attempt(node, attempt);" "")
  konsento_node_mutant(dropped_link_stays node_find.c
    "    ln_node_drop(node, LN_STORE_LINK, link->in_channel, link->in_htlc);" "")
  konsento_node_mutant(past_not_kept node_channel.c "        ln_store_put_bytes(&node->writer, &key, record);" "")
  konsento_node_mutant(paid_before_claimable node_event.c
    "    case LN_EVENT_SETTLED:\n        break;" "    case LN_EVENT_SETTLED:\n        hear_failed(node, job);\n        break;")
  konsento_node_mutant(chain_preimage_ignored node_event.c
    "        hear_fulfilled(node, job->channel, job->chain.htlc.id, job->chain.htlc.preimage, btc_bytes(NULL, 0));" "")
  konsento_node_mutant(blocks_missed_after_a_restart node.c
    "entry->chain->height < node->height ? entry->chain->height : node->height" "node->height")
  konsento_node_mutant(spending_not_watched node_chain.c "        ln_node_watch(node, &effect->outpoint);" "")
  konsento_node_mutant(funding_not_watched_again node.c
    "        ln_node_watch(node, &entry->channel.funding);\n        node->seen" "        node->seen")
  konsento_node_mutant(invoice_not_kept node_invoice.c
    "invoice->first_us = 0;\n    ln_node_mark_invoice(node, invoice);" "invoice->first_us = 0;")
  konsento_node_mutant(payment_not_kept node_pay.c
    "    ln_node_end_attempt(node, attempt);\n    ln_node_mark_payment(node, payment);"
    "    ln_node_end_attempt(node, attempt);")
  konsento_node_mutant(undone_spendings_believed onchain_find.c
    "if (out->spent_by != LN_SPENT_NOT && out->spent_height > height) {" "if (height == 0) {")
  konsento_node_mutant(revoked_htlcs_left onchain_spend.c
    "        chance.kind = LN_CLAIM_PENALTY_HTLC;" "        chance.kind = LN_CLAIM_PENALTY_HTLC;\n        chance.is = false;")
  konsento_node_mutant(preimage_not_taken_to_the_chain node_answer.c
    "ln_onchain_fulfill(entry->chain, &tools, incoming->htlc, preimage)" "LN_ONCHAIN_OK")
  konsento_node_mutant(part_taken_alone node_invoice.c "invoice->part_msat >= invoice->total_msat" "true")
endif()
