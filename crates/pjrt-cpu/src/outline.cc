#include "outline.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "fusion_plans.h"
#include "xla/backends/cpu/runtime/thunk.pb.h"
#include "xla/backends/cpu/runtime/thunk_proto_serdes.h"
#include "xla/hlo/ir/hlo_clone_context.h"
#include "xla/hlo/ir/hlo_computation.h"
#include "xla/hlo/ir/hlo_instruction.h"
#include "xla/hlo/ir/hlo_module.h"
#include "xla/pjrt/cpu/cpu_client.h"
#include "xla/service/buffer_assignment.h"
#include "xla/service/cpu/cpu_executable.h"
#include "xla/service/cpu/executable.pb.h"
#include "xla/service/hlo_cost_analysis.h"

namespace bering {
namespace {

using xla::HloComputation;
using xla::HloInstruction;

constexpr char kFingerprint[] = "bering_fingerprint";
constexpr char kOutlined[] = "bering.outlined";

// XLA runs a program of few operations in whatever thread dispatches it, and counts them when it loads it. It stops to make
// a difference long before this.
constexpr int64_t kMostOperations = int64_t{1} << 20;

absl::StatusOr<int64_t> CountOperations(const xla::HloModule& module) {
  xla::HloCostAnalysis analysis([](const xla::Shape& shape) { return xla::cpu::CpuExecutable::ShapeSizeBytes(shape); });
  ABSL_RETURN_IF_ERROR(module.entry_computation()->Accept(&analysis));
  return std::clamp(static_cast<int64_t>(analysis.flop_count()), int64_t{0}, kMostOperations);
}

std::unique_ptr<HloInstruction> Outlined(const xla::Shape& shape, absl::Span<HloInstruction* const> operands = {}) {
  return HloInstruction::CreateCustomCall(shape, operands, kOutlined);
}

// Equal computations are planned the same way.
struct ByComputation {
  const HloInstruction* fusion;

  const HloComputation& computation() const { return *fusion->fused_instructions_computation(); }
  bool operator==(const ByComputation& other) const { return computation() == other.computation(); }

  template <typename H>
  friend H AbslHashValue(H h, const ByComputation& key) {
    return H::combine(std::move(h), key.computation());
  }
};

// The outline of a module and of its buffers, in the making.
class Outline {
 public:
  explicit Outline(const xla::cpu::CpuExecutable& executable)
      : original_(executable.module()),
        assignment_(executable.buffer_assignment()),
        module_(std::make_unique<xla::HloModule>(original_.name(), original_.config())) {}

  absl::Status Build(xla::cpu::ThunkSequenceProto* thunks) {
    ABSL_RETURN_IF_ERROR(BuildFusions(thunks));
    HloComputation::Builder entry(original_.entry_computation()->name());
    for (const HloInstruction* parameter : original_.entry_computation()->parameter_instructions()) {
      entry.AddInstruction(parameter->Clone(/*suffix=*/""));
    }
    for (const xla::BufferAllocation& allocation : assignment_.Allocations()) {
      if (!allocation.is_constant()) continue;
      for (const auto& [value, place] : allocation.assigned_buffers()) {
        const HloInstruction* constant = value->instruction();
        constants_.emplace_back(constant, entry.AddInstruction(constant->Clone(/*suffix=*/"")));
      }
    }
    ABSL_ASSIGN_OR_RETURN(const int64_t operations, CountOperations(original_));
    std::vector<HloInstruction*> work;
    if (operations != 0) {
      const xla::Shape shape = xla::ShapeUtil::MakeShape(xla::F32, {operations});
      HloInstruction* numbers = entry.AddInstruction(Outlined(shape));
      work.push_back(
          entry.AddInstruction(HloInstruction::CreateBinary(shape, xla::HloOpcode::kAdd, numbers, numbers)));
    }
    root_ = entry.AddInstruction(Outlined(original_.entry_computation()->root_instruction()->shape(), work));
    module_->AddEntryComputation(entry.Build(root_));
    for (auto& [thunk, fusion] : planned_) thunk->set_instruction_id(fusion->unique_id());
    return absl::OkStatus();
  }

  // Leaves in `whole` all but the operations.
  void ReplaceComputations(xla::HloModuleProto* whole) const {
    xla::HloModuleProto outline = module_->ToProto();
    whole->mutable_computations()->Swap(outline.mutable_computations());
    whole->set_entry_computation_id(outline.entry_computation_id());
    whole->set_entry_computation_name(outline.entry_computation_name());
    whole->clear_schedule();
    whole->clear_stack_frame_index();
    whole->clear_profile_info();
  }

