/* test_hw_security.c: strangers, forgers and floods before a real broker.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whatever they say: it is rejected and counted by its reason, no relay closes that was not asked for, and memory does
 * not grow. Certificates and passwords are made here and thrown away. `test_hw_security '*flood*' 200000` is the whole
 * flood; ctest sends a tenth of it.
 */
#include "tests/hwbridge/rig.h"

#include "tests/support/child.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SEC         INT64_C(1000000)
#define MS          INT64_C(1000)
#define PLUGS       3
#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static const struct rig_plug calm[PLUGS] = {{"tasmota", "", 0}, {"shelly", "", 0}, {"zigbee", "", 0}};
static struct rig rig;
static unsigned flood_count = 20000;

static uint64_t rejects(enum hw_reject reject)
{
    return live_tally(rig.live)->rejects[reject];
}

static void expect_untouched(void)
{
    for (uint32_t i = 0; i < PLUGS; i++) {
        assert_int_equal(rig.truth[i].count, 0);
        assert_int_equal(rig_outlet(&rig, i)->tally.ghosts, 0);
    }
}

static void end_untouched(void)
{
    char why[512];
    expect_untouched();
    (void)rig_end(&rig, SIM_END_HORIZON, 1500);
    if (!rig_replay(&rig, why, sizeof why))
        fail_msg("%s", why);
    rig_close(&rig);
}

/* ---- what may not be taken --------------------------------------------------------------------------------------- */

enum shape { AS_IT_IS, IS_LONG, IS_DEEP, IS_WIDE };

static const struct {
    const char *topic, *payload;
    enum shape shape;
    enum hw_reject reason;
} forged[] = {
    {"tele/plug0/SENSOR", "{\"ENERGY\":{\"Total\":\"%\"}}", IS_LONG, HW_REJECT_OVERSIZED},
    {"plug1/events/rpc", "%", IS_DEEP, HW_REJECT_SYNTAX},
    {"plug2", "%", IS_DEEP, HW_REJECT_SYNTAX},
    {"tele/plug0/SENSOR", "%", IS_WIDE, HW_REJECT_SYNTAX},
    {"tele/plug0/SENSOR", "{\"ENERGY\":{\"Total\":NaN,\"Power\":3000}}", AS_IT_IS, HW_REJECT_SYNTAX},
    {"tele/plug0/SENSOR", "{\"ENERGY\":{\"Total\":1e999,\"Power\":3000}}", AS_IT_IS, HW_REJECT_RANGE},
    {"plug1/events/rpc", "{\"params\":{\"switch:0\":{\"apower\":-1e999}}}", AS_IT_IS, HW_REJECT_RANGE},
    {"plug2", "{\"energy\":-0.001}", AS_IT_IS, HW_REJECT_RANGE},
    {"plug2", "{\"energy\":1e308}", AS_IT_IS, HW_REJECT_RANGE},
    {"tele/plug0/SENSOR", "{\"ENERGY\":{\"Total\":\"6.3\"}}", AS_IT_IS, HW_REJECT_TYPE},
    {"plug1/events/rpc", "{\"params\":{\"switch:0\":{\"output\":1}}}", AS_IT_IS, HW_REJECT_TYPE},
    {"plug2", "{\"state\":true}", AS_IT_IS, HW_REJECT_TYPE},
    {"stat/plug0/POWER", "\xc3\x28", AS_IT_IS, HW_REJECT_TEXT},
    {"plug1/events/rpc", "{\"method\":\"\xff\"}", AS_IT_IS, HW_REJECT_TEXT},
    {"stat/plug0/POWER", "on", AS_IT_IS, HW_REJECT_SYNTAX},
    {"plug2", "{\"energy\":1,\"energy\":2}", AS_IT_IS, HW_REJECT_SYNTAX},
    {"konsento/plug1/rpc", "{\"id\":4000,\"result\":{\"was_on\":true}}", AS_IT_IS, HW_REJECT_UNASKED},
};

