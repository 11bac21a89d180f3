#include "guard.h"

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace xla {

// The module in MLIR's pretty form; its header wants MLIR's.
std::string PrintModule(mlir::ModuleOp module);

}  // namespace xla

namespace bering {
namespace {

// How many calls a program may have once all of them are inlined.
constexpr int64_t kMaxInlinedCalls = 1'000'000;

absl::Status CheckTarget(absl::string_view target, absl::string_view rest_of_line) {
  static constexpr absl::string_view kReserved[] = {"TopK", "SliceToDynamic", "PadToStatic"};
  bool reserved = absl::StartsWith(target, "__onednn$") || absl::StartsWith(target, "__cpu$");
  for (absl::string_view name : kReserved) reserved |= target == name;
  // These two are for everybody, but their attributes are taken for granted.
  if (target == "ragged_all_to_all") reserved |= !absl::StrContains(rest_of_line, "replica_groups");
  if (target == "xla.sdy.FuncResultSharding") reserved |= !absl::StrContains(rest_of_line, "frontend_attributes");
  if (!reserved) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("custom call target `", target, "` is reserved for XLA's own use, or lacks its attributes"));
}

struct Function {
  std::string name;
  std::vector<std::string> references;
};

// The functions of a printed module, with the symbols that their bodies mention.
class Scanner {
 public:
  explicit Scanner(absl::string_view text) : text_(text) {}

  absl::Status Run(std::vector<Function>& functions) {
    while (at_ < text_.size()) {
      if (text_[at_] == '"') {
        SkipString();
      } else if (text_[at_] == '@') {
        ABSL_RETURN_IF_ERROR(Symbol(functions));
      } else {
        ++at_;
      }
    }
    return absl::OkStatus();
  }

 private:
  void SkipString() {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    ++at_;
  }

  absl::string_view RestOfLine() const { return text_.substr(at_, text_.find('\n', at_) - at_); }

  // The word before position `end`, without the space between.
  absl::string_view WordBefore(size_t end) const {
    while (end != 0 && text_[end - 1] == ' ') --end;
    size_t begin = end;
    while (begin != 0 && !absl::ascii_isspace(text_[begin - 1])) --begin;
    return text_.substr(begin, end - begin);
  }

  // A symbol's name, with `at_` on its `@`; quotes are kept, they are the same everywhere.
  absl::string_view Name() {
    const size_t begin = at_++;
    if (at_ < text_.size() && text_[at_] == '"') {
      SkipString();
    } else {
      while (at_ < text_.size() && (absl::ascii_isalnum(text_[at_]) || absl::StrContains("_$.-", text_[at_]))) ++at_;
    }
    return text_.substr(begin, at_ - begin);
  }

  absl::Status Symbol(std::vector<Function>& functions) {
    absl::string_view before = WordBefore(at_);
    const absl::string_view name = Name();
    if (absl::EndsWith(before, "custom_call")) {
      absl::string_view target = name.substr(1);
      if (absl::StartsWith(target, "\"")) target = target.substr(1, target.size() - 2);
      return CheckTarget(target, RestOfLine());
    }
    if (before == "private" || before == "public" || before == "nested") {
      before = WordBefore(static_cast<size_t>(before.data() - text_.data()));
    }
    if (before == "func.func") {
      if (!absl::EndsWith(absl::StripTrailingAsciiWhitespace(RestOfLine()), "{")) {
        return absl::InvalidArgumentError(absl::StrCat("function `", name, "` has no body"));
      }
      functions.push_back({std::string(name), {}});
    } else if (!functions.empty()) {
      functions.back().references.emplace_back(name);
    }
    return absl::OkStatus();
  }

  const absl::string_view text_;
  size_t at_ = 0;
};

// Counts inlined calls bottom up, without recursion of its own.
absl::Status CheckCalls(const std::vector<Function>& functions) {
  absl::flat_hash_map<absl::string_view, size_t> index_of;
  for (size_t i = 0; i < functions.size(); ++i) index_of.emplace(functions[i].name, i);
  enum State { kNew, kOpen, kDone };
  std::vector<State> states(functions.size(), kNew);
  std::vector<int64_t> calls(functions.size(), 0);
  struct Frame {
    size_t function;
    size_t next;
  };
  for (size_t root = 0; root < functions.size(); ++root) {
    if (states[root] != kNew) continue;
    std::vector<Frame> stack = {{root, 0}};
    states[root] = kOpen;
    while (!stack.empty()) {
      Frame& frame = stack.back();
      const Function& function = functions[frame.function];
      if (frame.next == function.references.size()) {
        states[frame.function] = kDone;
        stack.pop_back();
        continue;
      }
      auto callee = index_of.find(function.references[frame.next]);
      if (callee == index_of.end()) {
        ++frame.next;
      } else if (states[callee->second] == kDone) {
        ++frame.next;
        calls[frame.function] += 1 + calls[callee->second];
        if (calls[frame.function] > kMaxInlinedCalls) {
          return absl::InvalidArgumentError(absl::StrCat("function `", function.name, "` makes more than ",
                                                         kMaxInlinedCalls, " calls once they are inlined"));
        }
      } else if (states[callee->second] == kOpen) {
        return absl::InvalidArgumentError(
            absl::StrCat("function `", callee->first, "` calls itself, and recursion cannot be compiled"));
      } else {
        states[callee->second] = kOpen;
        stack.push_back({callee->second, 0});
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckModuleText(absl::string_view text) {
  std::vector<Function> functions;
  ABSL_RETURN_IF_ERROR(Scanner(text).Run(functions));
  return CheckCalls(functions);
}

absl::Status CheckModule(mlir::ModuleOp module) { return CheckModuleText(xla::PrintModule(module)); }

absl::Status CheckHlo(const xla::HloModuleProto& module) {
  for (const xla::HloComputationProto& computation : module.computations()) {
    for (const xla::HloInstructionProto& instruction : computation.instructions()) {
      if (instruction.opcode() != "custom-call") continue;
      ABSL_RETURN_IF_ERROR(CheckTarget(instruction.custom_call_target(), instruction.backend_config()));
    }
  }
  return absl::OkStatus();
}

}  // namespace bering
