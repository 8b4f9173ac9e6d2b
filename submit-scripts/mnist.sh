#!/bin/sh
# Trains on real MNIST and prints the table of spark-jobs/RESULTS.md:
#
#   submit-scripts/mnist.sh DIR [OUT]
#
# DIR holds the four official IDX files, plain or gzipped; the runs go to OUT, data/mnist-runs where
# it is not given.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
root=$(dirname -- "$here")
data=${1:?usage: mnist.sh DIR [OUT]}
out=${2:-$root/data/mnist-runs}

# The last value of a number or a string in a run's status.json.
value() {
  sed -n "s/.*\"$2\"[[:space:]]*:[[:space:]]*\"\{0,1\}\([^\",}]*\).*/\1/p" "$out/$1/status.json" | tail -1
}

for run in mnist-mlp mnist-lenet; do
  # A complete run is not repeated, not even with --overwrite, and would measure nothing.
  rm -rf "${out:?}/$run"
  start=$(date +%s)
  "$here/submit.sh" train --config "$root/conf/$run.yaml" --set "data.root=$data" \
    --output "$out/$run" >&2
  echo $(($(date +%s) - start)) > "$out/$run.seconds"
done

echo "| run | epochs | steps | test_accuracy | test_loss | examples/s | seconds | weights_sha256 |"
echo "|---|---|---|---|---|---|---|---|"
for run in mnist-mlp mnist-lenet; do
  printf '| `conf/%s.yaml` | %s | %s | %s | %s | %s | %s | `%.16s…` |\n' "$run" \
    "$(value $run epochs)" "$(value $run steps)" "$(value $run test_accuracy)" \
    "$(value $run test_loss)" "$(value $run examples_per_second)" "$(cat "$out/$run.seconds")" \
    "$(value $run weights_sha256)"
done
