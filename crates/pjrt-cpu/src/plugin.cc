#include "plugin.h"

#include <cstdlib>
#include <thread>

#include "absl/base/internal/sysinfo.h"
#include "entry.h"
#include "isolated.h"
#include "named_values.h"

namespace bering {
namespace {

// XLA logs to stderr as it pleases. A library has no business there, so only fatal messages pass, unless
// `BERING_LOG` names a lower level.
void ConfigureLogging() {
  const char* wanted = std::getenv("BERING_LOG");
  const absl::string_view level = wanted == nullptr ? "" : wanted;
  absl::LogSeverityAtLeast minimum = absl::LogSeverityAtLeast::kFatal;
  if (level == "error") minimum = absl::LogSeverityAtLeast::kError;
  if (level == "warn" || level == "warning") minimum = absl::LogSeverityAtLeast::kWarning;
  if (level == "info" || level == "debug" || level == "trace") minimum = absl::LogSeverityAtLeast::kInfo;
  absl::SetMinLogLevel(minimum);
  absl::SetStderrThreshold(minimum);
}

// Also before `PJRT_Plugin_Initialize`, which not every caller calls.
[[maybe_unused]] const bool kLoggingConfigured = (ConfigureLogging(), true);

const NamedValues& Attributes() {
  // Leaked on purpose: the C API gives them the lifetime of the process.
  static const NamedValues* const attributes = [] {
    auto* values = new NamedValues;
    // The version XLA says it has in all its plugins.
    values->Add("xla_version", int64_t{2});
    // What this library's StableHLO reads. It says so only in its messages about artifacts that it cannot read, so the
    // compile test compares the two.
    values->Add("stablehlo_current_version", std::vector<int64_t>{1, 20, 0});
    values->Add("stablehlo_minimum_version", std::vector<int64_t>{0, 9, 0});
    return values;
  }();
  return *attributes;
}

// The first thread of a process that waits for an `absl::Mutex` measures the processor's clock, which sleeps for some
// milliseconds with that mutex half locked. It would be the one that waits for the first result, and the thread that
// has the result would wait for it. So it is measured while the program loads.
void MeasureClock() {
  std::thread([] {
    // Nobody forks meanwhile: a child would wait for this thread.
    absl::ReaderMutexLock lock(CompilerMutex());
    absl::base_internal::NominalCPUFrequency();
  }).detach();
}

}  // namespace

BERING_ENTRY(Plugin_Initialize, extension_start) {
  [[maybe_unused]] static const bool measured = (MeasureClock(), true);
  return absl::OkStatus();
}

BERING_ENTRY(Plugin_Attributes, num_attributes) {
  args->attributes = Attributes().data();
  args->num_attributes = Attributes().size();
  return absl::OkStatus();
}

}  // namespace bering
