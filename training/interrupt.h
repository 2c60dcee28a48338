#pragma once

namespace hourglass::training {

/// While one lives, the first SIGINT (Ctrl-C) or SIGTERM is only noted, so that work can end in order; a
/// second one ends the process as if there were no handler.
///
/// A signal for which the program has a handler of its own, or which it ignores, is left alone. Several may
/// live at once, nested or on several threads: a signal is noted by all. When the last one goes, the signals
/// do again what they did before.
class NoteSignals {
 public:
  /// Does nothing at all if not `on`.
  explicit NoteSignals(bool on = true);
  ~NoteSignals();
  NoteSignals(const NoteSignals&) = delete;
  NoteSignals& operator=(const NoteSignals&) = delete;

  /// Whether one has come since this was made.
  [[nodiscard]] bool noted() const;

 private:
  bool on_;
  int before_ = 0;
};

}  // namespace hourglass::training
