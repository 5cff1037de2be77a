# konsento.R: reads results of konsento: one file, to be sourced from your own script. Needs rhdf5 (Debian: r-bioc-rhdf5).
# SPDX-License-Identifier: GPL-3.0-or-later
#
#   source("konsento.R")
#   study <- konsento_open("runs/house-1a2b3c4d")          # a folder, or a results.h5
#   konsento_metrics(study)                                # data frame: config, parameters, replication, one column per metric
#   konsento_summary(study, "time_to_power.p95")           # mean and 95 % interval of each configuration
#   konsento_paired(study, "fee.share", list(rail = "card"), list(rail = "lightning"))
#   konsento_load(study, list(rail = "card"))              # matrix: time x replication
#   konsento_events(study, "session")                      # data frame of an event table

konsento_open <- function(path) {
    if (dir.exists(path)) path <- file.path(path, "results.h5")
    listed <- rhdf5::h5ls(path, recursive = 2)
    names_in <- function(group) listed$name[listed$group == group]
    read <- function(name) rhdf5::h5read(path, name)
    params <- as.data.frame(lapply(stats::setNames(nm = names_in("/params")), function(name)
        as.vector(read(paste0("params/", name)))), check.names = FALSE, stringsAsFactors = FALSE)
    # R reverses axes: (rep, config)
    flag <- function(name) t(read(paste0("replications/", name))) == 1
    list(path = path, params = params, names = names_in("/metrics"), tables = names_in("/events"),
         series = names_in("/series"), replications = as.vector(read("rep")), done = flag("done"), failed = flag("failed"),
         exact = flag("deterministic"))
}

konsento_configs <- function(study, where = list()) {
    chosen <- rep(TRUE, nrow(study$params))
    for (name in names(where)) {
        if (!name %in% names(study$params)) stop("there is no parameter '", name, "'")
        chosen <- chosen & as.character(study$params[[name]]) == as.character(where[[name]])
    }
    which(chosen)
}

konsento_one <- function(study, where) {
    found <- konsento_configs(study, where)
    if (length(found) != 1) stop(length(found), " configurations, not one")
    found
}

# Matrix config x replication; NA where it was not run, failed, or has no value.
konsento_values <- function(study, metric) {
    if (!metric %in% study$names) stop("there is no metric '", metric, "'")
    values <- t(rhdf5::h5read(study$path, paste0("metrics/", metric)))
    values[!study$done | study$failed | is.nan(values)] <- NA
    values
}

konsento_metrics <- function(study, names = study$names) {
    at <- which(study$done, arr.ind = TRUE)
    at <- at[order(at[, 1], at[, 2]), , drop = FALSE]
    frame <- cbind(config = at[, 1] - 1, study$params[at[, 1], , drop = FALSE],
                   replication = study$replications[at[, 2]], failed = study$failed[at])
    for (name in names) frame[[name]] <- t(rhdf5::h5read(study$path, paste0("metrics/", name)))[at]
    rownames(frame) <- NULL
    frame
}

konsento_estimate <- function(values, exact, level) {
    values <- values[!is.na(values)]
    n <- length(values)
    half <- if (n == 0) NA else if (exact) 0 else if (n < 2) NA else stats::qt(0.5 + level / 2, n - 1) * stats::sd(values) / sqrt(n)
    mean <- if (n == 0) NA else base::mean(values)
    data.frame(mean = mean, low = mean - half, high = mean + half, n = n)
}

konsento_summary <- function(study, metric, level = 0.95) {
    values <- konsento_values(study, metric)
    lines <- lapply(seq_len(nrow(values)), function(config) {
        done <- study$done[config, ]
        konsento_estimate(values[config, ], any(done) && all(study$exact[config, done]), level)
    })
    cbind(study$params, do.call(rbind, lines))
}

# b - a over replications that both have: they met the same worlds.
konsento_paired <- function(study, metric, a, b, level = 0.95) {
    values <- konsento_values(study, metric)
    konsento_estimate(values[konsento_one(study, b), ] - values[konsento_one(study, a), ], FALSE, level)
}

konsento_load <- function(study, where = list()) {
    if (length(study$series) == 0) stop("there is no load series")
    config <- konsento_one(study, where)
    load <- rhdf5::h5read(study$path, paste0("series/", study$series[1]))[, , config]
    load <- load[, study$done[config, ], drop = FALSE]
    dimnames(load) <- list(time = as.vector(rhdf5::h5read(study$path, "time")), replication = study$replications[study$done[config, ]])
    load
}

konsento_events <- function(study, table) {
    if (!table %in% study$tables) stop("there is no event table '", table, "'")
    as.data.frame(rhdf5::h5read(study$path, paste0("events/", table), bit64conversion = "double"))
}
