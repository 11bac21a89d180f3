#include "fatal.h"

#include <string>

namespace llvm {

// Exported by the library; its header wants LLVM's.
void install_fatal_error_handler(void (*handler)(void* user_data, const char* reason, bool gen_crash_diag),
                                 void* user_data);

}  // namespace llvm

namespace bering {
namespace {

struct FatalError {
  std::string reason;
};

thread_local bool guarded = false;

// Leaves LLVM's code by an exception. That code is compiled without exceptions but with unwind tables: its frames are stepped
// over, and what they own is left as it is. On other threads the handler returns, and LLVM ends the process as without it.
void OnFatalError(void*, const char* reason, bool) {
  if (guarded) throw FatalError{reason == nullptr ? "" : reason};
}

}  // namespace

absl::Status RunToFatalError(const std::function<absl::Status()>& work, const std::function<void()>& abandon) {
  static const bool installed = [] {
    llvm::install_fatal_error_handler(OnFatalError, nullptr);
    return true;
  }();
  static_cast<void>(installed);
  struct Guard {
    Guard() { guarded = true; }
    ~Guard() { guarded = false; }
  } guard;
  try {
    return work();
  } catch (const FatalError& error) {
    abandon();
    return absl::InvalidArgumentError(absl::StrCat("the program is damaged: ", error.reason));
  }
}

}  // namespace bering