/* The payload with its % made long. Returns its length. */
static size_t shape(char *text, const char *payload, enum shape shape)
{
    const char *gap = strchr(payload, '%');
    size_t head = shape == AS_IT_IS ? strlen(payload) : (size_t)(gap - payload);
    memcpy(text, payload, head);
    if (shape == AS_IT_IS)
        return head;
    size_t more = shape == IS_LONG ? 20000 : shape == IS_DEEP ? 12000 : 600;
    memset(text + head, shape == IS_LONG ? 'x' : '[', more);
    if (shape == IS_WIDE)
        for (size_t i = 0; i < more; i++)
            text[head + i] = i == 0 ? '[' : i == more - 1 ? ']' : i % 2 ? '1' : ',';
    size_t tail = strlen(gap + 1);
    memcpy(text + head + more, gap + 1, tail);
    return head + more + tail;
}

static char text[65536];

static void forge_all(void *self)
{
    (void)self;
    int fd = rig_stranger(&rig, NULL, NULL);
    assert_true(fd >= 0);
    for (size_t i = 0; i < COUNT(forged); i++)
        rig_publish(fd, forged[i].topic, text, shape(text, forged[i].payload, forged[i].shape));
    usleep(10000);
    (void)close(fd);
}

static void nothing_of_it_is_taken_and_all_is_counted(void **state)
{
    (void)state;
    uint64_t expected[HW_REJECTS] = {0};
    rig_open(&rig, &(struct rig_options){.plugs = calm, .plug_count = PLUGS});
    rig_act(&rig, 1500 * MS, forge_all, NULL);
    rig_start(&rig);
    assert_int_equal(rig_run(&rig, 1400 * MS), SIM_END_HORIZON);
    for (size_t i = 0; i < HW_REJECTS; i++)
        expected[i] = rejects((enum hw_reject)i);
    for (size_t i = 0; i < COUNT(forged); i++)
        expected[forged[i].reason]++;
    assert_int_equal(rig_run(&rig, 2500 * MS), SIM_END_HORIZON);
    for (size_t i = 0; i < HW_REJECTS; i++)
        if (rejects((enum hw_reject)i) != expected[i])
            fail_msg("%s: %llu, not %llu", hw_reject_name((enum hw_reject)i),
                     (unsigned long long)rejects((enum hw_reject)i), (unsigned long long)expected[i]);
    for (uint32_t i = 0; i < PLUGS; i++)
        assert_int_equal(rig_outlet(&rig, i)->meter.total_uj, 0);
    end_untouched();
}

/* ---- forged words ------------------------------------------------------------------------------------------------ */

/* What plugs say of themselves, said by somebody else: on, off, gone, back, full of energy. */
static void lie(void *self)
{
    (void)self;
    static const char *const lies[][2] = {{"stat/plug0/POWER", "ON"},
                                          {"plug1/events/rpc", "{\"params\":{\"switch:0\":{\"output\":true}}}"},
                                          {"plug2", "{\"state\":\"ON\",\"energy\":9.9,\"power\":3000}"},
                                          {"tele/plug0/LWT", "Offline"},
                                          {"plug1/online", "false"},
                                          {"plug2/availability", "{\"state\":\"offline\"}"},
                                          {"tele/plug0/SENSOR", "{\"ENERGY\":{\"Total\":7777.7,\"Power\":3000}}"}};
    int fd = rig_stranger(&rig, NULL, NULL);
    assert_true(fd >= 0);
    for (size_t i = 0; i < COUNT(lies); i++)
        rig_publish(fd, lies[i][0], lies[i][1], strlen(lies[i][1]));
    usleep(10000);
    (void)close(fd);
}

/* Without rules at the broker anybody may say so. The answer is OFF, always; and what cannot have flowed is not
 * counted. */
