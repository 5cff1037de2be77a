/* test_hw_ocpp_tls.c: security profiles 2 and 3, with OpenSSL's own client at the door.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One authority signs the bridge and CP1, another nobody knows signs a forger. Certificates live as long as the test.
 */
#include "tests/hwbridge/ocpp_caller.h"

#include <assert.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define OPENSSL   "/usr/bin/openssl"
#define ARGUMENTS 24

static struct porch porch;
static char folder[] = "tlsXXXXXX";

/* ---- certificates ------------------------------------------------------------------------------------------------ */

/* In: words, parted by blanks; in and out, -1: ours. */
static pid_t start(const char *words, int in, int out)
{
    char program[] = "openssl", text[512], *arguments[ARGUMENTS] = {program}, *rest = text;
    pid_t pid = fork();
    assert(pid >= 0);
    if (pid > 0)
        return pid;
    snprintf(text, sizeof text, "%s", words);
    for (int i = 1; i < ARGUMENTS - 1 && rest != NULL; i++)
        arguments[i] = strsep(&rest, " ");
    if ((in >= 0 && dup2(in, STDIN_FILENO) < 0) || (out >= 0 && dup2(out, STDOUT_FILENO) < 0) ||
        close_range(3, ~0u, 0) != 0 || chdir(folder) != 0 || freopen("/dev/null", "w", stderr) == NULL)
        _exit(1);
    execv(OPENSSL, arguments);
    _exit(1);
}

static bool openssl(const char *words)
{
    int code;
    return waitpid(start(words, -1, -1), &code, 0) > 0 && WIFEXITED(code) && WEXITSTATUS(code) == 0;
}

#define KEY "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"

static bool sign(const char *name, const char *subject, const char *authority)
{
    char words[512];
    snprintf(words, sizeof words, "req -new " KEY " -subj /CN=%s -keyout %s.key -out %s.csr", subject, name, name);
    if (!openssl(words))
        return false;
    snprintf(words, sizeof words, "x509 -req -days 2 -in %s.csr -CA %s.crt -CAkey %s.key -CAcreateserial -out %s.crt",
             name, authority, authority, name);
    return openssl(words);
}

static int make_certificates(void **state)
{
    (void)state;
    bool is_made = mkdtemp(folder) != NULL &&
                   openssl("req -x509 -new " KEY " -subj /CN=authority -keyout ca.key -out ca.crt") &&
                   openssl("req -x509 -new " KEY " -subj /CN=authority -keyout other.key -out other.crt") &&
                   sign("bridge", "localhost", "ca") && sign("cp1", "CP1", "ca") && sign("cp2", "CP2", "ca") &&
                   sign("forger", "CP1", "other");
    return is_made ? 0 : -1;
}

static int remove_certificates(void **state)
{
    (void)state;
    static const char *const names[] = {"ca", "other", "bridge", "cp1", "cp2", "forger"};
    static const char *const ends[] = {"key", "crt", "csr", "srl"};
    char path[64];
    for (size_t i = 0; i < 24; i++) {
        snprintf(path, sizeof path, "%s/%s.%s", folder, names[i % 6], ends[i / 6]);
        (void)unlink(path);
    }
    return rmdir(folder);
}

/* ---- the caller -------------------------------------------------------------------------------------------------- */

struct call {
    const char *certificate; /* NULL: none */
    const char *version;     /* NULL: any */
    const char *path, *password;
};

static pid_t start_client(const struct call *call, int in, int out)
{
    char words[512], certificate[128] = "";
    if (call->certificate != NULL)
        snprintf(certificate, sizeof certificate, " -cert %s.crt -key %s.key", call->certificate, call->certificate);
    snprintf(words, sizeof words, "s_client -quiet -connect 127.0.0.1:%u -CAfile ca.crt -verify_return_error%s%s",
             porch.port, call->version == NULL ? "" : call->version, certificate);
    return start(words, in, out);
}

