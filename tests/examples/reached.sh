#!/usr/bin/env bash
# Whether a run of an example reached what it is to reach, by the figures it left; says what it did not.
#
#     reached.sh PROGRAM FOLDER      FOLDER is the run's --out; status 1 if the result is worse
#
# "published" are the runs of docs/results.md: all of MNIST with the program's own flags. For other data and
# budgets the bounds are those that any network must reach that learns at all.
set -euo pipefail
program=$(basename "$1") metrics=$2/metrics.json status=0

figure() { sed -n "s/^  \"$1\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" "$metrics"; }
holds() { awk "BEGIN { exit !($1) }"; } # a formula of numbers
at_most() {                             # NAME BOUND WHY
  local value
  value=$(figure "$1")
  if [ -n "$value" ] && [ "$value" != null ] && holds "$value <= $2"; then return; fi
  echo "$program: $1 is ${value:-not there}; it was to be at most $2 ($3)" >&2
  status=1
}
is() { [ "$(figure "$1")" = "$2" ]; }

images=$(figure train_images) epochs=$(figure epochs) batch=$(figure batch)
epochs=${epochs:-0} # none after --load
steps=$((epochs * ((images + ${batch:-1} - 1) / ${batch:-1})))
trained() { [ "$steps" -ge "$1" ] && [ "$images" -ge "$2" ]; } # at least STEPS on at least IMAGES
published() {                                                 # with batches of BATCH, for at least EPOCHS
  is data mnist && [ "$images" = 60000 ] && is batch "$1" && is learning_rate 0.001 && [ "$epochs" -ge "$2" ]
}
mean_or_untrained() { # STEPS IMAGES: below the mean image once there was so much training
  if trained "$1" "$2"; then
    at_most test_mse_per_pixel "$(figure baseline_mean_mse_per_pixel)" "the mean image's"
  else
    at_most test_mse_per_pixel "$(figure untrained_mse_per_pixel)" "the untrained network's"
  fi
}

