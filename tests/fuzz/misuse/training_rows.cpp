#include "draw.h"

// Losses, optimizers, data and fit.
namespace hourglass::fuzz {

namespace {

std::pair<Variable, Variable> alike(Draw& d) {
  const Variable p = d.once_in(3) ? d.any<Variable>() : d.variable(d.of({d.extent(), d.extent()}));
  return {p, d.like(p)};
}
nn::Reduction reduction(Draw& d) {
  return d.one_of({nn::Reduction::mean, nn::Reduction::sum, nn::Reduction::batch_mean, nn::Reduction::none});
}
LogVarianceRange range(Draw& d) {
  return d.once_in(3) ? LogVarianceRange{d.number(), d.number()} : LogVarianceRange{};
}

const std::vector<Row> kLossRows{
    {"mean_squared_error",
     [](Draw& d) {
       const auto [p, t] = alike(d);
       d.use(nn::mean_squared_error(p, t, {.reduction = reduction(d)}));
     }},
    {"mean_absolute_error",
     [](Draw& d) {
       const auto [p, t] = alike(d);
       d.use(nn::mean_absolute_error(p, t, {.reduction = reduction(d)}));
     }},
    {"huber",
     [](Draw& d) {
       const auto [p, t] = alike(d);
       d.use(nn::huber(p, t, {.delta = d.number(), .reduction = reduction(d)}));
     }},
    {"binary_crossentropy",
     [](Draw& d) {
       const auto [p, t] = alike(d);
       d.use(nn::binary_crossentropy(p, t, {.from_logits = d.flag(), .reduction = reduction(d)}));
     }},
    {"categorical_crossentropy",
     [](Draw& d) {
       const auto [p, t] = alike(d);
       d.use(nn::categorical_crossentropy(p, t, {.from_logits = d.flag(), .reduction = reduction(d)}));
     }},
    {"sparse_categorical_crossentropy",
     [](Draw& d) {
       const std::int64_t rows = d.extent();
       const Variable p = d.variable(d.of({rows, 4}));
       const Tensor labels = d.once_in(3) ? d.indices(4) : d.of({rows}).to(int64);
       d.use(nn::sparse_categorical_crossentropy(p, labels,
                                                 {.from_logits = d.flag(), .reduction = reduction(d)}));
     }},
    {"kl_divergence",
     [](Draw& d) {
       const auto [p, t] = alike(d);
       d.use(nn::kl_divergence(p, t));
     }},
    {"kl_to_standard_normal",
     [](Draw& d) {
       const auto [m, v] = alike(d);
       d.use(nn::kl_to_standard_normal(m, v, {.range = range(d)}));
     }},
    {"kl_normal",
     [](Draw& d) {
       const auto [m, v] = alike(d);
       const Variable a = d.like(m), b = d.like(m);
       d.use(nn::kl_normal(m, v, a, b, {.range = range(d)}));
     }},
    {"kl_bernoulli",
     [](Draw& d) {
       const double p = d.number();
       d.use(nn::kl_bernoulli(p, d.any<Variable>()));
     }},
};

optim::Clipping clipping(Draw& d) {
  optim::Clipping c;
  if (d.once_in(3)) c.clipvalue = d.number();
  if (d.once_in(3)) c.clipnorm = d.number();
  if (d.once_in(3)) c.global_clipnorm = d.number();
  return c;
}

optim::LearningRate rate(Draw& d) {
  switch (d.axis()) {
    case 0:
      return optim::StepDecay{d.number(), d.size(), d.number()};
    case 1:
      return optim::ExponentialDecay{d.number(), d.size(), d.number(), d.flag()};
    case 2:
      return optim::CosineDecay{d.number(), d.size(), d.number()};
    case 3:
      return optim::WarmUp{d.size(), d.number()};
    default:
      return d.once_in(2) ? 0.01 : d.number();
  }
}

// Some steps on some parameters, which may change under way.
void exercise(Draw& d, optim::Optimizer& optimizer) {
  std::vector<NamedParameter> parameters{{"w", Variable::parameter(d.of({3, 2}))}};
  if (d.flag()) parameters.push_back({d.once_in(6) ? "w" : "b", d.variable(d.of({2}))});
  for (int step = 0; step < 3; ++step) {
    const Variable loss = sum(square(matmul(d.variable(d.of({4, 3})), parameters.front().variable)));
    if (d.flag()) {
      backward(loss);
      if (d.once_in(8)) parameters.front().variable.set_gradient(d.any<Variable>());
      optimizer.step(parameters);
    } else {
      optimizer.minimize(loss, parameters);
    }
    if (d.once_in(4)) optimizer.set_learning_rate(d.number());
    d.use(optimizer.learning_rate());
    if (d.once_in(6)) parameters.front().variable = Variable::parameter(d.tensor());
    if (d.once_in(6)) {
      std::vector<NamedTensor> state = optimizer.state();
      for (NamedTensor& part : state) {
        if (d.once_in(3)) part.value = d.like(part.value);
        if (d.once_in(9)) part.name += "x";
      }
      optimizer.set_state(state);
    }
  }
}

std::vector<NamedParameter> with_gradient(Draw& d) {
  std::vector<NamedParameter> parameters{{"a", d.any<Variable>()}, {"b", d.any<Variable>()}};
  for (NamedParameter& p : parameters) {
    if (d.flag()) p.variable.set_gradient(d.like(p.variable));
  }
  return parameters;
}

const std::vector<Row> kOptimRows{
    {"SGD",
     [](Draw& d) {
       optim::SGD o(
           {.learning_rate = rate(d), .momentum = d.number(), .nesterov = d.flag(), .clipping = clipping(d)});
       exercise(d, o);
     }},
    {"RMSprop",
     [](Draw& d) {
       optim::RMSprop o({.learning_rate = rate(d),
                         .rho = d.number(),
                         .momentum = d.number(),
                         .epsilon = d.number(),
                         .centered = d.flag()});
       exercise(d, o);
     }},
    {"Adagrad",
     [](Draw& d) {
       optim::Adagrad o(
           {.learning_rate = rate(d), .initial_accumulator_value = d.number(), .epsilon = d.number()});
       exercise(d, o);
     }},
    {"Adadelta",
     [](Draw& d) {
       optim::Adadelta o({.learning_rate = rate(d), .rho = d.number(), .epsilon = d.number()});
       exercise(d, o);
     }},
    {"Adam",
     [](Draw& d) {
       optim::Adam o({.learning_rate = rate(d), .amsgrad = d.flag(), .clipping = clipping(d)});
       exercise(d, o);
     }},
    {"Adam, odd options",
     [](Draw& d) {
       optim::Adam o(
           {.learning_rate = rate(d), .beta_1 = d.number(), .beta_2 = d.number(), .epsilon = d.number()});
       exercise(d, o);
     }},
    {"AdamW",
     [](Draw& d) {
       optim::AdamW o({.learning_rate = rate(d), .weight_decay = d.number(), .amsgrad = d.flag()});
       exercise(d, o);
     }},
    {"LearningRate::at",
     [](Draw& d) {
       const optim::LearningRate r = rate(d);
       d.use(r.at(d.size()));
     }},
    {"ReduceOnPlateau",
     [](Draw& d) {
       const int patience = d.axis();
       optim::ReduceOnPlateau p({.factor = d.number(),
                                 .patience = patience,
                                 .min_delta = d.number(),
                                 .min_learning_rate = d.number()});
       for (int i = 0; i < 3; ++i) d.use(p.next(d.number(), d.number()));
     }},
    {"global_norm", [](Draw& d) { d.use(optim::global_norm(with_gradient(d))); }},
    {"clip_by_global_norm",
     [](Draw& d) {
       const auto p = with_gradient(d);
       d.use(optim::clip_by_global_norm(p, d.number()));
     }},
    {"clip_by_norm",
     [](Draw& d) {
       const auto p = with_gradient(d);
       optim::clip_by_norm(p, d.number());
     }},
    {"clip_by_value",
     [](Draw& d) {
       const auto p = with_gradient(d);
       optim::clip_by_value(p, d.number());
     }},
};

data::BatchOptions batch_options(Draw& d) {
  return {.batch_size = d.extent(4),
          .shuffle = d.flag(),
          .seed = static_cast<std::uint64_t>(d.size()),
          .drop_last = d.flag(),
          .flatten = d.flag()};
}

void exercise(Draw& d, const data::Batches& batches) {
  int most = 3;
  for (const data::Batch& batch : batches.epoch(d.size())) {
    d.use(batch.x), d.use(batch.y);
    if (--most == 0) break;
  }
}

data::Dataset dataset(Draw& d) {
  const std::int64_t n = d.extent(5);
  return {d.of({n, 3, 3}, uint8), d.of({n}, int64), d.flag() ? Tensor() : d.of({n, 2})};
}

const std::vector<Row> kDataRows{
    {"Batches",
     [](Draw& d) {
       const Tensor x = d.tensor();
       exercise(d, data::Batches(x, batch_options(d)));
     }},
    {"Batches with targets",
     [](Draw& d) {
       const Tensor x = d.of({5, 3, 2}), y = d.of({5, 1}, d.dtype());
       exercise(d, data::Batches(x, y, batch_options(d)));
     }},
    {"image_grid",
     [](Draw& d) {
       const Tensor images = d.of({d.extent(7), 3, 2}, d.flag() ? uint8 : float32);
       d.use(data::image_grid(images, {.columns = d.size(), .gap = d.size(), .scale = d.size()}));
     }},
    {"limited",
     [](Draw& d) {
       const data::Dataset all = dataset(d);
       d.use(data::limited(all, d.size()).images);
     }},
    {"split_off",
     [](Draw& d) {
       const data::Dataset all = dataset(d);
       d.use(data::split_off(all, d.number()).second.images);
     }},
    {"strokes",
     [](Draw& d) {
       if (!d.once_in(10)) return;  // slow: hundreds of strokes are drawn for each image
       d.use(data::strokes({.train = d.size(), .test = d.size()}).train.images);
     }},
};

training::Axis axis(Draw& d) {
  const std::string name = d.one_of({"a", "b", "c"});
  const std::int64_t points = d.size();
  switch (d.axis()) {
    case 0:
      return training::Axis::range(name, d.number(), d.number(), points);
    case 1:
      return training::Axis::log_range(name, d.number(), d.number(), points);
    case 2:
      return training::Axis::integers(name, d.size(), d.size(), points);
    case 3:
      return training::Axis::log_integers(name, d.size(), d.size(), points);
    default: {
      const training::Axis list =
          training::Axis::values(name, d.list(4, [&] { return OptionValue(d.size()); }));
      return d.flag() ? list : list.when("a", {d.size()});
    }
  }
}

const std::vector<Row> kFitRows{
    {"search",
     [](Draw& d) {
       const std::vector<training::Axis> axes = d.list(3, [&] { return axis(d); });
       const double scale = d.number();
       const auto run = [&](training::Trial& trial) -> training::Outcome {
         for (int epoch = 0; epoch < 3; ++epoch) trial.report(scale * static_cast<double>(trial.index() % 5));
         return scale * static_cast<double>(trial.index() % 3);
       };
       training::SearchOptions options{.trials = std::min<std::int64_t>(d.size(), 20), .batch = d.size()};
       options.method = d.one_of({training::SearchMethod::grid, training::SearchMethod::random,
                                  training::SearchMethod::tpe, training::SearchMethod::tpe});
       options.monitor.maximize = d.flag();
       options.parzen = {
           .startup = d.size(), .candidates = std::min<std::int64_t>(d.size(), 50), .good = d.number()};
       if (d.flag()) options.median = training::MedianRule{.first_epoch = d.size(), .least_trials = d.size()};
       options.verbose = training::Verbose::silent;
       const training::SearchResult found = training::search(axes, run, options);
       d.use(found.str() + found.table().str());
       d.use(static_cast<double>(found.best().index));
     }},
    {"fit",
     [](Draw& d) {
       nn::Sequential model{nn::Dense(4, 3, {.activation = tanh}),
                            nn::Dense(3, d.once_in(4) ? d.extent() : 4)};
       optim::SGD optimizer({.learning_rate = d.number()});
       const data::Batches train(d.of({6, 4}), batch_options(d)), validation(d.of({3, 4}), batch_options(d));
       const auto loss = [&](const data::Batch& b) { return nn::mean_squared_error(model(b.x), b.x); };
       const std::int64_t epochs = std::min<std::int64_t>(d.size(), 2), first = d.once_in(4) ? d.size() : 0;
       const training::History h = training::fit(model, optimizer, loss, train,
                                                 {.epochs = epochs,
                                                  .validation = d.flag() ? &validation : nullptr,
                                                  .verbose = training::Verbose::silent,
                                                  .initial_epoch = first});
       d.use(static_cast<double>(h.epochs.size()));
     }},
    {"evaluate",
     [](Draw& d) {
       nn::Dense model(4, 4);
       const data::Batches batches(d.of({6, 4}), batch_options(d));
       d.use(training::evaluate(
           model, [&](const data::Batch& b) { return nn::mean_squared_error(model(b.x), b.x); }, batches));
     }},
    {"EarlyStopping",
     [](Draw& d) {
       training::EarlyStoppingOptions options;
       options.patience = d.axis();
       options.min_delta = d.number();
       training::EarlyStopping(std::move(options));
     }},
    {"ReduceLROnPlateau",
     [](Draw& d) {
       training::ReduceLROnPlateau(
           {.plateau = {.factor = d.number(), .patience = d.axis(), .min_delta = d.number()}});
     }},
};

}  // namespace

std::vector<Row> training_rows() { return joined({kLossRows, kOptimRows, kDataRows, kFitRows}); }

}  // namespace hourglass::fuzz
