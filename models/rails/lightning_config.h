/* lightning_config.h: the checked description of a Lightning rail.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Plain data as in models/config.h. Defaults and their sources stand in the schema.
 */
#ifndef KONSENTO_MODELS_RAILS_LIGHTNING_CONFIG_H
#define KONSENTO_MODELS_RAILS_LIGHTNING_CONFIG_H

#include "models/network/device.h"
#include "models/network/link_class.h"

#include <stddef.h>
#include <stdint.h>

/* Who has channels with whom. */
enum lightning_topology {
    LIGHTNING_DIRECT, /* each phone with the outlets that it uses */
    LIGHTNING_HUB,    /* each phone with the building operator's hub, the hub with each outlet */
    LIGHTNING_PUBLIC, /* phones and outlets with nodes of the public graph */
    LIGHTNING_TOPOLOGY_COUNT
};

/* PUBLIC: what is between the provider's node and the operator's (host/abroad.h). */
enum lightning_hops {
    LIGHTNING_HOPS_MODELED,
    LIGHTNING_HOPS_REAL /* nodes and channels of the host, made when a payment needs them first */
};

enum lightning_plan {
    LIGHTNING_PREPAID, /* a block of energy, paid before it flows; what is not used goes back */
    LIGHTNING_STREAM,  /* energy first, on credit, paid in small steps as it flows */
    LIGHTNING_DEPOSIT  /* a sum held in hold invoices, of which what was used is settled */
};

/* The same bytes and times with all of them; what differs is the work on this machine. */
enum lightning_crypto { LIGHTNING_CRYPTO_REAL, LIGHTNING_CRYPTO_MEMO, LIGHTNING_CRYPTO_TOKEN };

enum lightning_opener { LIGHTNING_OPENER_PHONE, LIGHTNING_OPENER_OPERATOR };
enum lightning_opened {
    LIGHTNING_OPENED_START, /* when the run begins: residents who have signed up */
    LIGHTNING_OPENED_VISIT  /* when it is needed first */
};
enum lightning_depth {
    LIGHTNING_DEPTH_CONFIRMED,
    LIGHTNING_DEPTH_ZERO /* the other side trusts the funding transaction */
};
enum lightning_type { LIGHTNING_TYPE_STATIC, LIGHTNING_TYPE_ANCHORS };

/* When a phone's channels cannot carry the next payment. */
enum lightning_top_up {
    LIGHTNING_TOP_UP_NONE,
    LIGHTNING_TOP_UP_ADD,   /* another channel beside the old ones */
    LIGHTNING_TOP_UP_REOPEN /* the old one is closed by agreement, and one is opened */
};

enum lightning_records {
    LIGHTNING_RECORDS_NONE, /* a node that loses power does not come back: nobody does */
    LIGHTNING_RECORDS_KEPT
};

/* Payers who mean harm (lightning_adversary.h). */
enum lightning_attack_method { LIGHTNING_ATTACK_REVOKED, LIGHTNING_ATTACK_JAM, LIGHTNING_ATTACK_GRIEF };

#define LIGHTNING_ATTACKS_MAX 4

struct lightning_attack {
    enum lightning_attack_method method;
    int64_t share_ppm; /* of payers */
    int64_t after_us;  /* REVOKED: between the state that is kept and its broadcast, at least */
    uint32_t parts;    /* JAM: at a time */
    int64_t part_msat; /* each */
    int64_t every_us;  /* one victim after the other */
};

struct lightning_config {
    enum lightning_topology topology;
    enum lightning_plan plan;
    enum lightning_crypto crypto;

    /* Plans. */
    int64_t block_uj;          /* PREPAID, DEPOSIT: energy of one payment; 0: as the controller's config says */
    int64_t quantum_uj;        /* STREAM: the same */
    int64_t credit_limit_msat; /* STREAM: value that may have flowed unpaid */
    uint32_t deposit_slices;   /* DEPOSIT: HTLCs that it is cut into, each half of the one before */
    uint32_t deposit_blocks;   /* DEPOSIT: that it may be held for */
    int64_t patience_us;       /* a payment that is neither made nor refused within so long has failed */
    int64_t fee_max_ppm;       /* of a payment, for forwarding; 10 sat are always allowed */

    /* Machines and links. */
    enum device_kind phone_device, outlet_device, hub_device;
    enum link_kind phone_link;  /* a phone to the internet */
    enum link_kind outlet_link; /* an outlet to the internet, or to the hub */
    int64_t linger_us;          /* a phone without anything to do stays connected so long */

    /* Channels of phones. */
    enum lightning_opener opener;
    enum lightning_opened opened;
    int64_t sign_up_us; /* OPENED_START: phones begin within so long, one after the other */
    enum lightning_depth depth;
    enum lightning_type type;
    uint32_t confirmations; /* that a funding needs, >= 1 */
    int64_t capacity_sat;
    int64_t push_sat; /* of the opener's, the other side's from the beginning; bought and sold outside */
    enum lightning_top_up top_up;
    int64_t life_us;  /* older ones are closed by agreement when nobody uses them; INT64_MAX: never */
    int64_t force_us; /* of silence, after which a channel is closed by force; INT64_MAX: never */
    uint32_t htlcs;   /* at a time, each way */

    /* The operator's. */
    int64_t hub_capacity_sat;       /* of each channel from the hub to an outlet */
    int64_t rebalance_above_ppm;    /* of a channel's capacity at the outlet: then it sends back to the hub */
    int64_t rebalance_to_ppm;       /* what it keeps then */
    int64_t fee_base_msat, fee_ppm; /* of the hub, for forwarding */

    /* Wallets. */
    uint32_t coins; /* of each phone at time 0 */
    int64_t coin_sat;
    uint32_t target_blocks; /* that fundings and closings aim at */
    enum lightning_records records;

    /* PUBLIC. */
    enum lightning_hops hops;
    const char *graph_path; /* NULL: a graph that is made up */
    int64_t traffic_us;     /* mean time between two fresh draws of a foreign channel's balance; 0: never */
    uint32_t provider_rank, operator_rank; /* nodes of the graph, by how many have more channels */

    struct lightning_attack attacks[LIGHTNING_ATTACKS_MAX];
    size_t attack_count;
};

#endif