  // Allocations, and which of them constants and results are in.
  absl::StatusOr<xla::BufferAssignmentProto> Buffers(const xla::BufferAssignmentProto& whole) const {
    xla::BufferAssignmentProto buffers;
    *buffers.mutable_buffer_allocations() = whole.buffer_allocations();
    for (xla::BufferAllocationProto& allocation : *buffers.mutable_buffer_allocations()) {
      allocation.clear_assigned();
      allocation.clear_maybe_live_out();
    }
    for (const auto& [original, constant] : constants_) {
      ABSL_RETURN_IF_ERROR(Assign(original, constant, {}, &buffers).status());
    }
    const HloInstruction* result = original_.entry_computation()->root_instruction();
    ABSL_RETURN_IF_ERROR(xla::ShapeUtil::ForEachSubshapeWithStatus(
        result->shape(), [&](const xla::Shape&, const xla::ShapeIndex& index) -> absl::Status {
          ABSL_ASSIGN_OR_RETURN(auto* allocation, Assign(result, root_, index, &buffers));
          allocation->set_maybe_live_out(true);
          return absl::OkStatus();
        }));
    return buffers;
  }

  // Removes from the program the literals that the outline has under the same names.
  void RemoveLiterals(xla::HloModuleProto* program) const {
    absl::flat_hash_set<absl::string_view> outlined;
    for (const auto& [original, constant] : constants_) {
      if (original->name() == constant->name()) outlined.insert(original->name());
    }
    for (xla::HloComputationProto& computation : *program->mutable_computations()) {
      for (xla::HloInstructionProto& instruction : *computation.mutable_instructions()) {
        if (outlined.contains(instruction.name())) instruction.clear_literal();
      }
    }
  }

 private:
  // In a computation of their own, which nothing calls: the entry's operations are counted.
  absl::Status BuildFusions(xla::cpu::ThunkSequenceProto* thunks) {
    const auto fusions = FusionsOf(original_);
    HloComputation::Builder builder("fusions");
    xla::HloCloneContext context(module_.get());
    absl::flat_hash_map<ByComputation, HloInstruction*> clones;
    absl::Status status;
    xla::cpu::ForEachThunkProto(*thunks, [&](const xla::cpu::ThunkProto& thunk) {
      if (!thunk.has_ynn_fusion_thunk()) return;
      auto fusion = fusions.find(thunk.ynn_fusion_thunk().instruction_id());
      if (fusion == fusions.end()) {
        status = absl::InternalError("a fusion of the executable is not in its module");
        return;
      }
      HloInstruction*& clone = clones[ByComputation{fusion->second}];
      if (clone == nullptr) {
        std::vector<HloInstruction*> operands;
        for (const HloInstruction* operand : fusion->second->operands()) {
          operands.push_back(builder.AddInstruction(Outlined(operand->shape())));
        }
        clone = builder.AddInstruction(
            fusion->second->CloneWithNewOperands(fusion->second->shape(), operands, &context));
      }
      // It is part of `thunks`, which are the caller's to change.
      planned_.emplace_back(const_cast<xla::cpu::ThunkProto&>(thunk).mutable_ynn_fusion_thunk(), clone);
    });
    ABSL_RETURN_IF_ERROR(status);
    if (!planned_.empty()) module_->AddEmbeddedComputation(builder.Build());
    return absl::OkStatus();
  }

  // Puts what `outlined` defines where `original` has it, and gives the allocation that this is in.
  absl::StatusOr<xla::BufferAllocationProto*> Assign(const HloInstruction* original, const HloInstruction* outlined,
                                                     const xla::ShapeIndex& index,
                                                     xla::BufferAssignmentProto* buffers) const {
    ABSL_ASSIGN_OR_RETURN(const xla::BufferAllocation::Slice slice, assignment_.GetUniqueSlice(original, index));
    const int64_t id = buffers->logical_buffers_size();
    xla::LogicalBufferProto* buffer = buffers->add_logical_buffers();
    buffer->set_id(id);
    buffer->set_size(slice.size());
    buffer->set_color(slice.allocation()->color());
    buffer->mutable_defined_at()->set_instruction_id(outlined->unique_id());
    for (const int64_t step : index) buffer->mutable_defined_at()->add_shape_index(step);
    auto* allocation = buffers->mutable_buffer_allocations(static_cast<int>(slice.index()));
    auto* assigned = allocation->add_assigned();
    assigned->set_logical_buffer_id(id);
    assigned->set_offset(slice.offset());
    assigned->set_size(slice.size());
    return allocation;
  }