case $program in
  10_basic_autoencoder)
    after=(0 0.0093 0.0056 0.0048 0.0045 0.0043 0.0043 0.0041) # means of several seeds; one may lie 5% above
    if published 32 1 && is code_size 64 && is hidden_layers 0 && is loss_kind mse; then
      bound=${after[$((epochs < 7 ? epochs : 7))]}
      at_most test_mse_per_pixel "$(awk "BEGIN { print 1.05 * $bound }")" "published, after $epochs epochs"
    elif published 128 8 && is code_size 32 && is hidden_layers 2 && is loss_kind bce; then
      at_most test_mse_per_pixel 0.0071 published
    elif trained 10000 10000 && is batch 32 && is learning_rate 0.001 && [ "$(figure code_size)" -le 64 ]; then
      at_most test_mse_per_pixel "$(figure baseline_pca_mse_per_pixel)" "that of PCA"
    else
      mean_or_untrained 500 1000
    fi
    ;;
  11_denoising_autoencoder)
    if published 128 1 && is architecture conv && is noise gaussian && is strength 0.4; then
      at_most test_bce_per_pixel "$([ "$epochs" -ge 15 ] && echo 0.0872 || echo 0.0950)" "published, after $epochs epochs"
    elif trained 450 1000; then
      at_most noisy_mse_per_pixel "$(awk "BEGIN { print $(figure corrupted_mse_per_pixel) / 2 }")" "half of the corrupted images'"
    else
      at_most noisy_mse_per_pixel "$(figure untrained_mse_per_pixel)" "the untrained network's"
    fi
    ;;
  12_sparse_autoencoder)
    as_published=false
    if published 128 10 && is code_size 1024; then as_published=true; fi
    if is penalty topk; then
      kept=$(awk "BEGIN { printf \"%.6g\", $(figure strength) / $(figure code_size) }")
      if ! is active_fraction "$kept"; then echo "$program: not exactly $(figure strength) units are active" >&2 && status=1; fi
    fi
    if $as_published && is penalty l1 && is strength 0.1; then
      at_most test_mse_per_pixel 0.0035 published
      at_most active_fraction 0.125 published
    elif $as_published && is penalty topk && is strength 25; then
      at_most test_mse_per_pixel 0.0095 published
    else
      mean_or_untrained 450 1000
      if $as_published && is penalty kl && is strength 0.001; then
        at_most mean_activity 0.07 published
        if holds "$(figure mean_activity) < 0.03"; then echo "$program: the mean activity is below 0.03" >&2 && status=1; fi
      fi
    fi
    ;;
  13_variational_autoencoder)
    if published 128 10 && is beta 1 && is architecture dense && is code_size 20; then
      at_most test_negative_elbo_nats 106.0 published
    elif published 128 10 && is beta 1 && is architecture conv && is code_size 2; then
      at_most test_negative_elbo_nats 155.5 published
    else
      at_most test_loss "$(figure untrained_loss)" "the untrained network's"
    fi
    ;;
  14_convolutional_autoencoder)
    if published 128 1 && is architecture pooled; then
      at_most test_bce_per_pixel "$([ "$epochs" -ge 10 ] && echo 0.0652 || echo 0.0740)" "published, after $epochs epochs"
    else
      mean_or_untrained 150 1
    fi
    ;;
  15_write_your_own)
    if trained 150 1; then
      at_most noisy_mse_per_pixel "$(awk "BEGIN { print $(figure corrupted_mse_per_pixel) / 2 }")" "half of the noisy images'"
    else
      at_most noisy_mse_per_pixel "$(figure untrained_mse_per_pixel)" "the untrained network's"
    fi
    ;;
  32_importance_weighted)
    at_most test_loss "$(figure untrained_loss)" "the untrained network's"
    if published 20 121 && is stages 5 && is objective iwae; then # 2.5 nats above all eight stages
      case $(figure samples) in
        1) at_most test_negative_log_likelihood_nats 89.26 published ;;
        5) at_most test_negative_log_likelihood_nats 88.04 published ;;
        50) at_most test_negative_log_likelihood_nats 87.28 published ;;
      esac
    fi
    ;;
  35_conditional)
    at_most test_loss "$(figure untrained_loss)" "the untrained network's"
    least=0
    if published 128 20; then least=0.7; elif trained 600 2000; then least=0.3; fi
    if ! holds "$(figure asked_for_accuracy) >= $least"; then
      echo "$program: asked_for_accuracy is $(figure asked_for_accuracy); it was to be at least $least" >&2 && status=1
    fi
    ;;
  23_one_class) # published elsewhere for deep convolutional autoencoders: 0.9855, 0.9396, 0.7228
    bound=0.6
    if is data mnist && [ "$images" = 60000 ] && is learning_rate 0.001 && is code_size 16 && [ "$epochs" -ge 5 ]; then
      case $(figure normal) in 0) bound=0.985 ;; 0,1,2) bound=0.935 ;; 0,1,2,3,4,5,6) bound=0.72 ;; esac
    fi
    if ! holds "$(figure auc) >= $bound"; then
      echo "$program: auc is $(figure auc); it was to be at least $bound" >&2 && status=1
    fi
    ;;
  31_contractive)
    mean_or_untrained 500 1000
    if trained 150 1000; then at_most jacobian_norm "$(figure jacobian_norm_plain)" "the plain network's"; fi
    ;;
  33_vector_quantized)
    if trained 400 2000; then
      at_most test_mse_per_pixel "$(figure baseline_mean_mse_per_pixel)" "the mean image's"
      if holds "$(figure codes_used) < 8"; then echo "$program: fewer than 8 codes are used" >&2 && status=1; fi
    else
      at_most test_mse_per_pixel "$(figure untrained_mse_per_pixel)" "the untrained network's"
    fi
    ;;
  34_adversarial)
    at_most test_mse_per_pixel "$(figure untrained_mse_per_pixel)" "the untrained network's"
    if trained 400 2000 && ! is kind vae_gan; then
      at_most mmd_to_prior "$(figure untrained_mmd)" "that of the untrained network's codes"
    fi
    ;;
  *) echo "reached.sh knows no program $program" >&2 && exit 2 ;;
esac
exit $status
