#include <hourglass/tensor/base/error.h>
#include <hourglass/training/callbacks/monitor.h>

namespace hourglass::training {

double Monitor::cost(const char* callback, const EpochRecord& record) const {
  if (const auto value = record.find(name)) return maximize ? -*value : *value;
  std::string known = "loss";
  if (record.val_loss) known += ", val_loss";
  for (const auto& figure : record.extra) known.append(", ").append(figure.first);
  throw DataError("{}: watches \"{}\", but the epoch has only {}; {}", callback, name, known,
                  name == "val_loss" ? "give FitOptions::validation, or watch {.name = \"loss\"}"
                                     : "put it into extra first");
}

}  // namespace hourglass::training
