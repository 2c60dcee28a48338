#include <hourglass/files/internal/builder.h>
#include <hourglass/files/internal/keras/weights.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/views.h>

#include <cstring>
#include <map>
#include <set>

namespace hourglass::files::keras {

namespace {

using hdf5::DataSet;

// Where the layers of a network lie below `base`, named by their types: "dense", "dense_1", ...
std::vector<std::string> layer_paths(const Network& network, const std::string& base) {
  std::vector<std::string> out;
  std::map<std::string, int> used;
  for (const Layer& layer : network.layers) {
    const std::string name = to_snake_case(layer.type);
    const int n = used[name]++;
    std::string& path = out.emplace_back(base);
    path.append("layers/").append(name);
    if (n > 0) path.append("_").append(std::to_string(n));
  }
  return out;
}

std::string joined(const std::string& group, const std::string& name) {
  return std::string(group).append("/").append(name);
}

bool has_cell(const Layer& layer) { return layer.type == "LSTM" || layer.type == "GRU"; }
std::string cell_name(const Layer& layer) { return to_snake_case(layer.type) + "_cell"; }

class Writer {
 public:
  hdf5::FileImage write(const Network& network, const std::string& model_config) {
    write_layers(network, "", network.name);
    if (!model_config.empty()) write_legacy(network, model_config);
    return file_.finish();
  }

 private:
  void write_vars(const std::string& base, const std::string& name, const std::vector<Weight>& weights) {
    const std::string vars = base + "vars";
    file_.group(vars);
    file_.attribute(vars, "name", name);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const std::string path = vars + "/" + std::to_string(i);
      file_.tensor(path, weights[i].value());
      paths_[&weights[i]] = "/" + path;
    }
  }

  void write_layers(const Network& network, const std::string& base, const std::string& name) {
    write_vars(base, name, {});
    file_.group(base + "layers");
    const std::vector<std::string> paths = layer_paths(network, base);
    for (std::size_t i = 0; i < paths.size(); ++i) {
      const Layer& layer = network.layers[i];
      const std::string inside = paths[i] + "/";
      file_.group(paths[i]);
      if (layer.inside) {
        write_layers(*layer.inside, inside, layer.name);
      } else if (has_cell(layer)) {
        write_vars(inside, layer.name, {});
        file_.group(inside + "cell");
        write_vars(inside + "cell/", cell_name(layer), layer.weights);
      } else {
        write_vars(inside, layer.name, layer.weights);
      }
    }
  }

  void write_legacy(const Network& network, const std::string& model_config) {
    file_.long_attribute("/", "backend", "tensorflow");
    file_.long_attribute("/", "keras_version", kKerasVersion);
    file_.long_attribute("/", "model_config", model_config);
    const std::string group = "model_weights";
    file_.group(group);
    file_.long_attribute(group, "backend", "tensorflow");
    file_.long_attribute(group, "keras_version", kKerasVersion);
    std::vector<std::string> names;
    for (const Layer& layer : network.layers) {
      names.push_back(layer.name);
      write_legacy_layer(layer, group + "/" + layer.name);
    }
    write_list(group, "layer_names", names);
    file_.group(group + "/top_level_model_weights");
    write_list(group + "/top_level_model_weights", "weight_names", {});
  }

  struct Named {
    std::string name;
    const Weight* weight;
  };
  // As Keras lists them: trainable ones first, those of a nested model by its layers' names.
  static void append(const Layer& layer, bool trainable, std::vector<Named>& out) {
    if (layer.inside) {
      for (const Layer& inner : layer.inside->layers) append(inner, trainable, out);
    }
    std::string prefix = layer.name;
    if (has_cell(layer)) prefix.append("/").append(cell_name(layer));
    prefix += '/';
    for (const Weight& w : layer.weights) {
      if ((w.is_trainable() && layer.trainable) == trainable) out.push_back({prefix + w.name + ":0", &w});
    }
  }

