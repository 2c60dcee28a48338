#include <hourglass/training/interrupt.h>

#include <array>
#include <atomic>
#include <csignal>
#include <mutex>

namespace hourglass::training {

namespace {

struct Taken {
  int signal;
  struct sigaction before {};
  bool ours = false;
};

std::mutex mutex;  // guards the next two
int alive = 0;
std::array<Taken, 2> taken{Taken{SIGINT}, Taken{SIGTERM}};
std::atomic<int> received{0};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may use nothing else");

extern "C" void note_signal(int signal) {
  if (received.fetch_add(1) == 0) return;
  std::signal(signal, SIG_DFL);
  std::raise(signal);  // waits until this handler has returned
}

void take(Taken& t) {
  if (sigaction(t.signal, nullptr, &t.before) != 0 || (t.before.sa_flags & SA_SIGINFO) != 0) return;
  if (t.before.sa_handler != SIG_DFL) return;  // the program's own affair
  struct sigaction action {};
  action.sa_handler = note_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  t.ours = sigaction(t.signal, &action, nullptr) == 0;
}

void give_back(Taken& t) {
  struct sigaction now {};
  const bool still = t.ours && sigaction(t.signal, nullptr, &now) == 0 && now.sa_handler == note_signal;
  if (still) sigaction(t.signal, &t.before, nullptr);  // else someone else has put a handler there since
  t.ours = false;
}

}  // namespace

NoteSignals::NoteSignals(bool on) : on_(on) {
  if (!on_) return;
  const std::lock_guard lock(mutex);
  if (alive++ == 0) {
    received = 0;
    for (Taken& t : taken) take(t);
  }
  before_ = received;
}

NoteSignals::~NoteSignals() {
  if (!on_) return;
  const std::lock_guard lock(mutex);
  if (--alive == 0) {
    for (Taken& t : taken) give_back(t);
  }
}

bool NoteSignals::noted() const { return on_ && received != before_; }

}  // namespace hourglass::training
