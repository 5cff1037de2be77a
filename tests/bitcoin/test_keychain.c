/* test_keychain.c: keys of one seed: all test vectors of BIP 32, and the wallet of BIP 84.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/bitcoin/base58.h"
#include "protocol/bitcoin/keychain.h"
#include "protocol/bitcoin/script.h"
#include "tests/bitcoin/hex.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

/* BIP 32, test vectors 1 to 4: seed, path, public and private half. */
static const struct {
    const char *seed, *path, *public_text, *private_text;
} VECTORS[] = {
    {"000102030405060708090a0b0c0d0e0f", "m",
     "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8",
     "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi"},
    {"000102030405060708090a0b0c0d0e0f", "m/0'",
     "xpub68Gmy5EdvgibQVfPdqkBBCHxA5htiqg55crXYuXoQRKfDBFA1WEjWgP6LHhwBZeNK1VTsfTFUHCdrfp1bgwQ9xv5ski8PX9rL2dZXvgGDnw",
     "xprv9uHRZZhk6KAJC1avXpDAp4MDc3sQKNxDiPvvkX8Br5ngLNv1TxvUxt4cV1rGL5hj6KCesnDYUhd7oWgT11eZG7XnxHrnYeSvkzY7d2bhkJ7"},
    {"000102030405060708090a0b0c0d0e0f", "m/0'/1",
     "xpub6ASuArnXKPbfEwhqN6e3mwBcDTgzisQN1wXN9BJcM47sSikHjJf3UFHKkNAWbWMiGj7Wf5uMash7SyYq527Hqck2AxYysAA7xmALppuCkwQ",
     "xprv9wTYmMFdV23N2TdNG573QoEsfRrWKQgWeibmLntzniatZvR9BmLnvSxqu53Kw1UmYPxLgboyZQaXwTCg8MSY3H2EU4pWcQDnRnrVA1xe8fs"},
    {"000102030405060708090a0b0c0d0e0f", "m/0'/1/2'",
     "xpub6D4BDPcP2GT577Vvch3R8wDkScZWzQzMMUm3PWbmWvVJrZwQY4VUNgqFJPMM3No2dFDFGTsxxpG5uJh7n7epu4trkrX7x7DogT5Uv6fcLW5",
     "xprv9z4pot5VBttmtdRTWfWQmoH1taj2axGVzFqSb8C9xaxKymcFzXBDptWmT7FwuEzG3ryjH4ktypQSAewRiNMjANTtpgP4mLTj34bhnZX7UiM"},
    {"000102030405060708090a0b0c0d0e0f", "m/0'/1/2'/2",
     "xpub6FHa3pjLCk84BayeJxFW2SP4XRrFd1JYnxeLeU8EqN3vDfZmbqBqaGJAyiLjTAwm6ZLRQUMv1ZACTj37sR62cfN7fe5JnJ7dh8zL4fiyLHV",
     "xprvA2JDeKCSNNZky6uBCviVfJSKyQ1mDYahRjijr5idH2WwLsEd4Hsb2Tyh8RfQMuPh7f7RtyzTtdrbdqqsunu5Mm3wDvUAKRHSC34sJ7in334"},
    {"000102030405060708090a0b0c0d0e0f", "m/0'/1/2'/2/1000000000",
     "xpub6H1LXWLaKsWFhvm6RVpEL9P4KfRZSW7abD2ttkWP3SSQvnyA8FSVqNTEcYFgJS2UaFcxupHiYkro49S8yGasTvXEYBVPamhGW6cFJodrTHy",
     "xprvA41z7zogVVwxVSgdKUHDy1SKmdb533PjDz7J6N6mV6uS3ze1ai8FHa8kmHScGpWmj4WggLyQjgPie1rFSruoUihUZREPSL39UNdE3BBDu76"},
    {"fffcf9f6f3f0edeae7e4e1dedbd8d5d2cfccc9c6c3c0bdbab7b4b1aeaba8a5a29f9c999693908d8a8784817e7b7875726f6c696663605d5a5"
     "754514e4b484542",
     "m",
     "xpub661MyMwAqRbcFW31YEwpkMuc5THy2PSt5bDMsktWQcFF8syAmRUapSCGu8ED9W6oDMSgv6Zz8idoc4a6mr8BDzTJY47LJhkJ8UB7WEGuduB",
     "xprv9s21ZrQH143K31xYSDQpPDxsXRTUcvj2iNHm5NUtrGiGG5e2DtALGdso3pGz6ssrdK4PFmM8NSpSBHNqPqm55Qn3LqFtT2emdEXVYsCzC2U"},
    {"fffcf9f6f3f0edeae7e4e1dedbd8d5d2cfccc9c6c3c0bdbab7b4b1aeaba8a5a29f9c999693908d8a8784817e7b7875726f6c696663605d5a5"
     "754514e4b484542",
     "m/0",
     "xpub69H7F5d8KSRgmmdJg2KhpAK8SR3DjMwAdkxj3ZuxV27CprR9LgpeyGmXUbC6wb7ERfvrnKZjXoUmmDznezpbZb7ap6r1D3tgFxHmwMkQTPH",
     "xprv9vHkqa6EV4sPZHYqZznhT2NPtPCjKuDKGY38FBWLvgaDx45zo9WQRUT3dKYnjwih2yJD9mkrocEZXo1ex8G81dwSM1fwqWpWkeS3v86pgKt"},
    {"fffcf9f6f3f0edeae7e4e1dedbd8d5d2cfccc9c6c3c0bdbab7b4b1aeaba8a5a29f9c999693908d8a8784817e7b7875726f6c696663605d5a5"
     "754514e4b484542",
     "m/0/2147483647'",
     "xpub6ASAVgeehLbnwdqV6UKMHVzgqAG8Gr6riv3Fxxpj8ksbH9ebxaEyBLZ85ySDhKiLDBrQSARLq1uNRts8RuJiHjaDMBU4Zn9h8LZNnBC5y4a",
     "xprv9wSp6B7kry3Vj9m1zSnLvN3xH8RdsPP1Mh7fAaR7aRLcQMKTR2vidYEeEg2mUCTAwCd6vnxVrcjfy2kRgVsFawNzmjuHc2YmYRmagcEPdU9"},
    {"fffcf9f6f3f0edeae7e4e1dedbd8d5d2cfccc9c6c3c0bdbab7b4b1aeaba8a5a29f9c999693908d8a8784817e7b7875726f6c696663605d5a5"
     "754514e4b484542",
     "m/0/2147483647'/1",
     "xpub6DF8uhdarytz3FWdA8TvFSvvAh8dP3283MY7p2V4SeE2wyWmG5mg5EwVvmdMVCQcoNJxGoWaU9DCWh89LojfZ537wTfunKau47EL2dhHKon",
     "xprv9zFnWC6h2cLgpmSA46vutJzBcfJ8yaJGg8cX1e5StJh45BBciYTRXSd25UEPVuesF9yog62tGAQtHjXajPPdbRCHuWS6T8XA2ECKADdw4Ef"},
    {"fffcf9f6f3f0edeae7e4e1dedbd8d5d2cfccc9c6c3c0bdbab7b4b1aeaba8a5a29f9c999693908d8a8784817e7b7875726f6c696663605d5a5"
     "754514e4b484542",
     "m/0/2147483647'/1/2147483646'",
     "xpub6ERApfZwUNrhLCkDtcHTcxd75RbzS1ed54G1LkBUHQVHQKqhMkhgbmJbZRkrgZw4koxb5JaHWkY4ALHY2grBGRjaDMzQLcgJvLJuZZvRcEL",
     "xprvA1RpRA33e1JQ7ifknakTFpgNXPmW2YvmhqLQYMmrj4xJXXWYpDPS3xz7iAxn8L39njGVyuoseXzU6rcxFLJ8HFsTjSyQbLYnMpCqE2VbFWc"},
    {"fffcf9f6f3f0edeae7e4e1dedbd8d5d2cfccc9c6c3c0bdbab7b4b1aeaba8a5a29f9c999693908d8a8784817e7b7875726f6c696663605d5a5"
     "754514e4b484542",
     "m/0/2147483647'/1/2147483646'/2",
     "xpub6FnCn6nSzZAw5Tw7cgR9bi15UV96gLZhjDstkXXxvCLsUXBGXPdSnLFbdpq8p9HmGsApME5hQTZ3emM2rnY5agb9rXpVGyy3bdW6EEgAtqt",
     "xprvA2nrNbFZABcdryreWet9Ea4LvTJcGsqrMzxHx98MMrotbir7yrKCEXw7nadnHM8Dq38EGfSh6dqA9QWTyefMLEcBYJUuekgW4BYPJcr9E7j"},
    {"4b381541583be4423346c643850da4b320e46a87ae3d2a4e6da11eba819cd4acba45d239319ac14f863b8d5ab5a0d0c64d2e8a1e7d1457df2"
     "e5a3c51c73235be",
     "m",
     "xpub661MyMwAqRbcEZVB4dScxMAdx6d4nFc9nvyvH3v4gJL378CSRZiYmhRoP7mBy6gSPSCYk6SzXPTf3ND1cZAceL7SfJ1Z3GC8vBgp2epUt13",
     "xprv9s21ZrQH143K25QhxbucbDDuQ4naNntJRi4KUfWT7xo4EKsHt2QJDu7KXp1A3u7Bi1j8ph3EGsZ9Xvz9dGuVrtHHs7pXeTzjuxBrCmmhgC6"},
    {"4b381541583be4423346c643850da4b320e46a87ae3d2a4e6da11eba819cd4acba45d239319ac14f863b8d5ab5a0d0c64d2e8a1e7d1457df2"
     "e5a3c51c73235be",
     "m/0'",
     "xpub68NZiKmJWnxxS6aaHmn81bvJeTESw724CRDs6HbuccFQN9Ku14VQrADWgqbhhTHBaohPX4CjNLf9fq9MYo6oDaPPLPxSb7gwQN3ih19Zm4Y",
     "xprv9uPDJpEQgRQfDcW7BkF7eTya6RPxXeJCqCJGHuCJ4GiRVLzkTXBAJMu2qaMWPrS7AANYqdq6vcBcBUdJCVVFceUvJFjaPdGZ2y9WACViL4L"},
    {"3ddd5602285899a946114506157c7997e5444528f3003f6134712147db19b678", "m",
     "xpub661MyMwAqRbcGczjuMoRm6dXaLDEhW1u34gKenbeYqAix21mdUKJyuyu5F1rzYGVxyL6tmgBUAEPrEz92mBXjByMRiJdba9wpnN37RLLAXa",
     "xprv9s21ZrQH143K48vGoLGRPxgo2JNkJ3J3fqkirQC2zVdk5Dgd5w14S7fRDyHH4dWNHUgkvsvNDCkvAwcSHNAQwhwgNMgZhLtQC63zxwhQmRv"},
    {"3ddd5602285899a946114506157c7997e5444528f3003f6134712147db19b678", "m/0'",
     "xpub69AUMk3qDBi3uW1sXgjCmVjJ2G6WQoYSnNHyzkmdCHEhSZ4tBok37xfFEqHd2AddP56Tqp4o56AePAgCjYdvpW2PU2jbUPFKsav5ut6Ch1m",
     "xprv9vB7xEWwNp9kh1wQRfCCQMnZUEG21LpbR9NPCNN1dwhiZkjjeGRnaALmPXCX7SgjFTiCTT6bXes17boXtjq3xLpcDjzEuGLQBM5ohqkao9G"},
    {"3ddd5602285899a946114506157c7997e5444528f3003f6134712147db19b678", "m/0'/1'",
     "xpub6BJA1jSqiukeaesWfxe6sNK9CCGaujFFSJLomWHprUL9DePQ4JDkM5d88n49sMGJxrhpjazuXYWdMf17C9T5XnxkopaeS7jGk1GyyVziaMt",
     "xprv9xJocDuwtYCMNAo3Zw76WENQeAS6WGXQ55RCy7tDJ8oALr4FWkuVoHJeHVAcAqiZLE7Je3vZJHxspZdFHfnBEjHqU5hG1Jaj32dVoS6XLT1"},
};