  void write_legacy_layer(const Layer& layer, const std::string& group) {
    file_.group(group);
    std::vector<Named> weights;
    append(layer, true, weights), append(layer, false, weights);
    std::set<std::string> made;
    std::vector<std::string> names;
    for (const Named& w : weights) {
      for (std::size_t slash = w.name.find('/'); slash != std::string::npos;
           slash = w.name.find('/', slash + 1)) {
        const std::string inner = group + "/" + w.name.substr(0, slash);
        if (made.insert(inner).second) file_.group(inner);
      }
      file_.link(group + "/" + w.name, paths_.at(w.weight));
      names.push_back(w.name);
    }
    write_list(group, "weight_names", names);
  }

  // In pieces, layer_names0, layer_names1, where an object's header would be too small for all.
  void write_list(const std::string& group, const std::string& name, const std::vector<std::string>& texts) {
    constexpr std::size_t kMost = 64512;
    std::size_t longest = 1;
    for (const std::string& t : texts) longest = std::max(longest, t.size());
    const std::size_t at_once = kMost / longest;
    if (texts.size() <= at_once) return file_.list_attribute(group, name, texts);
    for (std::size_t begin = 0, i = 0; begin < texts.size(); begin += at_once, ++i) {
      const auto from = texts.begin() + static_cast<std::ptrdiff_t>(begin);
      const auto count = static_cast<std::ptrdiff_t>(std::min(at_once, texts.size() - begin));
      file_.list_attribute(group, name + std::to_string(i), {from, from + count});
    }
  }

  hdf5::Builder file_;
  std::map<const Weight*, std::string> paths_;
};

}  // namespace

hdf5::FileImage weights_image(const Network& network, const std::string& model_config) {
  return Writer().write(network, model_config);
}

namespace {

struct Given {
  const Weight* weight;
  std::string name;  // where it lies in the file
  DataSet values;
};

class Reader {
 public:
  explicit Reader(hdf5::Tree& file) : file_(file) {}

  std::vector<Given> read(const Network& network) {
    if (file_.has("layers") || file_.has(kOld)) {
      read_layers(network, "");
    } else {
      read_legacy(network, file_.has("model_weights") ? "model_weights" : "");
    }
    if (!wrong_.empty())
      throw FileError("load: {} does not fit the model; nothing was changed:{}", file_.path(), wrong_);
    return std::move(given_);
  }

 private:
  static constexpr const char* kOld = "_layer_checkpoint_dependencies";

  // The path, or the one that Keras 2.12 had in its place.
  [[nodiscard]] std::string found(const std::string& path) {
    if (file_.has(path) || !file_.has(kOld)) return path;
    std::string old = path;
    for (std::size_t at = old.find("layers/"); at != std::string::npos; at = old.find("layers/", at)) {
      old.replace(at, 6, kOld);
      at += std::strlen(kOld);
    }
    return old;
  }

  void read_layers(const Network& network, const std::string& base) {
    const std::vector<std::string> paths = layer_paths(network, base);
    std::set<std::string> expected;
    for (std::size_t i = 0; i < paths.size(); ++i) {
      const Layer& layer = network.layers[i];
      expected.insert(paths[i].substr(paths[i].rfind('/') + 1));
      if (layer.inside) {
        read_layers(*layer.inside, paths[i] + "/");
      } else {
        read_vars(layer.weights, found(paths[i] + (has_cell(layer) ? "/cell/vars" : "/vars")));
      }
    }
    const std::string group = base + "layers";
    for (const std::string& name : file_.names(group)) {
      const std::string path = joined(group, name);
      const bool has_weights = !file_.names(path + "/vars").empty() || file_.has(path + "/layers");
      if (!expected.count(name) && has_weights) wrong_ += "\n  unexpected: " + path;
    }
  }

  void read_vars(const std::vector<Weight>& weights, const std::string& vars) {
    const std::size_t there = file_.names(vars).size();
    if (there != weights.size()) {
      wrong_ += "\n  " + vars + " has " + std::to_string(there) + " arrays, expected " +
                std::to_string(weights.size());
      return;
    }
    for (std::size_t i = 0; i < weights.size(); ++i) read_one(weights[i], vars + "/" + std::to_string(i));
  }

