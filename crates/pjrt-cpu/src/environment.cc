#include "environment.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "xla/debug_options_flags.h"
#include "xla/tsl/util/command_line_flags.h"

namespace bering {
namespace {

// What `XLA_FLAGS` holds: flags, or the name of a file of flags.
std::string FlagText() {
  const char* value = std::getenv("XLA_FLAGS");
  if (value == nullptr) return "";
  const absl::string_view text = absl::StripLeadingAsciiWhitespace(value);
  if (text.empty() || text.front() == '-') return std::string(text);
  std::ifstream file{std::string(text)};
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

// Splits at white space outside of quotes, as `xla/parse_flags_from_env.h` describes it. Quotes are only special right
// after the `=`.
std::vector<std::string> SplitFlags(absl::string_view text) {
  std::vector<std::string> flags;
  size_t at = 0;
  while (true) {
    while (at < text.size() && absl::ascii_isspace(text[at])) ++at;
    if (at == text.size()) return flags;
    std::string& flag = flags.emplace_back();
    while (at < text.size() && !absl::ascii_isspace(text[at]) && text[at] != '=') flag += text[at++];
    if (at == text.size() || text[at] != '=') continue;
    flag += text[at++];
    const char quote = at < text.size() && (text[at] == '\'' || text[at] == '"') ? text[at++] : '\0';
    while (at < text.size() && (quote == '\0' ? !absl::ascii_isspace(text[at]) : text[at] != quote)) {
      if (quote == '"' && text[at] == '\\' && at + 1 < text.size()) ++at;
      flag += text[at++];
    }
    if (quote != '\0' && at < text.size()) ++at;
  }
}

absl::Status CheckFlags() {
  std::vector<std::string> flags = SplitFlags(FlagText());
  for (const std::string& flag : flags) {
    // One at a time, so that the message can say which. The proto is a scratch copy.
    xla::DebugOptions scratch = xla::DefaultDebugOptionsIgnoringFlags();
    std::vector<tsl::Flag> known;
    xla::MakeDebugOptionsFlags(&known, &scratch);
    std::vector<std::string> remaining = {flag};
    const bool parsed = tsl::Flags::Parse(remaining, known);
    if (!parsed || !remaining.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("`", flag, "` in the environment variable XLA_FLAGS is ",
                                                     parsed ? "not a flag that this XLA knows"
                                                            : "not a good value for that flag"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckEnvironment() {
  // XLA reads its flags once in a process, so once is enough here, too.
  static const absl::Status* const status = new absl::Status(CheckFlags());
  return *status;
}

xla::cpu::TargetMachineOptions HostMachine() {
  return xla::cpu::TargetMachineOptions(xla::GetDebugOptionsFromFlags());
}

}  // namespace bering
