#!/usr/bin/env bash
# Mistakes that the compiler finds are told in one line that can be read: the first error of each program says
# what is wrong and what to write.
set -euo pipefail
compiler=$1 include=$2
status=0

# says TEXT CODE: the first error of a program with this code in main() has the text; it takes at most 12
# lines.
says() {
  local out
  out=$(printf '%s\n' '#include <hourglass/nn.h>' '#include <set>' '#include <unordered_map>' 'using namespace hourglass;' \
    "$3" "int main() { $2 }" | "$compiler" -std=c++20 -fsyntax-only -fno-diagnostics-show-caret -I "$include" -x c++ - 2>&1) &&
    { echo "compiles, but should not: $2$3" && status=1 && return; }
  if ! grep -m1 'error' <<<"$out" | grep -qF "$1"; then
    echo "expected in the first error: $1"
    grep -m1 'error' <<<"$out"
    status=1
  fi
  local lines
  lines=$(wc -l <<<"$out")
  [ "$lines" -le 12 ] || { echo "$lines lines for: $2$3" && status=1; }
}

holder() { echo "struct M : nn::Module { $1 member; void visit(nn::Visitor& v) override { v(\"member\", member); } };"; }
visit='visit: names a Variable, a Tensor, a Module'
says "$visit" 'M m;' "$(holder 'std::set<int>')"
says "$visit" 'M m;' "$(holder 'std::unordered_map<std::string, nn::Dense>')"
says "$visit" 'M m;' "$(holder 'std::pair<Variable, Variable>')"
says "$visit" 'M m;' "$(holder 'double')"
says "$visit" 'M m;' "$(holder 'std::vector<int>')"
says "$visit" 'M m;' "$(holder 'const Variable')"
says 'a layer moves in, it is not copied; write std::move(layer)' 'nn::Dense d(2, 2); nn::Sequential s{d, nn::ReLU()};' ''
says 'a layer moves in, it is not copied; write std::move(layer)' 'nn::Dense d(2, 2); nn::Sequential s(d, nn::ReLU());' ''
says 'a layer moves in, it is not copied; write std::move(layer)' 'nn::Dense d(2, 2); nn::Sequential s; s.add(d);' ''
says 'a part is a layer (derived from nn::Layer) or a function' 'nn::Sequential s{nn::Dense(2, 2), 5};' ''
says 'a part is a layer (derived from nn::Layer) or a function' 'nn::Sequential s{[](int x) { return x; }, relu};' ''
says 'a part is a layer (derived from nn::Layer) or a function' 'nn::Sequential s{Pair()};' 'struct Pair : nn::Module {};'
says 'clone: behind a reference to a base class' 'nn::Sequential s; (void)nn::clone(s[0]);' ''
exit $status
