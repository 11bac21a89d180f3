// What executing a tiny program costs with XLA's C++ classes alone: no C API, no Rust.
//
// Calls as XLA's own client does for JAX: the first device, results owned, nothing checked. `run.sh` builds it.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "xla.h"

namespace xla {

// Declared here because its header also wants MLIR's.
absl::StatusOr<mlir::OwningOpRef<mlir::ModuleOp>> ParseMlirModuleString(absl::string_view text,
                                                                        mlir::MLIRContext& context);

}  // namespace xla

namespace {

constexpr char kProgram[] =
    "module @tiny { func.func public @main(%x: tensor<f32>, %y: tensor<f32>) -> tensor<f32> {"
    " %z = stablehlo.add %x, %y : tensor<f32> return %z : tensor<f32> } }";

using Clock = std::chrono::steady_clock;

template <typename T>
T Require(absl::StatusOr<T> value) {
  if (value.ok()) return *std::move(value);
  std::fprintf(stderr, "%s\n", value.status().ToString().c_str());
  std::exit(1);
}

void Require(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

std::unique_ptr<xla::PjRtLoadedExecutable> Compile(xla::PjRtClient& client) {
  auto context = std::make_shared<mlir::MLIRContext>(mlir::MLIRContext::Threading::DISABLED);
  auto module = Require(xla::ParseMlirModuleString(kProgram, *context));
  return Require(client.CompileAndLoad(xla::MaybeOwningMlirModule(std::move(context), std::move(module)),
                                       xla::CompileOptions()));
}

std::unique_ptr<xla::PjRtBuffer> Scalar(xla::PjRtClient& client, xla::PjRtMemorySpace* memory) {
  static const float one = 1.0f;
  return Require(client.BufferFromHostBuffer(&one, xla::F32, {}, /*byte_strides=*/std::nullopt,
                                             xla::PjRtClient::HostBufferSemantics::kImmutableOnlyDuringCall,
                                             /*on_done_with_host_buffer=*/nullptr, memory,
                                             /*device_layout=*/nullptr));
}

double Micros(Clock::duration time) { return std::chrono::duration<double, std::micro>(time).count(); }

// Prints the median over batches, with the fastest and slowest tenth, as `overhead.rs` does.
template <typename Run>
void Report(const char* name, Run run) {
  constexpr int kBatch = 500;
  std::vector<double> times;
  const Clock::time_point start = Clock::now();
  while (times.size() < 20 || Micros(Clock::now() - start) < 1e6) {
    const Clock::time_point begin = Clock::now();
    for (int i = 0; i < kBatch; ++i) run();
    times.push_back(Micros(Clock::now() - begin) / kBatch);
  }
  std::sort(times.begin(), times.end());
  auto at = [&](double part) { return times[static_cast<size_t>(static_cast<double>(times.size() - 1) * part)]; };
  std::printf("%-34s %10.2f us   (%.2f .. %.2f, %zu batches)\n", name, at(0.5), at(0.1), at(0.9), times.size());
}

}  // namespace

int main() {
  auto client = Require(xla::GetXlaPjrtCpuClient(xla::CpuClientOptions()));
  auto executable = Compile(*client);
  xla::PjRtDevice* device = client->addressable_devices().front();
  xla::PjRtMemorySpace* memory = Require(device->default_memory_space());
  auto x = Scalar(*client, memory);
  auto y = Scalar(*client, memory);
  xla::PjRtBuffer* arguments[] = {x.get(), y.get()};
  const xla::ExecuteOptions options;
  auto execute = [&] {
    std::optional<xla::Future<>> done;
    return Require(executable->ExecuteSharded(arguments, device, options, done, /*fill_future=*/false));
  };
  Report("C++: tiny add, execute", [&] { execute(); });
  Report("C++: tiny add, execute + wait", [&] { Require(execute().front()->GetReadyFuture().Await()); });
  return 0;
}