/* BIP 32, test vector 5: texts that must be refused. */
static const struct {
    const char *text;
    enum btc_keychain_error error;
} BAD_TEXTS[] = {
    {"xpub661MyMwAqRbcEYS8w7XLSVeEsBXy79zSzH1J8vCdxAZningWLdN3zgtU6LBpB85b3D2yc8sfvZU521AAwdZafEz7mnzBBsz4wKY5fTtTQBm",
     BTC_KEYCHAIN_KEY},
    {"xprv9s21ZrQH143K24Mfq5zL5MhWK9hUhhGbd45hLXo2Pq2oqzMMo63oStZzFGTQQD3dC4H2D5GBj7vWvSQaaBv5cxi9gafk7NF3pnBju6dwKvH",
     BTC_KEYCHAIN_KEY},
    {"xpub661MyMwAqRbcEYS8w7XLSVeEsBXy79zSzH1J8vCdxAZningWLdN3zgtU6Txnt3siSujt9RCVYsx4qHZGc62TG4McvMGcAUjeuwZdduYEvFn",
     BTC_KEYCHAIN_KEY},
    {"xprv9s21ZrQH143K24Mfq5zL5MhWK9hUhhGbd45hLXo2Pq2oqzMMo63oStZzFGpWnsj83BHtEy5Zt8CcDr1UiRXuWCmTQLxEK9vbz5gPstX92JQ",
     BTC_KEYCHAIN_KEY},
    {"xpub661MyMwAqRbcEYS8w7XLSVeEsBXy79zSzH1J8vCdxAZningWLdN3zgtU6N8ZMMXctdiCjxTNq964yKkwrkBJJwpzZS4HS2fxvyYUA4q2Xe4",
     BTC_KEYCHAIN_KEY},
    {"xprv9s21ZrQH143K24Mfq5zL5MhWK9hUhhGbd45hLXo2Pq2oqzMMo63oStZzFAzHGBP2UuGCqWLTAPLcMtD9y5gkZ6Eq3Rjuahrv17fEQ3Qen6J",
     BTC_KEYCHAIN_KEY},
    {"xprv9s2SPatNQ9Vc6GTbVMFPFo7jsaZySyzk7L8n2uqKXJen3KUmvQNTuLh3fhZMBoG3G4ZW1N2kZuHEPY53qmbZzCHshoQnNf4GvELZfqTUrcv",
     BTC_KEYCHAIN_MASTER},
    {"xpub661no6RGEX3uJkY4bNnPcw4URcQTrSibUZ4NqJEw5eBkv7ovTwgiT91XX27VbEXGENhYRCf7hyEbWrR3FewATdCEebj6znwMfQkhRYHRLpJ",
     BTC_KEYCHAIN_MASTER},
    {"xprv9s21ZrQH4r4TsiLvyLXqM9P7k1K3EYhA1kkD6xuquB5i39AU8KF42acDyL3qsDbU9NmZn6MsGSUYZEsuoePmjzsB3eFKSUEh3Gu1N3cqVUN",
     BTC_KEYCHAIN_MASTER},
    {"xpub661MyMwAuDcm6CRQ5N4qiHKrJ39Xe1R1NyfouMKTTWcguwVcfrZJaNvhpebzGerh7gucBvzEQWRugZDuDXjNDRmXzSZe4c7mnTK97pTvGS8",
     BTC_KEYCHAIN_MASTER},
    {"DMwo58pR1QLEFihHiXPVykYB6fJmsTeHvyTp7hRThAtCX8CvYzgPcn8XnmdfHGMQzT7ayAmfo4z3gY5KfbrZWZ6St24UVf2Qgo6oujFktLHdHY4",
     BTC_KEYCHAIN_VERSION},
    {"DMwo58pR1QLEFihHiXPVykYB6fJmsTeHvyTp7hRThAtCX8CvYzgPcn8XnmdfHPmHJiEDXkTiJTVV9rHEBUem2mwVbbNfvT2MTcAqj3nesx8uBf9",
     BTC_KEYCHAIN_VERSION},
    {"xprv9s21ZrQH143K24Mfq5zL5MhWK9hUhhGbd45hLXo2Pq2oqzMMo63oStZzF93Y5wvzdUayhgkkFoicQZcP3y52uPPxFnfoLZB21Teqt1VvEHx",
     BTC_KEYCHAIN_KEY},
    {"xprv9s21ZrQH143K24Mfq5zL5MhWK9hUhhGbd45hLXo2Pq2oqzMMo63oStZzFAzHGBP2UuGCqWLTAPLcMtD5SDKr24z3aiUvKr9bJpdrcLg1y3G",
     BTC_KEYCHAIN_KEY},
    {"xpub661MyMwAqRbcEYS8w7XLSVeEsBXy79zSzH1J8vCdxAZningWLdN3zgtU6Q5JXayek4PRsn35jii4veMimro1xefsM58PgBMrvdYre8QyULY",
     BTC_KEYCHAIN_KEY},
    {"xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHL",
     BTC_KEYCHAIN_TEXT_INVALID},
};

