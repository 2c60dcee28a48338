#pragma once

#include <hourglass/nn/module.h>
#include <hourglass/tensor/base/function.h>

#include <concepts>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Layers that make one tensor of several.
///
///     const Variable y = nn::Add()({a, b});
///
/// Extents of 1 are broadcast. Each throws ShapeError, with all shapes, for tensors of different ranks or
/// batch sizes and for extents that do not fit; DataError for too few or too many tensors.
namespace hourglass::nn {

/// What they have in common.
class Merge : public MultiLayer {
 public:
  std::vector<Variable> call(const std::vector<Variable>& x) final;
  using Layer::operator();
  Variable operator()(const std::vector<Variable>& x) { return MultiLayer::operator()(x).front(); }

 protected:
  Merge() = default;
  Merge(Merge&&) noexcept = default;
  Merge(const Merge&) = default;
  Merge& operator=(Merge&&) = default;
  /// The formula, for at least two tensors.
  virtual Variable merge(const std::vector<Variable>& x) = 0;
  /// Throws ShapeError unless ranks and batch sizes are equal and extents fit, or one is 1; of `but_axis`, if
  /// it is given, any will do.
  void expect_alike(const std::vector<Variable>& x, int but_axis = 0) const;
  /// Throws DataError unless there are two.
  void expect_two(const std::vector<Variable>& x) const;
};

/// x₁ + x₂ + …
class Add final : public Merge {
  Variable merge(const std::vector<Variable>& x) override;
};
/// a − b, of two.
class Subtract final : public Merge {
  Variable merge(const std::vector<Variable>& x) override;
};
/// x₁ · x₂ · …, element by element.
class Multiply final : public Merge {
  Variable merge(const std::vector<Variable>& x) override;
};
/// (x₁ + … + xₙ) / n.
class Average final : public Merge {
  Variable merge(const std::vector<Variable>& x) override;
};
/// The largest of each element.
class Maximum final : public Merge {
  Variable merge(const std::vector<Variable>& x) override;
};
/// The smallest of each element.
class Minimum final : public Merge {
  Variable merge(const std::vector<Variable>& x) override;
};

/// One after the other along an axis, the last by default:  (N, a), (N, b) -> (N, a + b).
/// The batch axis, 0, throws DataError.
class Concatenate final : public Merge {
 public:
  explicit Concatenate(int axis = -1);
  [[nodiscard]] std::string details() const override;  // "axis 1"; nothing for the last

  struct Config {
    int axis = -1;
    template <class V>
    friend void visit(Config& c, V&& v) {
      v("axis", c.axis);
    }
  };
  [[nodiscard]] Config config() const { return {axis_}; }
  static Concatenate from_config(const Config& c) { return Concatenate(c.axis); }

 private:
  Variable merge(const std::vector<Variable>& x) override;
  int axis_;
};

struct DotOptions {
  bool normalize = false;  // to length 1 first: cosines
};
template <class V>
void visit(DotOptions& o, V&& v) {
  v("normalize", o.normalize);
}

/// Products of rows, Keras's Dot with axes = 1 or (2, 2):  Σ_f a[n,f] b[n,f], (N, F), (N, F) -> (N, 1), and
/// Σ_f a[n,i,f] b[n,j,f], (N, I, F), (N, J, F) -> (N, I, J). Of two; no extents are broadcast.
class Dot final : public Merge {
 public:
  explicit Dot(const DotOptions& options = {}) : options_(options) {}
  [[nodiscard]] std::string details() const override;  // "normalized" if so

  using Config = DotOptions;
  [[nodiscard]] const Config& config() const { return options_; }

 private:
  Variable merge(const std::vector<Variable>& x) override;
  DotOptions options_;
};

/// A function of several tensors, with a name; what stands for one in nn::merge().
class MergeFunction {
 public:
  using Function = SharedFunction<Variable(const std::vector<Variable>&)>;

  MergeFunction() = default;
  /// f takes two, three or four Variables, or a vector of them.
  template <class F>
  MergeFunction(std::string name, F f) : name_(std::move(name)) {
    using V = const Variable&;
    if constexpr (std::is_invocable_r_v<Variable, const F&, V, V>) {
      set(2, [f = std::move(f)](const std::vector<Variable>& x) { return f(x[0], x[1]); });
    } else if constexpr (std::is_invocable_r_v<Variable, const F&, V, V, V>) {
      set(3, [f = std::move(f)](const std::vector<Variable>& x) { return f(x[0], x[1], x[2]); });
    } else if constexpr (std::is_invocable_r_v<Variable, const F&, V, V, V, V>) {
      set(4, [f = std::move(f)](const std::vector<Variable>& x) { return f(x[0], x[1], x[2], x[3]); });
    } else {
      static_assert(std::is_invocable_r_v<Variable, const F&, const std::vector<Variable>&>,
                    "merge: a function takes two to four const Variable&, or one const "
                    "std::vector<Variable>&, and gives a Variable");
      set(0, std::move(f));
    }
  }

  [[nodiscard]] const std::string& name() const { return name_; }
  /// How many tensors it takes; 0 for any number.
  [[nodiscard]] std::size_t arity() const { return arity_; }
  [[nodiscard]] Variable operator()(const std::vector<Variable>& x) const { return function_(x); }

  /// The name; throws DataError unless it is registered.
  friend std::string to_text(const MergeFunction& f);
  /// Throws DataError for a name that is not registered.
  friend void from_text(std::string_view text, MergeFunction& f);

 private:
  void set(std::size_t arity, Function f) {
    arity_ = arity;
    function_ = std::move(f);
  }
  std::string name_;
  Function function_;
  std::size_t arity_ = 0;
};

/// Makes a function known by its name, by which model files can hold it:
///     nn::register_merge({"gate", [](const Variable& x, const Variable& g) { return x * sigmoid(g); }});
/// Throws DataError for a name that is taken.
void register_merge(const MergeFunction& f);
/// Throws DataError for a name that is not known, and lists those that are.
[[nodiscard]] MergeFunction merge_named(std::string_view name);

/// A function as a merge layer. Throws DataError for another number of tensors than it takes.
class LambdaMerge final : public Merge {
 public:
  explicit LambdaMerge(MergeFunction f) : f_(std::move(f)) {}
  [[nodiscard]] std::string details() const override { return f_.name(); }
  [[nodiscard]] const MergeFunction& function() const { return f_; }

  struct Config {
    MergeFunction function{};
    template <class V>
    friend void visit(Config& c, V&& v) {
      v("function", c.function);
    }
  };
  [[nodiscard]] Config config() const { return {f_}; }
  static LambdaMerge from_config(const Config& c) { return LambdaMerge(c.function); }

 private:
  Variable merge(const std::vector<Variable>& x) override;
  MergeFunction f_;
};

}  // namespace hourglass::nn
