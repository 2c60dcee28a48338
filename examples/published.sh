#!/usr/bin/env bash
# The runs behind docs/results.md, on real MNIST: prints a line for each run, with the figures that count.
#
#   bash examples/published.sh [names…]      (about half an hour for all; needs build/release)
set -euo pipefail
cd "$(dirname "$0")/.."
out=${HOURGLASS_OUT:-out/published}

figure() { sed -n "s/^  \"$1\": \(.*[^,]\),*$/\1/p" "$2/metrics.json"; }

# run NAME SEEDS "figures" program flags…
run() {
  local name=$1 seeds=$2 figures=$3
  shift 3
  if [ ${#only[@]} -gt 0 ] && [[ " ${only[*]} " != *" $name "* ]]; then return; fi
  for seed in $seeds; do
    local folder=$out/$name/$seed status=0 line
    "build/release/examples/$1" --data mnist --seed "$seed" --out "$folder" "${@:2}" >"$out.log" 2>&1 &&
      bash tests/examples/reached.sh "$1" "$folder" || status=$?
    line="$name seed=$seed"
    for f in $figures seconds_per_epoch; do line+=" $f=$(figure "$f" "$folder")"; done
    echo "$line status=$status"
  done
}

only=("$@")
mkdir -p "$out"
run basic "1 2 3" test_mse_per_pixel 10_basic_autoencoder --batch 32 --epochs 7
run deep "1 2 3" test_mse_per_pixel 10_basic_autoencoder --hidden 512,256 --latent 32 --loss bce --batch 128 --epochs 8
run l1 "1 2 3" "test_mse_per_pixel active_fraction" 12_sparse_autoencoder --penalty l1
run topk "1 2 3" "test_mse_per_pixel active_fraction" 12_sparse_autoencoder --penalty topk
run kl "1 2 3" "test_mse_per_pixel mean_activity" 12_sparse_autoencoder --penalty kl
run vae "1 2 3" "test_negative_elbo_nats test_kl_nats test_log_likelihood_nats" 13_variational_autoencoder
run conv1 "1 2 3" test_bce_per_pixel 14_convolutional_autoencoder --epochs 1
run conv10 "1 2 3" test_bce_per_pixel 14_convolutional_autoencoder --epochs 10
run denoising "1 2 3" "test_bce_per_pixel noisy_mse_per_pixel" 11_denoising_autoencoder --epochs 15
run conv_vae "1 2 3" "test_negative_elbo_nats test_kl_nats" 13_variational_autoencoder --architecture conv --latent 2
run conv50 1 test_bce_per_pixel 14_convolutional_autoencoder --epochs 50
one="auc auc_mean_row auc_pca auc_nearest_neighbours scores_sha256"
run one_class "1 2 3 4 5" "$one" 23_one_class --normal 0
run one_class3 "1 2 3 4 5" "$one" 23_one_class --normal 0,1,2
run one_class7 "1 2 3 4 5" "$one" 23_one_class --normal 0,1,2,3,4,5,6