static struct btc_curve curve;

static int set_up(void **state)
{
    (void)state;
    btc_curve_init(&curve);
    return 0;
}

static struct btc_bytes text_bytes(const char *text)
{
    return btc_bytes(text, strlen(text));
}

static struct btc_keychain master_of(const char *seed_text)
{
    uint8_t seed[64];
    struct btc_keychain master;
    size_t length = hex_read(seed, sizeof seed, seed_text);
    assert_true(btc_keychain_init(&master, &curve, btc_bytes(seed, length)));
    return master;
}

static struct btc_keychain at_path(const struct btc_keychain *from, const char *text)
{
    struct btc_keychain_path path;
    struct btc_keychain result;
    assert_true(btc_keychain_path_read(&path, text_bytes(text)));
    assert_true(btc_keychain_descend(&result, &curve, from, &path));
    return result;
}

static void assert_texts(const struct btc_keychain *keychain, const char *private_text, const char *public_text)
{
    char text[BTC_KEYCHAIN_TEXT];
    struct btc_keychain public_half;
    btc_keychain_write(text, BTC_MAINNET, keychain);
    assert_string_equal(text, private_text);
    btc_keychain_neuter(&public_half, keychain);
    btc_keychain_write(text, BTC_MAINNET, &public_half);
    assert_string_equal(text, public_text);
}

