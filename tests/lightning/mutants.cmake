# Mutants: the protocol with one mistake each, as it would be made. test_ln_channel_fuzz must find each of them within so
# many steps, or it finds nothing. A mutant is a copy of one source file, changed at one place while cmake configures; in
# the program it stands before the library's own. If the place is gone the test of that name fails and says so.
# SPDX-License-Identifier: GPL-3.0-or-later
add_library(konsento_channel_fuzz OBJECT test_ln_channel_fuzz.c)
target_link_libraries(konsento_channel_fuzz PRIVATE konsento_test_lightning)

function(konsento_mutant name file from to)
  set(test mutant_${name})
  file(READ ${CMAKE_SOURCE_DIR}/protocol/lightning/${file} text)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/protocol/lightning/${file})
  string(FIND "${text}" "${from}" place)
  if(place EQUAL -1)
    add_test(NAME ${test} COMMAND ${CMAKE_COMMAND} -E cat "no longer in ${file}: ${from}")
  else()
    string(REPLACE "${from}" "${to}" text "${text}")
    set(copy ${CMAKE_CURRENT_BINARY_DIR}/mutants/${name}/${file})
    file(CONFIGURE OUTPUT ${copy} CONTENT "${text}" @ONLY)
    add_executable(${test} $<TARGET_OBJECTS:konsento_channel_fuzz> ${copy})
    target_link_libraries(${test} PRIVATE konsento_test_lightning)
    target_compile_options(${test} PRIVATE -w) # a mistake may leave something unused
    set_target_properties(${test} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    add_test(NAME ${test} COMMAND ${test} find 100000)
  endif()
  set_tests_properties(${test} PROPERTIES LABELS property TIMEOUT 120)
endfunction()

konsento_mutant(half_the_reserve channel_limits.c
  "offer->amount_msat < 1000 * other->reserve_sat" "offer->amount_msat < 500 * other->reserve_sat")
konsento_mutant(forgotten_revoke reestablish.c
  "bool revoke = in->next_revocation_number + 1 == channel->local_number;" "bool revoke = false;")
konsento_mutant(number_off_by_one reestablish.c
  "out->next_commitment_number = channel->local_number + 1;" "out->next_commitment_number = channel->local_number;")
konsento_mutant(order_of_revoke_and_commit reestablish.c
  "if (revoke && !channel->revoke_was_last) {" "if (revoke && channel->local_number % 2 == 0) {")
konsento_mutant(order_not_persisted snapshot.c "    WALK(walk, channel->revoke_was_last);\n" "")
konsento_mutant(persist_forgotten channel_commit.c
  "        ln_channel_persist(channel, shop);\n        take_step(channel, shop, LN_RECEIVE_COMMIT);"
  "        take_step(channel, shop, LN_RECEIVE_COMMIT);")
konsento_mutant(ids_not_taken_back channel_update.c
  "channel->next_id[LN_THEM] -= record->state == ln_htlc_state(LN_THEM, LN_ADD);" "")
konsento_mutant(signed_too_early htlc_state.c
  "LN_ADD_ACKED, LN_SEND_COMMIT, L | LO}" "LN_ADD_ACKED, LN_SEND_COMMIT, L | LO | R}")
konsento_mutant(fee_one_step_late htlc_state.c
  "(rows[ln_htlc_state_after(state, step)].places & place)" "(rows[state].places & place)")
konsento_mutant(own_dust_limit channel_view.c
  "ln_channel_terms(channel, owner)->dust_limit_sat" "ln_channel_terms(channel, LN_US)->dust_limit_sat")
konsento_mutant(a_millisatoshi_more channel_commit.c
  "channel->settled_msat[ln_other_side(owner)] += record->amount_msat;"
  "channel->settled_msat[ln_other_side(owner)] += record->amount_msat + 1;")
konsento_mutant(record_of_the_wrong_side past.c
  "(htlc->side == LN_HTLC_OFFERED ? OFFERED : 0)" "(htlc->side == LN_HTLC_RECEIVED ? OFFERED : 0)")
konsento_mutant(loss_overlooked reestablish.c
  "if (in->next_revocation_number > channel->local_number) {"
  "if (in->next_revocation_number > channel->local_number + 1) {")
konsento_mutant(shutdown_not_sent_again reestablish.c
  "result == LN_CHANNEL_OK && channel->shutdown.sent" "result == LN_CHANNEL_CODE && channel->shutdown.sent")
konsento_mutant(closing_over_htlcs channel_close.c
  "channel->first_record == LN_RECORD_NONE && ln_channel_is_quiet(channel, shop)" "!channel->awaiting_revoke")