/* Returns whether it was let in. */
static bool is_let_in(const struct call *call)
{
    char text[1024], answer[4096];
    const struct ws_greeting greeting = {.host = "localhost",
                                         .path = call->path,
                                         .port = porch.port,
                                         .user = "CP1",
                                         .password = call->password,
                                         .protocol = "ocpp1.6"};
    int in[2], out[2], code;
    long taken = 0;
    assert_true(pipe(in) == 0 && pipe(out) == 0);
    pid_t pid = start_client(call, in[0], out[1]);
    (void)close(in[0]);
    (void)close(out[1]);
    size_t length = ws_greet(text, sizeof text, &greeting);
    assert_int_equal(write(in[1], text, length), (ssize_t)length);
    size_t got = 0;
    bool is_over = false;
    for (int i = 0; i < 5000 && taken == 0 && !is_over; i++) {
        porch_serve(&porch, 2);
        if (waitpid(pid, &code, WNOHANG) == pid) {
            pid = 0;
            is_over = true;
        }
        if (!is_over && porch.inputs[HW_LINK_UP] == 0 && porch_rejects(&porch) == 0)
            continue;
        ssize_t count = read(out[0], answer + got, sizeof answer - got);
        got += count > 0 ? (size_t)count : 0;
        taken = count == 0 ? -1 : ws_greeted(answer, got, &greeting);
    }
    (void)close(in[1]);
    (void)close(out[0]);
    if (pid != 0) {
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, &code, 0);
    }
    porch_serve(&porch, 10);
    return taken > 0;
}

static void open_porch(enum ocpp_security security)
{
    char why[200], cert[64], key[64], ca[64];
    snprintf(cert, sizeof cert, "%s/bridge.crt", folder);
    snprintf(key, sizeof key, "%s/bridge.key", folder);
    snprintf(ca, sizeof ca, "%s/ca.crt", folder);
    assert_true(porch_open(
        &porch, &(struct ocpp_options){.security = security, .cert_file = cert, .key_file = key, .ca_file = ca}, why,
        sizeof why));
}

static void expect(enum ocpp_security security, const struct call *call, bool is_in)
{
    open_porch(security);
    assert_int_equal(is_let_in(call), is_in);
    assert_int_equal(porch.inputs[HW_LINK_UP], is_in);
    assert_int_equal(porch.rejects[HW_REJECT_STRANGER], !is_in);
    assert_int_equal(porch_rejects(&porch), !is_in);
    porch_close(&porch);
}

static void a_password_within_tls_is_profile_2(void **state)
{
    (void)state;
    expect(OCPP_SECURITY_TLS, &(struct call){.path = "/CP1", .password = CALLER_PASSWORD}, true);
    expect(OCPP_SECURITY_TLS, &(struct call){.path = "/CP1", .password = "wrong"}, false);
    expect(OCPP_SECURITY_TLS, &(struct call){.certificate = "cp1", .path = "/CP1"}, false);
    expect(OCPP_SECURITY_TLS, &(struct call){.version = " -tls1_1", .path = "/CP1", .password = CALLER_PASSWORD},
           false);
}

static void certificates_of_both_sides_are_profile_3(void **state)
{
    (void)state;
    expect(OCPP_SECURITY_MUTUAL, &(struct call){.certificate = "cp1", .path = "/CP1"}, true);
    expect(OCPP_SECURITY_MUTUAL, &(struct call){.path = "/CP1", .password = CALLER_PASSWORD}, false);
    expect(OCPP_SECURITY_MUTUAL, &(struct call){.certificate = "forger", .path = "/CP1"}, false);
    expect(OCPP_SECURITY_MUTUAL, &(struct call){.certificate = "cp2", .path = "/CP1"}, false);
}

/* The porch is open and somebody without TLS comes. */
static void without_tls_nobody_comes_in(void **state)
{
    (void)state;
    open_porch(OCPP_SECURITY_TLS);
    assert_int_equal(caller_open_as(&porch, "/CP1", "CP1", CALLER_PASSWORD), -1);
    porch_serve(&porch, 10);
    assert_int_equal(porch.rejects[HW_REJECT_STRANGER], 1);
    porch_close(&porch);
}

static void a_key_of_another_certificate_is_noticed(void **state)
{
    (void)state;
    char why[200], cert[64], key[64];
    snprintf(cert, sizeof cert, "%s/bridge.crt", folder);
    snprintf(key, sizeof key, "%s/cp1.key", folder);
    assert_false(porch_open(&porch,
                            &(struct ocpp_options){.security = OCPP_SECURITY_TLS, .cert_file = cert, .key_file = key},
                            why, sizeof why));
    assert_non_null(strstr(why, "does not take certificate or key"));
}

int main(void)
{
    if (access(OPENSSL, X_OK) != 0) {
        printf("skipped: no openssl here\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_password_within_tls_is_profile_2),
        cmocka_unit_test(certificates_of_both_sides_are_profile_3),
        cmocka_unit_test(without_tls_nobody_comes_in),
        cmocka_unit_test(a_key_of_another_certificate_is_noticed),
    };
    return cmocka_run_group_tests(tests, make_certificates, remove_certificates);
}