  void read_one(const Weight& weight, const std::string& path) {
    given_.push_back({&weight, path, file_.data_set(path)});
    const DataSet& set = given_.back().values;
    if (!set.bytes.empty() && !used_.insert(set.bytes.data()).second)
      wrong_ += "\n  used twice: " + path + " is another name of a data set that was read";
    const Shape& own = weight.ours().shape();
    const Shape shape = weight.transposed ? Shape{own[1], own[0]} : own;
    const DType dtype = weight.ours().dtype();
    if (set.shape == shape && set.dtype == dtype) return;
    wrong_ += "\n  of another form: " + path + " is " + set.shape.str() + " " + std::string(name(set.dtype)) +
              ", expected " + shape.str() + " " + std::string(name(dtype));
  }

  [[nodiscard]] std::vector<std::string> list(const std::string& group, const std::string& name) {
    if (auto whole = file_.texts(group, name)) return *whole;
    std::vector<std::string> out;
    constexpr int kMostPieces = 1000;
    for (int i = 0; i < kMostPieces; ++i) {
      const auto piece = file_.texts(group, name + std::to_string(i));
      if (!piece) break;
      out.insert(out.end(), piece->begin(), piece->end());
    }
    return out;
  }

  // Layers and weights in their order, as Keras does: names may differ.
  void read_legacy(const Network& network, const std::string& group) {
    std::vector<std::string> names;
    for (const std::string& name : list(group, "layer_names")) {
      if (!list(joined(group, name), "weight_names").empty()) names.push_back(name);
    }
    std::size_t next = 0;
    for (const Layer& layer : network.layers) {
      const std::vector<const Weight*> weights = ordered(layer);
      if (weights.empty()) continue;
      if (next == names.size()) {
        wrong_ += "\n  missing: weights of " + layer.type + " \"" + layer.name + "\"";
        continue;
      }
      read_legacy_layer(weights, group + "/" + names[next++]);
    }
    for (; next < names.size(); ++next) wrong_ += "\n  unexpected: " + names[next];
  }

  [[nodiscard]] static std::vector<const Weight*> ordered(const Layer& layer) {
    if (layer.inside) return weights_of(*layer.inside);
    std::vector<const Weight*> out;
    for (const Weight& w : layer.weights) out.push_back(&w);
    return out;
  }

  void read_legacy_layer(const std::vector<const Weight*>& weights, const std::string& group) {
    const std::vector<std::string> names = list(group, "weight_names");
    if (names.size() != weights.size()) {
      wrong_ += "\n  " + group + " has " + std::to_string(names.size()) + " arrays, expected " +
                std::to_string(weights.size());
      return;
    }
    for (std::size_t i = 0; i < names.size(); ++i) read_one(*weights[i], group + "/" + names[i]);
  }

  hdf5::Tree& file_;
  std::vector<Given> given_;
  std::set<const std::byte*> used_;  // data sets: one for each weight, so that a file is not read many times
  std::string wrong_;
};

bool same_bits(const Tensor& a, const Tensor& b) {
  const Tensor x = a.contiguous(), y = b.contiguous();
  return visit(x.dtype(), [&]<class T>() {
    return std::memcmp(x.data<T>(), y.data<T>(), static_cast<std::size_t>(x.size()) * sizeof(T)) == 0;
  });
}

}  // namespace

void load_weights(hdf5::Tree& file, const Network& network) {
  struct Value {
    const Weight* weight;
    Tensor ours;
  };
  std::vector<Value> values;
  std::map<const void*, const Tensor*> seen;  // of parameters that are in several layers
  const std::vector<Given> given = Reader(file).read(network);
  values.reserve(given.size());
  for (const Given& g : given) {
    const Tensor value = g.values.tensor();
    values.push_back({g.weight, g.weight->transposed ? transpose(value).contiguous() : value});
    const auto* const parameter = std::get_if<Variable*>(&g.weight->place);
    if (!parameter) continue;
    const auto [first, is_new] = seen.emplace((*parameter)->node().get(), &values.back().ours);
    if (!is_new && !same_bits(*first->second, values.back().ours)) {
      throw FileError(
          "load: {} gives \"{}\" other values than the layer that it is tied to; nothing was changed; untie "
          "the layers (give one another kernel) to load both",
          file.path(), g.name);
    }
  }
  for (const Value& value : values) {
    if (auto* const* const parameter = std::get_if<Variable*>(&value.weight->place)) {
      (*parameter)->set_value(value.ours);
    } else {
      *std::get<Tensor*>(value.weight->place) = value.ours;
    }
  }
}

}  // namespace hourglass::files::keras