static void lies_switch_nothing_on(void **state)
{
    (void)state;
    rig_open(&rig, &(struct rig_options){.plugs = calm, .plug_count = PLUGS});
    for (int64_t at_us = 1 * SEC; at_us < 3 * SEC; at_us += 250 * MS)
        rig_act(&rig, at_us, lie, NULL);
    rig_start(&rig);
    assert_int_equal(rig_run(&rig, 5500 * MS), SIM_END_HORIZON);
    for (uint32_t i = 0; i < PLUGS; i++) {
        assert_int_equal(rig.truth[i].count, 0);
        assert_true(rig_outlet(&rig, i)->tally.ghosts + rig_outlet(&rig, i)->tally.losses > 0);
        assert_int_not_equal(rig_outlet(&rig, i)->state, HW_OUTLET_ON);
        assert_true(rig_outlet(&rig, i)->meter.total_uj < 8 * RIG_WH); /* what could have flowed in that time */
    }
    char why[512];
    assert_int_equal(rig_end(&rig, SIM_END_HORIZON, 3000), 0);
    if (!rig_replay(&rig, why, sizeof why))
        fail_msg("%s", why);
    rig_close(&rig);
}

static void add_file(const struct rig *at, const char *name, const char *content)
{
    char path[96];
    snprintf(path, sizeof path, "%s/%s", at->folder, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Plugs may speak about themselves and hear their commands, the bridge the other way round, others nothing. */
static void broker_with_rules(const struct rig *at, FILE *file)
{
    add_file(at, "rules",
             "user plug\ntopic write stat/#\ntopic write tele/#\ntopic read cmnd/#\n"
             "topic write konsento/+/rpc\ntopic write +/events/rpc\ntopic write +/online\ntopic read +/rpc\n"
             "topic write plug2\ntopic write +/availability\ntopic read +/set\ntopic read +/get\n"
             "user konsento\ntopic read stat/#\ntopic read tele/#\ntopic write cmnd/#\n"
             "topic read konsento/+/rpc\ntopic read +/events/rpc\ntopic read +/online\ntopic write +/rpc\n"
             "topic read plug2\ntopic read +/availability\ntopic write +/set\ntopic write +/get\n");
    fprintf(file, "allow_anonymous true\nacl_file %s/rules\n", at->folder);
}

static void as_konsento(const struct rig *at, struct mqtt_options *options)
{
    (void)at;
    options->user = "konsento";
}

static void command_on(void *self)
{
    (void)self;
    static const char *const on[PLUGS] = {
        "ON", "{\"id\":1,\"src\":\"x\",\"method\":\"Switch.Set\",\"params\":{\"id\":0,\"on\":true}}",
        "{\"state\":\"ON\"}"};
    int fd = rig_stranger(&rig, "mallory", NULL);
    assert_true(fd >= 0);
    for (uint32_t i = 0; i < PLUGS; i++) {
        char topic[64];
        rig_topic(topic, &rig, i);
        rig_publish(fd, topic, on[i], strlen(on[i]));
    }
    usleep(10000);
    (void)close(fd);
}

static void rules_at_the_broker_keep_strangers_out(void **state)
{
    (void)state;
    rig_open(&rig, &(struct rig_options){
                       .plugs = calm, .plug_count = PLUGS, .broker = broker_with_rules, .secure = as_konsento});
    rig_act(&rig, 1500 * MS, command_on, NULL);
    rig_act(&rig, 1600 * MS, lie, NULL);
    for (uint32_t i = 0; i < PLUGS; i++)
        rig_wish(&rig, 3 * SEC, i, true);
    rig_start(&rig);
    assert_int_equal(rig_run(&rig, 2500 * MS), SIM_END_HORIZON);
    expect_untouched();
    for (uint32_t i = 0; i < PLUGS; i++)
        assert_int_equal(rig_outlet(&rig, i)->state, HW_OUTLET_OFF);
    assert_int_equal(rig_run(&rig, 4 * SEC), SIM_END_HORIZON);
    for (uint32_t i = 0; i < PLUGS; i++) /* the rules are no narrower than they must be */
        assert_int_equal(rig_outlet(&rig, i)->state, HW_OUTLET_ON);
    char why[512];
    assert_int_equal(rig_end(&rig, SIM_END_HORIZON, 3000), 0);
    if (!rig_replay(&rig, why, sizeof why))
        fail_msg("%s", why);
    rig_close(&rig);
}

/* ---- passwords --------------------------------------------------------------------------------------------------- */

static void broker_with_passwords(const struct rig *at, FILE *file)
{
    char path[96];
    snprintf(path, sizeof path, "%s/passwords", at->folder);
    const char *const plug[] = {"mosquitto_passwd", "-c", "-b", path, "plug", RIG_PASSWORD, NULL};
    const char *const own[] = {"mosquitto_passwd", "-b", path, "konsento", "secret", NULL};
    assert_true(rig_program(plug) && rig_program(own));
    fprintf(file, "allow_anonymous false\npassword_file %s\n", path);
}

static void with_a_wrong_password(const struct rig *at, struct mqtt_options *options)
{
    (void)at;
    options->user = "konsento";
    options->password = "secrets";
}

static void wish_and_expect_nothing(void (*broker)(const struct rig *, FILE *),
                                    void (*secure)(const struct rig *, struct mqtt_options *))
{
    rig_open(&rig, &(struct rig_options){.plugs = calm, .plug_count = PLUGS, .broker = broker, .secure = secure});
    for (uint32_t i = 0; i < PLUGS; i++)
        rig_wish(&rig, 500 * MS, i, true);
    rig_start(&rig);
    int64_t until = 2500 * MS; /* a greeting of both sides takes its time on a machine that has none */
    do {
        assert_int_equal(rig_run(&rig, until), SIM_END_HORIZON);
        until += 500 * MS;
    } while (rejects(HW_REJECT_STRANGER) == 0 && until <= 12 * SEC);
    assert_true(rejects(HW_REJECT_STRANGER) > 0);
    for (uint32_t i = 0; i < PLUGS; i++)
        assert_int_not_equal(rig_outlet(&rig, i)->state, HW_OUTLET_ON);
    end_untouched();
}

static void a_wrong_password_switches_nothing(void **state)
{
    (void)state;
    wish_and_expect_nothing(broker_with_passwords, with_a_wrong_password);
}

/* ---- certificates ------------------------------------------------------------------------------------------------ */

static void file_in(char path[96], const struct rig *at, const char *name, const char *ending)
{
    snprintf(path, 96, "%s/%s.%s", at->folder, name, ending);
}

/* An authority, and what it vouches for. */
static void make_authority(const struct rig *at, const char *name)
{
    char key[96], certificate[96];
    file_in(key, at, name, "key");
    file_in(certificate, at, name, "pem");
    const char *const arguments[] = {"openssl",
                                     "req",
                                     "-x509",
                                     "-newkey",
                                     "ec",
                                     "-pkeyopt",
                                     "ec_paramgen_curve:prime256v1",
                                     "-nodes",
                                     "-days",
                                     "2",
                                     "-subj",
                                     "/CN=test authority",
                                     "-keyout",
                                     key,
                                     "-out",
                                     certificate,
                                     NULL};
    assert_true(rig_program(arguments));
}

static void make_certificate(const struct rig *at, const char *name, const char *authority)
{
    char key[96], request[96], certificate[96], authority_key[96], authority_certificate[96], names[96], subject[64];
    file_in(key, at, name, "key");
    file_in(request, at, name, "csr");
    file_in(certificate, at, name, "pem");
    file_in(authority_key, at, authority, "key");
    file_in(authority_certificate, at, authority, "pem");
    file_in(names, at, "names", "cnf");
    snprintf(subject, sizeof subject, "/CN=%s", name);
    add_file(at, "names.cnf", "subjectAltName=IP:127.0.0.1,DNS:localhost\n");
    const char *const ask[] = {"openssl", "req",   "-newkey", "ec",      "-pkeyopt", "ec_paramgen_curve:prime256v1",
                               "-nodes",  "-subj", subject,   "-keyout", key,        "-out",
                               request,   NULL};
    const char *const sign[] = {
        "openssl",         "x509",  "-req", "-in",      request, "-CA",  authority_certificate, "-CAkey", authority_key,
        "-CAcreateserial", "-days", "2",    "-extfile", names,   "-out", certificate,           NULL};
    assert_true(rig_program(ask) && rig_program(sign));
}

static void broker_with(const struct rig *at, FILE *file, const char *authority)
{
    make_authority(at, "house");
    make_authority(at, "stranger");
    make_certificate(at, "broker", authority);
    make_certificate(at, "konsento", "house");
    make_certificate(at, "mallory", "stranger");
    fprintf(file,
            "allow_anonymous true\nlistener %u 127.0.0.1\nallow_anonymous false\nrequire_certificate true\n"
            "use_identity_as_username true\ncafile %s/house.pem\ncertfile %s/broker.pem\nkeyfile %s/broker.key\n",
            at->tls_port, at->folder, at->folder, at->folder);
}

static void broker_with_certificates(const struct rig *at, FILE *file)
{
    broker_with(at, file, "house");
}

static void broker_of_a_stranger(const struct rig *at, FILE *file)
{
    broker_with(at, file, "stranger");
}

static void certify(const struct rig *at, struct mqtt_options *options, const char *name)
{
    static char authority[96], certificate[96], key[96];
    file_in(authority, at, "house", "pem");
    options->port = at->tls_port;
    options->ca_file = authority;
    if (name == NULL)
        return;
    file_in(certificate, at, name, "pem");
    file_in(key, at, name, "key");
    options->cert_file = certificate;
    options->key_file = key;
}

static void with_its_certificate(const struct rig *at, struct mqtt_options *options)
{
    certify(at, options, "konsento");
}

static void with_a_wrong_certificate(const struct rig *at, struct mqtt_options *options)
{
    certify(at, options, "mallory");
}

static void without_certificate(const struct rig *at, struct mqtt_options *options)
{
    certify(at, options, NULL);
}

static void certificates_of_both_sides_let_it_in(void **state)
{
    (void)state;
    rig_open(&rig, &(struct rig_options){.plugs = calm,
                                         .plug_count = PLUGS,
                                         .broker = broker_with_certificates,
                                         .secure = with_its_certificate});
    for (uint32_t i = 0; i < PLUGS; i++) {
        rig_wish(&rig, 1500 * MS, i, true);
        rig_wish(&rig, 3 * SEC, i, false);
    }
    rig_start(&rig);
    assert_int_equal(rig_run(&rig, 4 * SEC), SIM_END_HORIZON);
    for (uint32_t i = 0; i < PLUGS; i++) {
        assert_int_equal(rig.log[i].closed, 1);
        assert_int_equal(rig.truth[i].count, 2);
    }
    assert_int_equal(rejects(HW_REJECT_STRANGER), 0);
    assert_int_equal(rig_end(&rig, SIM_END_HORIZON, 3000), 0);
    rig_close(&rig);
}

static void a_wrong_certificate_switches_nothing(void **state)
{
    (void)state;
    wish_and_expect_nothing(broker_with_certificates, with_a_wrong_certificate);
}

static void a_missing_certificate_switches_nothing(void **state)
{
    (void)state;
    wish_and_expect_nothing(broker_with_certificates, without_certificate);
}

/* The broker is not who it says it is: nothing is said to it, no name and no password. */
static void a_false_broker_is_not_believed(void **state)
{
    (void)state;
    wish_and_expect_nothing(broker_of_a_stranger, with_its_certificate);
}

/* ---- flood ------------------------------------------------------------------------------------------------------- */

static size_t resident_kib(void)
{
    unsigned long size = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%lu %lu", &size, &resident), 2);
    fclose(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE) / 1024;
}

static void flood(unsigned count)
{
    int fd = rig_stranger(&rig, NULL, NULL);
    for (unsigned i = 0; i < count; i++) {
        size_t k = i % (COUNT(forged) + 1);
        if (k == COUNT(forged) || forged[k].shape != AS_IT_IS) /* what is of the right form, too often */
            rig_publish(fd, "tele/plug0/STATE", "{\"POWER\":\"OFF\"}", 15);
        else
            rig_publish(fd, forged[k].topic, text, shape(text, forged[k].payload, AS_IT_IS));
        if (i % 64 == 63)
            usleep(1000); /* a broker drops what nobody can read so fast */
    }
    usleep(100000);
    (void)close(fd);
}

/* While it goes on two plugs are on, and are renewed; the third is off, and stays so. */
static void a_flood_changes_nothing_and_fills_nothing(void **state)
{
    (void)state;
    rig_open(&rig, &(struct rig_options){.plugs = calm, .plug_count = PLUGS});
    rig_wish(&rig, 1500 * MS, 1, true);
    rig_start(&rig);
    assert_int_equal(rig_run(&rig, 2500 * MS), SIM_END_HORIZON);
    size_t before_kib = 0;
    uint64_t before = 0;
    for (unsigned part = 0; part < 8; part++) {
        pid_t mallory = child_fork();
        if (mallory == 0) {
            flood(flood_count / 8);
            _exit(0);
        }
        int64_t until_us = sim_now_us(rig.sim) + (int64_t)(flood_count / 8) * 40 + 300 * MS;
        assert_int_equal(rig_run(&rig, until_us), SIM_END_HORIZON);
        rig_kill(&mallory);
        if (part == 0) /* what memory it takes at all it has by then */
            before_kib = resident_kib();
    }
    for (size_t i = 0; i < HW_REJECTS; i++)
        before += rejects((enum hw_reject)i);
    size_t after_kib = resident_kib();
    print_message("%llu rejected; resident %zu KiB, then %zu KiB\n", (unsigned long long)before, before_kib, after_kib);
    assert_true(before > flood_count / 2);
    assert_true(rejects(HW_REJECT_RANGE) > flood_count / 16 && rejects(HW_REJECT_FLOOD) > flood_count / 16);
#ifndef __SANITIZE_ADDRESS__ /* which keeps what was freed */
    assert_true(after_kib < before_kib + 512);
#endif
    assert_int_equal(rig.truth[0].count, 0);
    assert_int_equal(rig.truth[2].count, 0);
    assert_int_equal(rig.log[1].faults, 0);
    assert_true(rig_is_closed(&rig, 1));
    char why[512];
    assert_int_equal(rig_end(&rig, SIM_END_HORIZON, 3000), 0);
    if (!rig_replay(&rig, why, sizeof why))
        fail_msg("%s", why);
    rig_close(&rig);
}

int main(int argc, char **argv)
{
    if (!rig_is_possible()) {
        printf("skipped: no mosquitto here\n");
        return 77;
    }
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    if (argc > 2)
        flood_count = (unsigned)strtoul(argv[2], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_of_it_is_taken_and_all_is_counted),
        cmocka_unit_test(lies_switch_nothing_on),
        cmocka_unit_test(rules_at_the_broker_keep_strangers_out),
        cmocka_unit_test(a_wrong_password_switches_nothing),
        cmocka_unit_test(certificates_of_both_sides_let_it_in),
        cmocka_unit_test(a_wrong_certificate_switches_nothing),
        cmocka_unit_test(a_missing_certificate_switches_nothing),
        cmocka_unit_test(a_false_broker_is_not_believed),
        cmocka_unit_test(a_flood_changes_nothing_and_fills_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