static void vectors_1_to_4_come_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof VECTORS / sizeof *VECTORS; i++) {
        struct btc_keychain master = master_of(VECTORS[i].seed), found = at_path(&master, VECTORS[i].path), read;
        assert_texts(&found, VECTORS[i].private_text, VECTORS[i].public_text);
        assert_int_equal(btc_keychain_read(&read, &curve, BTC_MAINNET, text_bytes(VECTORS[i].private_text)),
                         BTC_KEYCHAIN_OK);
        assert_memory_equal(&read, &found, sizeof read);
        assert_int_equal(btc_keychain_read(&read, &curve, BTC_MAINNET, text_bytes(VECTORS[i].public_text)),
                         BTC_KEYCHAIN_OK);
        btc_keychain_neuter(&found, &found);
        assert_memory_equal(&read, &found, sizeof read);
        assert_int_equal(btc_keychain_read(&read, &curve, BTC_REGTEST, text_bytes(VECTORS[i].public_text)),
                         BTC_KEYCHAIN_VERSION);
    }
}

static void vector_5_is_refused_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof BAD_TEXTS / sizeof *BAD_TEXTS; i++) {
        struct btc_keychain keychain;
        assert_int_equal(btc_keychain_read(&keychain, &curve, BTC_MAINNET, text_bytes(BAD_TEXTS[i].text)),
                         BAD_TEXTS[i].error);
    }
}

