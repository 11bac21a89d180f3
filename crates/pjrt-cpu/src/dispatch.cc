#include "dispatch.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "products.h"
#include "xla/hlo/ir/hlo_computation.h"
#include "xla/hlo/ir/hlo_instruction.h"
#include "xla/hlo/ir/hlo_instructions.h"
#include "xla/hlo/ir/hlo_opcode.h"
#include "xla/service/cpu/backend_config.pb.h"
#include "xla/service/hlo_cost_analysis.h"

namespace bering {
namespace {

using xla::HloComputation;
using xla::HloInstruction;
using xla::HloOpcode;

constexpr char kInCaller[] = "bering_in_caller";
constexpr char kSingleThread[] = "bering_single_thread";

// What one thread of a present processor does in a microsecond, in products and from its caches.
constexpr double kFlopsPerMicrosecond = 128e3;
constexpr double kBytesPerMicrosecond = 32e3;
// In microseconds: waking another thread, and being woken by it, take about half as long.
constexpr double kMaxOfUnshared = 25;
// Programs of that many microseconds are waited for while they are dispatched: handing one to another thread, and being
// woken by it, is a loss that a caller with nothing else to do has nothing for.
constexpr double kMaxInCaller = 5000;

double Bytes(const xla::Shape& shape) {
  double bytes = 0;
  for (const xla::ShapeUtil::IndexedShape& leaf : xla::ShapeUtil::GetLeafShapes(shape)) {
    if (leaf.shape.IsArray()) bytes += static_cast<double>(xla::ShapeUtil::ByteSizeOf(leaf.shape));
  }
  return bytes;
}

double Flops(const HloInstruction& instruction) {
  const double elements = instruction.operand_count() == 0 || !instruction.operand(0)->shape().IsArray()
                              ? 0
                              : static_cast<double>(xla::ShapeUtil::ElementsIn(instruction.operand(0)->shape()));
  switch (instruction.opcode()) {
    case HloOpcode::kDot:
      return static_cast<double>(xla::HloCostAnalysis::GetDotFlops(
          instruction.operand(0)->shape(), instruction.shape(), instruction.dot_dimension_numbers()));
    case HloOpcode::kConvolution:
      return static_cast<double>(xla::HloCostAnalysis::GetConvolutionFlops(
          &instruction, instruction.operand(0)->shape(), instruction.operand(1)->shape(), instruction.shape()));
    // What steps by comparisons or butterflies takes a multiple of the usual time of a step.
    case HloOpcode::kFft: {
      double length = 1;
      for (int64_t dimension : instruction.fft_length()) length *= static_cast<double>(dimension);
      return 50 * elements * std::log2(length + 1);
    }
    case HloOpcode::kSort:
      return 250 * elements * std::log2(elements + 1);
    case HloOpcode::kFusion: {
      double flops = 0;
      for (const HloInstruction* fused : instruction.fused_instructions()) flops += Flops(*fused);
      return flops;
    }
    case HloOpcode::kCustomCall:
      return FlopsOfProduct(instruction).value_or(0);
    default:
      return 0;
  }
}

// XLA divides a loop between threads when it counts many and dear enough elements.
bool IsDivided(const HloInstruction& instruction) {
  auto config = instruction.backend_config<xla::cpu::BackendConfig>();
  return config.ok() && config->outer_dimension_partitions_size() != 0;
}

// What one thread takes: for all, and for the operation that takes the longest, which is without limit if its work is
// divided.
struct Duration {
  double total = 0;
  double longest = 0;
};

// No value if it cannot be told.
std::optional<Duration> Estimate(const HloComputation& computation);

std::optional<Duration> EstimateLoop(const HloInstruction& loop) {
  auto config = loop.backend_config<xla::WhileLoopBackendConfig>();
  const auto body = Estimate(*loop.while_body());
  const auto condition = Estimate(*loop.while_condition());
  if (!config.ok() || !config->has_known_trip_count() || !body.has_value() || !condition.has_value()) {
    return std::nullopt;
  }
  const double trips = static_cast<double>(config->known_trip_count().n());
  return Duration{trips * (body->total + condition->total), std::max(body->longest, condition->longest)};
}

std::optional<Duration> Estimate(const HloInstruction& instruction) {
  switch (instruction.opcode()) {
    case HloOpcode::kParameter:
    case HloOpcode::kConstant:
    case HloOpcode::kBitcast:
    case HloOpcode::kTuple:
    case HloOpcode::kGetTupleElement:
      return Duration{};
    case HloOpcode::kWhile:
      return EstimateLoop(instruction);
    case HloOpcode::kConditional:
    case HloOpcode::kCall: {
      Duration worst;
      for (const HloComputation* called : instruction.called_computations()) {
        const auto duration = Estimate(*called);
        if (!duration.has_value()) return std::nullopt;
        worst = {std::max(worst.total, duration->total), std::max(worst.longest, duration->longest)};
      }
      return worst;
    }
    case HloOpcode::kCustomCall:
      if (!FlopsOfProduct(instruction).has_value()) return std::nullopt;
      break;
    default:
      break;
  }
  double bytes = Bytes(instruction.shape());
  for (const HloInstruction* operand : instruction.operands()) bytes += Bytes(operand->shape());
  const double microseconds = Flops(instruction) / kFlopsPerMicrosecond + bytes / kBytesPerMicrosecond;
  return Duration{microseconds, IsDivided(instruction) ? std::numeric_limits<double>::infinity() : microseconds};
}

std::optional<Duration> Estimate(const HloComputation& computation) {
  Duration sum;
  for (const HloInstruction* instruction : computation.instructions()) {
    const auto duration = Estimate(*instruction);
    if (!duration.has_value()) return std::nullopt;
    sum = {sum.total + duration->total, std::max(sum.longest, duration->longest)};
  }
  return sum;
}

}  // namespace

absl::StatusOr<bool> DispatchMarker::Transform(xla::HloModule* module) {
  // Devices that wait for each other need their threads.
  if (module->config().replica_count() != 1 || module->config().num_partitions() != 1) return false;
  const std::optional<Duration> duration = Estimate(*module->entry_computation());
  if (!duration.has_value()) return false;
  if (duration->total > kMaxInCaller) return false;
  module->add_frontend_attribute(kInCaller, "true");
  if (duration->longest <= kMaxOfUnshared) module->add_frontend_attribute(kSingleThread, "true");
  return true;
}

Dispatch DispatchOf(const xla::HloModule& module) {
  const auto& marks = module.frontend_attributes().map();
  return {marks.contains(kInCaller), marks.contains(kSingleThread)};
}

}  // namespace bering
