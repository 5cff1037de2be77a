/* test_chain_attack.c: races in secret against their closed form, and blocks that are kept back.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/race.h"
#include "tests/models/chain_lab.h"
#include "tests/models/near.h"

struct races {
    struct chain_attack order;
    unsigned wanted, won, lost;
};

static void race_on(struct lab *lab, const struct chain_event *event)
{
    struct races *races = lab->test;
    races->won += event->kind == CHAIN_EVENT_RELEASED;
    races->lost += event->kind == CHAIN_EVENT_GAVE_UP;
    bool is_over = event->kind == CHAIN_EVENT_RELEASED || event->kind == CHAIN_EVENT_GAVE_UP;
    if (is_over && races->won + races->lost < races->wanted)
        chain_attack(lab->chain, &races->order);
}

static void races_are_won_as_often_as_the_closed_form_says(void **state)
{
    (void)state;
    static const struct {
        double q;
        unsigned z, give_up, races;
    } cases[] = {{0.1, 1, 6, 2000}, {0.3, 2, 16, 1500}, {0.3, 6, 16, 1000}, {0.4, 3, 30, 600}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lab lab;
        struct races races = {.order = {.rival = CHAIN_NONE,
                                        .premine_blocks = 1,
                                        .confirmations = cases[i].z,
                                        .give_up_blocks = cases[i].give_up},
                              .wanted = cases[i].races};
        lab_init(&lab);
        lab.config.block_delay_us = 0;
        lab.config.attacker_share_ppm = (int64_t)(cases[i].q * 1e6);
        lab.react = race_on;
        lab.test = &races;
        lab_begin(&lab, 21 + i, 0);
        chain_attack(lab.chain, &races.order);
        while (races.won + races.lost < races.wanted)
            lab_run(&lab, sim_now_us(lab.sim) + 10 * DAY_US);
        double law = race_beta(cases[i].q, cases[i].z);
        print_message("q %.1f, z %u: %u of %u races won, %.4f; closed form %.4f\n", cases[i].q, cases[i].z, races.won,
                      races.wanted, (double)races.won / races.wanted, law);
        near_share(races.won, races.wanted, law);
        assert_false(chain_is_attacked(lab.chain));
        lab_close(&lab);
    }
}

/* The payer sends the payment when the attacker has his block, and power flows for hold_us. */
struct finney {
    uint32_t rival, payment;
    unsigned tries, taken_back;
};

static void begin_finney(struct lab *lab, struct finney *finney)
{
    struct lab_payment payment = lab_payment();
    payment.required = &lab->coins[finney->tries];
    payment.value_sat = 50000;
    payment.origin = CHAIN_PRIVATE;
    finney->rival = lab_pay(lab, &payment);
    chain_attack(lab->chain,
                 &(struct chain_attack){.rival = finney->rival, .premine_blocks = 1, .hold_us = 60 * SECOND_US});
}

static void react_finney(struct lab *lab, const struct chain_event *event)
{
    struct finney *finney = lab->test;
    if (event->kind == CHAIN_EVENT_PREMINED) {
        struct lab_payment payment = lab_payment();
        payment.required = &lab->coins[finney->tries];
        finney->payment = lab_pay(lab, &payment);
    }
    if (event->kind == CHAIN_EVENT_LOST && event->tx == finney->payment) {
        assert_int_equal(event->other, finney->rival);
        finney->taken_back++;
    }
}