static void a_text_of_another_length_is_refused_by_name(void **state)
{
    (void)state;
    uint8_t bytes[90] = {0};
    char text[BTC_MAX_BASE58_TEXT];
    size_t length;
    assert_true(btc_base58check_read(bytes, sizeof bytes, &length, text_bytes(VECTORS[0].private_text)));
    assert_int_equal(length, BTC_KEYCHAIN_BYTES);
    for (size_t other = 4; other < sizeof bytes; other++) {
        struct btc_keychain keychain;
        btc_base58check_write(text, btc_bytes(bytes, other));
        enum btc_keychain_error error = btc_keychain_read(&keychain, &curve, BTC_MAINNET, text_bytes(text));
        if (other <= BTC_KEYCHAIN_BYTES)
            assert_int_equal(error, other < BTC_KEYCHAIN_BYTES ? BTC_KEYCHAIN_LENGTH : BTC_KEYCHAIN_OK);
        else
            assert_int_not_equal(error, BTC_KEYCHAIN_OK); /* no room even for reading the text */
    }
}

static void public_parents_make_the_public_halves_of_their_children(void **state)
{
    (void)state;
    struct btc_keychain master = master_of(VECTORS[0].seed), account = at_path(&master, "m/0'/1"), public_account;
    btc_keychain_neuter(&public_account, &account);
    for (uint32_t index = 0; index < 5; index++) {
        struct btc_keychain from_private, from_public;
        assert_true(btc_keychain_derive(&from_private, &curve, &account, index * 1000003));
        assert_true(btc_keychain_derive(&from_public, &curve, &public_account, index * 1000003));
        btc_keychain_neuter(&from_private, &from_private);
        assert_memory_equal(&from_private, &from_public, sizeof from_public);
    }
    struct btc_keychain none;
    assert_false(btc_keychain_derive(&none, &curve, &public_account, BTC_HARDENED));
    account.depth = 255;
    assert_false(btc_keychain_derive(&none, &curve, &account, 0));
}