  const xla::HloModule& original_;
  const xla::BufferAssignment& assignment_;
  std::unique_ptr<xla::HloModule> module_;
  HloInstruction* root_ = nullptr;
  // Instructions of the original, and their likes of the outline.
  std::vector<std::pair<const HloInstruction*, const HloInstruction*>> constants_;
  std::vector<std::pair<xla::cpu::YnnFusionThunkProto*, const HloInstruction*>> planned_;
};

struct Remembered {
  absl::Mutex mutex;
  absl::flat_hash_map<int64_t, std::weak_ptr<const OutlinedExecutable>> by_module ABSL_GUARDED_BY(mutex);
};

Remembered& AllRemembered() {
  static Remembered& all = *new Remembered;
  return all;
}

absl::Status Unreadable() { return absl::DataLossError("the serialized executable cannot be parsed"); }

}  // namespace

absl::StatusOr<OutlinedExecutable> OutlineExecutable(const xla::PjRtExecutable& executable) {
  ABSL_ASSIGN_OR_RETURN(const std::string whole, executable.SerializeExecutable());
  OutlinedExecutable outlined;
  xla::cpu::CompilationResultProto result;
  if (!outlined.executable.ParseFromString(whole) ||
      !result.ParseFromString(outlined.executable.serialized_executable())) {
    return Unreadable();
  }
  const auto* cpu = dynamic_cast<const xla::PjRtCpuExecutable*>(&executable);
  if (cpu == nullptr) return absl::UnimplementedError("the executable is of another platform");
  Outline outline(static_cast<const xla::cpu::CpuExecutable&>(*cpu->cpu_executable()));
  ABSL_RETURN_IF_ERROR(outline.Build(result.mutable_thunk_sequence()));

  xla::cpu::CompilationResultProto program;
  *program.mutable_hlo_module() = result.hlo_module();
  outline.RemoveLiterals(program.mutable_hlo_module()->mutable_hlo_module());
  program.mutable_buffer_assignment()->Swap(result.mutable_buffer_assignment());
  outlined.program = program.SerializeAsString();

  xla::HloModuleProto* module = result.mutable_hlo_module()->mutable_hlo_module();
  outline.ReplaceComputations(module);
  ABSL_ASSIGN_OR_RETURN((*module->mutable_frontend_attributes()->mutable_map())[kFingerprint],
                        executable.FingerprintExecutable());
  ABSL_ASSIGN_OR_RETURN(*result.mutable_buffer_assignment(), outline.Buffers(program.buffer_assignment()));
  outlined.executable.set_serialized_executable(result.SerializeAsString());
  return outlined;
}

std::string SerializeOutlined(const OutlinedExecutable& outlined) {
  const uint64_t size = outlined.program.size();
  return absl::StrCat(absl::string_view(reinterpret_cast<const char*>(&size), sizeof(size)), outlined.program,
                      outlined.executable.SerializeAsString());
}

absl::StatusOr<OutlinedExecutable> ParseOutlined(absl::string_view bytes) {
  uint64_t size;
  if (bytes.size() < sizeof(size)) return Unreadable();
  std::memcpy(&size, bytes.data(), sizeof(size));
  bytes.remove_prefix(sizeof(size));
  if (bytes.size() < size) return Unreadable();
  OutlinedExecutable outlined;
  outlined.program = std::string(bytes.substr(0, size));
  if (!outlined.executable.ParseFromString(bytes.substr(size))) return Unreadable();
  return outlined;
}

absl::StatusOr<Program> ProgramOf(const OutlinedExecutable& outlined) {
  xla::cpu::CompilationResultProto program;
  xla::cpu::CompilationResultProto outline;
  if (!program.ParseFromString(outlined.program) ||
      !outline.ParseFromString(outlined.executable.serialized_executable())) {
    return Unreadable();
  }
  absl::flat_hash_map<absl::string_view, const xla::LiteralProto*> literals;
  for (const xla::HloComputationProto& computation : outline.hlo_module().hlo_module().computations()) {
    for (const xla::HloInstructionProto& instruction : computation.instructions()) {
      if (instruction.has_literal()) literals[instruction.name()] = &instruction.literal();
    }
  }
  const std::string constant(xla::HloOpcodeString(xla::HloOpcode::kConstant));
  for (auto& computation : *program.mutable_hlo_module()->mutable_hlo_module()->mutable_computations()) {
    for (xla::HloInstructionProto& instruction : *computation.mutable_instructions()) {
      if (instruction.opcode() != constant || instruction.has_literal()) continue;
      auto literal = literals.find(instruction.name());
      if (literal == literals.end()) return absl::DataLossError("a constant of the program has no value");
      *instruction.mutable_literal() = *literal->second;
    }
  }
  return Program{std::move(*program.mutable_hlo_module()), std::move(*program.mutable_buffer_assignment())};
}

void RememberOutlined(int64_t module, const std::shared_ptr<const OutlinedExecutable>& outlined) {
  Remembered& all = AllRemembered();
  absl::MutexLock lock(all.mutex);
  absl::erase_if(all.by_module, [](const auto& entry) { return entry.second.expired(); });
  all.by_module[module] = outlined;
}

std::shared_ptr<const OutlinedExecutable> FindOutlined(int64_t module) {
  Remembered& all = AllRemembered();
  absl::MutexLock lock(all.mutex);
  auto found = all.by_module.find(module);
  return found == all.by_module.end() ? nullptr : found->second.lock();
}

absl::StatusOr<std::string> FingerprintOf(const xla::PjRtExecutable& executable) {
  ABSL_ASSIGN_OR_RETURN(const auto modules, executable.GetHloModules());
  if (modules.size() == 1) {
    const auto& marks = modules.front()->frontend_attributes().map();
    if (auto mark = marks.find(kFingerprint); mark != marks.end()) return mark->second;
  }
  return executable.FingerprintExecutable();
}

}  // namespace bering
