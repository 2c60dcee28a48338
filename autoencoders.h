#pragma once

/// Everything of autoencoders/: autoencoders.

#include <hourglass/autoencoders/architectures.h>
#include <hourglass/autoencoders/autoencoder.h>
#include <hourglass/autoencoders/basic.h>
#include <hourglass/autoencoders/beta_tc.h>
#include <hourglass/autoencoders/categorical.h>
#include <hourglass/autoencoders/conditional.h>
#include <hourglass/autoencoders/convolutional.h>
#include <hourglass/autoencoders/convolutional_1d.h>
#include <hourglass/autoencoders/corruption.h>
#include <hourglass/autoencoders/denoising.h>
#include <hourglass/autoencoders/dip.h>
#include <hourglass/autoencoders/evaluation.h>
#include <hourglass/autoencoders/flow_posterior.h>
#include <hourglass/autoencoders/flows.h>
#include <hourglass/autoencoders/gaussian_kind.h>
#include <hourglass/autoencoders/generative.h>
#include <hourglass/autoencoders/hyperspherical.h>
#include <hourglass/autoencoders/importance_weighted.h>
#include <hourglass/autoencoders/kl_schedule.h>
#include <hourglass/autoencoders/ladder.h>
#include <hourglass/autoencoders/latent_kind.h>
#include <hourglass/autoencoders/likelihood.h>
#include <hourglass/autoencoders/pictures.h>
#include <hourglass/autoencoders/plots.h>
#include <hourglass/autoencoders/reconstruction_pictures.h>
#include <hourglass/autoencoders/recurrent.h>
#include <hourglass/autoencoders/recurrent_variational.h>
#include <hourglass/autoencoders/sparse.h>
#include <hourglass/autoencoders/steps.h>
#include <hourglass/autoencoders/tabular.h>
#include <hourglass/autoencoders/vamp_prior.h>
#include <hourglass/autoencoders/variational.h>
