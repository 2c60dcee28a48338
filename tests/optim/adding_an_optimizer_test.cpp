// The optimizer of docs/adding_an_optimizer.md, as written there.

#include <hourglass/autograd.h>
#include <hourglass/optim.h>
#include <hourglass/tensor.h>

#include <gtest/gtest.h>

namespace hg = hourglass;

namespace {

struct LionOptions {
  hg::optim::LearningRate learning_rate = 1e-4;
  double beta_1 = 0.9, beta_2 = 0.99;
};
template <class V>
void visit(LionOptions& o, V&& v) {
  v("learning_rate", o.learning_rate), v("beta_1", o.beta_1), v("beta_2", o.beta_2);
}

class Lion final : public hg::optim::Optimizer {
 public:
  explicit Lion(const LionOptions& options = {}) : Optimizer("Lion", options, {"m"}), options_(options) {}
  const LionOptions& options() const { return options_; }

 private:
  bool update(const hg::optim::Piece<float>& p, double rate) const override { return formula(p, rate); }
  bool update(const hg::optim::Piece<double>& p, double rate) const override { return formula(p, rate); }
  template <class T>
  bool formula(const hg::optim::Piece<T>& p, double alpha) const {
    const T rate = T(alpha), b1 = T(options_.beta_1), b2 = T(options_.beta_2);
    return for_each_element(p, [=](T& w, T g, T& m) {
      const T c = b1 * m + (1 - b1) * g;
      w -= rate * static_cast<T>((c > 0) - (c < 0));
      m = b2 * m + (1 - b2) * g;
    });
  }
  LionOptions options_;
};

TEST(AddingAnOptimizer, LionFollowsItsFormula) {
  hg::Generator g(1);
  for (const hg::DType dtype : {hg::float32, hg::float64}) {
    const hg::Tensor start = hg::normal({400, 500}, 0.0, 1.0, g, dtype);
    const hg::Variable w = hg::Variable::parameter(start.clone());
    hg::Tensor expected = start.clone(), m = hg::zeros(start.shape(), dtype);
    Lion lion({.learning_rate = 0.01});
    const std::vector<hg::NamedParameter> parameters{{"w", w}};
    for (int i = 0; i < 5; ++i) {
      const hg::Tensor gradient = expected * expected * expected * 4.0;
      const hg::Tensor c = m * 0.9 + gradient * 0.1;
      expected = expected - hg::sign(c) * 0.01;
      m = m * 0.99 + gradient * 0.01;
      lion.minimize(hg::sum(hg::square(hg::square(w))), parameters);
    }
    // A mixture within rounding of 0 may have either sign.
    const hg::Tensor apart = hg::abs(w.value() - expected);
    EXPECT_LE(hg::mean(apart).item(), 1e-6);
    EXPECT_EQ(lion.state().size(), 3U);
  }
}

TEST(AddingAnOptimizer, LionIsKnownByItsName) {
  hg::optim::register_optimizer<Lion>("Lion");
  hg::optim::register_optimizer<Lion>("Lion");
  const auto lion = hg::optim::make("lion", {{"beta_2", 0.95}, {"learning_rate", 0.1}});
  EXPECT_EQ(dynamic_cast<const Lion&>(*lion).options().beta_2, 0.95);
  const std::string json = hg::optim::options_json(*lion);
  EXPECT_EQ(json, R"({"learning_rate":{"schedule":"constant","value":0.1},"beta_1":0.9,"beta_2":0.95})");
  EXPECT_EQ(hg::optim::options_json(*hg::optim::make_from_json("Lion", json, "test")), json);
  EXPECT_THROW(hg::optim::register_optimizer<Lion>("adam"), hg::DataError);
}

TEST(AddingAnOptimizer, LionTrainsLargeKernels) {
  hg::Generator g(2);
  const hg::Variable w = hg::Variable::parameter(hg::normal({400, 400}, 0.0, 0.1, g));
  const hg::Tensor x = hg::normal({32, 400}, 0.0, 1.0, g);
  const std::vector<hg::NamedParameter> parameters{{"w", w}};
  Lion lion({.learning_rate = 1e-3});
  const auto loss = [&] { return hg::mse(hg::affine(x, w, {}), x); };
  const double before = loss().item();
  for (int i = 0; i < 30; ++i) lion.minimize(loss(), parameters);
  EXPECT_LT(loss().item(), 0.7 * before);
}

}  // namespace
