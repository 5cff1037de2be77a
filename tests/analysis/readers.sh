#!/bin/sh
# readers.sh READER WRITE_SAMPLE SOURCE EXPLORER: opens a freshly written results.h5 with another program; EXPLORER is
# the folder to build that page in. Exit 77: not installed.
# SPDX-License-Identifier: GPL-3.0-or-later
set -eu
reader=$1 write_sample=$2 here=$3/tests/analysis

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$write_sample" "$folder/sample"
file=$folder/sample/results.h5

# The first Python that has the module: the distribution's own as well as the one in PATH.
python_with() {
    for python in python3 /usr/bin/python3; do
        if "$python" -c "import $1" 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    echo "skipped: no Python with $1" >&2
    exit 77
}

need() {
    command -v "$1" >/dev/null || { echo "skipped: no $1" >&2; exit 77; }
}

expect() {
    case $1 in
    *"$2"*) ;;
    *) printf '%s\n' "$1"; echo "missing: $2" >&2; exit 1 ;;
    esac
}

case $reader in
h5py | xarray | netCDF4 | tables | pandas)
    python=$(python_with "$reader") || exit $?
    "$python" "$here/readers.py" "$reader" "$folder/sample" ;;
standard)
    # what needs no module: the JSON, the CSV and the page
    need python3
    python3 "$here/readers.py" standard "$folder/sample" ;;
ncdump)
    need ncdump
    text=$(ncdump -v /metrics/energy.delivered_share,/params/rail "$file")
    expect "$text" 'config = 3 ;'
    expect "$text" 'rep = 10 ;'
    expect "$text" 'double energy.delivered_share(config, rep) ;'
    expect "$text" 'energy.delivered_share:units = "%" ;'
    expect "$text" '10, 11, 12, 13, 14, 15, 16, NaN, NaN, NaN,'
    expect "$text" 'rail = "cloud", "onchain0"'
    expect "$(ncdump -k "$folder/sample/results.nc")" '64-bit offset'
    expect "$(ncdump -v energy.delivered_share "$folder/sample/results.nc")" '10, 11, 12, 13, 14, 15, 16, NaN, NaN, NaN,' ;;
h5dump)
    need h5dump
    expect "$(h5dump -d /metrics/energy.delivered_share "$file")" '(2,0): 20, 21, 22'
    expect "$(h5dump -d /events/payment -c 1 "$file")" '"amount_msat"' ;;
octave)
    need octave-cli
    expect "$(octave-cli --no-gui --eval "s = load('$file'); disp(s.metrics.('energy.delivered_share')(2, 3))")" 21 ;;
R)
    need Rscript
    Rscript -e 'quit(status = if (requireNamespace("rhdf5", quietly = TRUE)) 0 else 77)' || exit $?
    expect "$(Rscript -e "x <- rhdf5::h5read('$file', 'metrics/energy.delivered_share'); cat(x[2, 3])")" 21
    expect "$(Rscript -e "source('$3/analysis/konsento.R'); s <- konsento_open('$folder/sample')
        cat(nrow(konsento_metrics(s)), konsento_values(s, 'energy.delivered_share')[3, 5],
            konsento_paired(s, 'energy.delivered_share', list(rail = 'cloud'), list(outlets = 1000))\$mean,
            dim(konsento_load(s, list(outlets = 8)))[1], nrow(konsento_events(s, 'payment')) > 0)")" '27 24 20 96 TRUE' ;;
explorer)
    # built by npm, once, in BUILD/explorer; looked at by headless Chromium
    need npm
    need "${CHROMIUM:-chromium}"
    mkdir -p "$4"
    for name in package.json package-lock.json build.mjs explorer.js page.html; do
        cp "$3/analysis/explorer/$name" "$4/"
    done
    if ! cmp -s "$4/package-lock.json" "$4/node_modules/.built-from"; then
        (cd "$4" && timeout 100 npm ci --no-audit --no-fund --fetch-retries=1 >npm.log 2>&1) ||
            { tail -n 5 "$4/npm.log" >&2; echo "skipped: npm could not fetch h5wasm and uPlot" >&2; exit 77; }
        cp "$4/package-lock.json" "$4/node_modules/.built-from"
    fi
    (cd "$4" && node build.mjs)
    python3 "$here/explorer_page.py" "$4/explorer.html" "$file" "$3" ;;
*)
    echo "readers.sh: unknown reader $reader" >&2
    exit 2 ;;
esac