static void a_block_kept_back_takes_the_payment_unless_another_is_first(void **state)
{
    (void)state;
    enum { TRIES = 150 };
    struct lab lab;
    struct finney finney = {0};
    lab_init(&lab);
    lab.config.block_delay_us = 100000;
    lab.config.attacker_share_ppm = 300000;
    lab.react = react_finney;
    lab.test = &finney;
    lab_begin(&lab, 31, TRIES);
    for (; finney.tries < TRIES; finney.tries++) {
        begin_finney(&lab, &finney);
        while (chain_is_attacked(lab.chain))
            lab_run(&lab, sim_now_us(lab.sim) + MINUTE_US);
        lab_run(&lab, sim_now_us(lab.sim) + 4 * HOUR_US);
        enum chain_tx_state state_of_payment = chain_tx(lab.chain, finney.payment)->state;
        enum chain_tx_state state_of_rival = chain_tx(lab.chain, finney.rival)->state;
        assert_true((state_of_payment == CHAIN_TX_MINED) != (state_of_rival == CHAIN_TX_MINED));
    }
    /* One honest block within the minute makes it a draw, which he mostly loses; more are rare. */
    double honest_per_hold = 0.7 * 60.0 / 600.0, none = exp(-honest_per_hold);
    print_message("%u of %d payments taken back; no honest block in time: %.3f\n", finney.taken_back, TRIES, none);
    double sigma = sqrt(none * (1.0 - none) / TRIES);
    within((double)finney.taken_back / TRIES, none - 3.0 * sigma, none + 0.3 * (1.0 - none) + 3.0 * sigma);
    lab_close(&lab);
}

static void an_idle_attacker_mines_like_the_others(void **state)
{
    (void)state;
    struct lab lab;
    struct chain_tally tally;
    lab_init(&lab);
    lab.config.attacker_share_ppm = 400000;
    lab.config.block_delay_us = 0;
    lab_begin(&lab, 41, 1);
    struct lab_payment payment = lab_payment();
    payment.origin = CHAIN_PRIVATE;
    uint32_t quiet = lab_pay(&lab, &payment); /* he alone has it */
    lab_run(&lab, DAY_US);
    chain_tally(&tally, lab.chain);
    assert_int_equal(tally.stale, 0);
    assert_int_equal(chain_tx(lab.chain, quiet)->state, CHAIN_TX_MINED);
    assert_int_equal(lab_event_count(&lab, CHAIN_EVENT_SEEN, quiet), 0);
    assert_int_equal(lab_event(&lab, CHAIN_EVENT_DEPTH, quiet, 0)->event.depth, 1);
    lab_close(&lab);
}

static void he_can_be_told_to_publish_or_to_stop(void **state)
{
    (void)state;
    struct lab lab;
    struct chain_tally tally;
    lab_init(&lab);
    lab.config.attacker_share_ppm = 900000;
    lab_begin(&lab, 51, 0);
    chain_attack(lab.chain, &(struct chain_attack){
                                .rival = CHAIN_NONE, .premine_blocks = 1, .confirmations = 1000, .give_up_blocks = 1});
    chain_attack_release(lab.chain); /* he has nothing yet: he stops */
    lab_run(&lab, 0);
    assert_int_equal(lab_event_count(&lab, CHAIN_EVENT_GAVE_UP, CHAIN_NONE), 1);
    chain_attack(lab.chain, &(struct chain_attack){
                                .rival = CHAIN_NONE, .premine_blocks = 0, .confirmations = 1000, .give_up_blocks = 1});
    lab_run(&lab, 10 * HOUR_US);
    assert_int_equal(lab_event_count(&lab, CHAIN_EVENT_PREMINED, CHAIN_NONE), 1);
    uint32_t height = chain_height(lab.chain);
    chain_attack_release(lab.chain);
    lab_run(&lab, 10 * HOUR_US + 5 * MINUTE_US);
    const struct lab_event *released = lab_event(&lab, CHAIN_EVENT_RELEASED, CHAIN_NONE, 0);
    assert_true(released->event.depth > 20 && chain_height(lab.chain) > height + 20);
    chain_tally(&tally, lab.chain);
    assert_int_equal(tally.deepest, lab_event(&lab, CHAIN_EVENT_REORG, CHAIN_NONE, 0)->event.depth);
    lab_close(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(races_are_won_as_often_as_the_closed_form_says),
        cmocka_unit_test(a_block_kept_back_takes_the_payment_unless_another_is_first),
        cmocka_unit_test(an_idle_attacker_mines_like_the_others),
        cmocka_unit_test(he_can_be_told_to_publish_or_to_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