static void paths_are_read_or_refused(void **state)
{
    (void)state;
    struct btc_keychain_path path;
    assert_true(btc_keychain_path_read(&path, text_bytes("m")) && path.count == 0);
    assert_true(btc_keychain_path_read(&path, text_bytes("m/84'/0h/2147483647H/1/0")));
    static const uint32_t INDICES[] = {84 | BTC_HARDENED, BTC_HARDENED, 0xffffffff, 1, 0};
    assert_int_equal(path.count, 5);
    assert_memory_equal(path.indices, INDICES, sizeof INDICES);
    static const char *const BAD[] = {"",
                                      "n",
                                      "m/",
                                      "m//1",
                                      "m/x",
                                      "m/2147483648",
                                      "m/1''",
                                      "m1",
                                      "m/1/",
                                      "m/99999999999999999999999",
                                      "m/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0"};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        assert_false(btc_keychain_path_read(&path, text_bytes(BAD[i])));
}

static void bip_84_addresses_come_out(void **state)
{
    (void)state;
    /* The seed of "abandon abandon ... about" without a passphrase. */
    struct btc_keychain master = master_of("5eb00bbddcf069084889a8ab9155568165f5c453ccb85e70811aaed6f6da5fc1"
                                           "9a5ac40b389cd370d086206dec8aa6c43daea6690f20ad3d8d48b2d2ce9e38e4");
    static const struct {
        const char *path, *wif, *address;
    } CASES[] = {
        {"m/84'/0'/0'/0/0", "KyZpNDKnfs94vbrwhJneDi77V6jF64PWPF8x5cdJb8ifgg2DUc9d",
         "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu"},
        {"m/84'/0'/0'/0/1", "Kxpf5b8p3qX56DKEe5NqWbNUP9MnqoRFzZwHRtsFqhzuvUJsYZCy",
         "bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g"},
        {"m/84'/0'/0'/1/0", "KxuoxufJL5csa1Wieb2kp29VNdn92Us8CoaUG3aGtPtcF3AzeXvF",
         "bc1q8c6fshw2dlwun7ekn9qwf37cu2rn755upcp6el"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct btc_keychain found = at_path(&master, CASES[i].path);
        struct btc_private_key key = {.is_compressed = true};
        uint8_t identifier[20], script[BTC_P2WPKH_BYTES];
        char text[BTC_MAX_ADDRESS_TEXT], wif[BTC_WIF_TEXT];
        btc_keychain_identifier(identifier, &found);
        btc_script_p2wpkh(script, identifier);
        btc_address_write(text, BTC_MAINNET, btc_bytes(script, sizeof script));
        assert_string_equal(text, CASES[i].address);
        memcpy(key.secret, found.secret, 32);
        btc_wif_write(wif, BTC_MAINNET, &key);
        assert_string_equal(wif, CASES[i].wif);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_1_to_4_come_out),
        cmocka_unit_test(vector_5_is_refused_by_name),
        cmocka_unit_test(a_text_of_another_length_is_refused_by_name),
        cmocka_unit_test(public_parents_make_the_public_halves_of_their_children),
        cmocka_unit_test(paths_are_read_or_refused),
        cmocka_unit_test(bip_84_addresses_come_out),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
