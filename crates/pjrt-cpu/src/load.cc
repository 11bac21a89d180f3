#include "load.h"

#include <sys/mman.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "aot_loader.h"
#include "fusion_plans.h"
#include "google/protobuf/arena.h"
#include "xla/backends/cpu/constant_allocation.h"
#include "xla/backends/cpu/runtime/function_library.h"
#include "xla/backends/cpu/target_machine_options.h"
#include "xla/hlo/analysis/alias_info.h"
#include "xla/hlo/ir/hlo_module.h"
#include "xla/pjrt/cpu/cpu_client.h"
#include "xla/pjrt/proto/compile_options.pb.h"
#include "xla/pjrt/utils.h"
#include "xla/service/buffer_assignment.h"
#include "xla/service/cpu/cpu_executable.h"
#include "xla/service/cpu/executable.pb.h"

namespace bering {
namespace {

// Memory for the messages of a serialized executable, in pages as large as the system has: taking it in small ones costs as
// much as the parsing. Only what is touched is taken.
class ParsingMemory {
 public:
  explicit ParsingMemory(size_t serialized_size)
      : size_(std::min(serialized_size * kGrowth, kMost)),
        start_(mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {
#ifdef MADV_HUGEPAGE
    if (start_ != MAP_FAILED) madvise(start_, size_, MADV_HUGEPAGE);
#endif
  }
  ~ParsingMemory() {
    if (start_ != MAP_FAILED) munmap(start_, size_);
  }
  ParsingMemory(const ParsingMemory&) = delete;
  ParsingMemory& operator=(const ParsingMemory&) = delete;

  google::protobuf::ArenaOptions options() const {
    google::protobuf::ArenaOptions options;
    if (start_ == MAP_FAILED) return options;
    options.initial_block = static_cast<char*>(start_);
    options.initial_block_size = size_;
    return options;
  }

 private:
  // Messages take several times what they are serialized to. The arena takes more where that is not enough.
  static constexpr size_t kGrowth = 16;
  static constexpr size_t kMost = size_t{64} << 20;

  size_t size_;
  void* start_;
};

absl::StatusOr<std::unique_ptr<xla::cpu::CpuExecutable>> LoadCpuExecutable(xla::cpu::CompilationResultProto* result,
                                                                          const Eigen::ThreadPoolDevice& threads) {
  if (result->obj_files_kind() != xla::cpu::CompilationResultProto::KERNELS) {
    return absl::DataLossError("the serialized executable has no kernels");
  }
  MakeProductKernels(result->thunk_sequence(), threads);
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<xla::HloModule> module,
                        xla::HloModule::CreateFromProtoWithConfig(result->hlo_module()));
  ABSL_ASSIGN_OR_RETURN(auto machine, xla::cpu::TargetMachineOptions::FromProto(result->target_machine_options()));
  const std::vector<xla::cpu::SymbolProto> symbol_protos(result->compiled_symbols().begin(),
                                                         result->compiled_symbols().end());
  ABSL_ASSIGN_OR_RETURN(auto symbols, xla::cpu::GetCompiledSymbolsFromProto(symbol_protos));
  const std::vector<xla::cpu::ObjFileProto> objects(result->object_files().begin(), result->object_files().end());
  ABSL_ASSIGN_OR_RETURN(auto library, xla::cpu::LoadFunctionLibrary(symbols, objects, module.get(), machine,
                                                                    result->data_layout()));
  const xla::AliasInfo alias_info;
  ABSL_ASSIGN_OR_RETURN(
      std::unique_ptr<xla::BufferAssignment> assignment,
      xla::BufferAssignment::FromProto(
          result->buffer_assignment(), module.get(),
          [](const xla::BufferValue& value) { return xla::cpu::CpuExecutable::ShapeSizeBytes(value.shape()); },
          &alias_info));
  ABSL_ASSIGN_OR_RETURN(xla::cpu::ThunkSequence thunks,
                        LoadThunks(result->mutable_thunk_sequence(), *module, assignment->Allocations(), threads));
  ABSL_ASSIGN_OR_RETURN(auto constants, xla::cpu::CreateConstantAllocations(*assignment));
  return xla::cpu::CpuExecutable::Create(std::move(library), std::move(assignment), std::move(module),
                                         std::move(thunks), std::move(constants), std::move(machine),
                                         result->data_layout());
}

// The allocation of each result: of each element, if there is a tuple of them.
absl::StatusOr<absl::InlinedVector<xla::BufferAllocation::Index, 4>> ResultAllocations(
    const xla::cpu::CpuExecutable& executable) {
  const xla::HloInstruction* root = executable.module().entry_computation()->root_instruction();
  const xla::Shape& shape = executable.module().result_shape();
  std::vector<xla::ShapeIndex> results;
  if (shape.IsTuple()) {
    for (size_t i = 0; i < shape.tuple_shapes().size(); ++i) results.push_back({static_cast<int64_t>(i)});
  } else {
    results.push_back({});
  }
  absl::InlinedVector<xla::BufferAllocation::Index, 4> allocations;
  for (const xla::ShapeIndex& result : results) {
    ABSL_ASSIGN_OR_RETURN(auto slice, executable.buffer_assignment().GetUniqueSlice(root, result));
    allocations.push_back(slice.index());
  }
  return allocations;
}

}  // namespace

absl::StatusOr<DeserializedExecutable> DeserializeExecutable(absl::string_view serialized,
                                                             std::optional<xla::CompileOptions> options,
                                                             xla::PjRtClient* client) {
  const auto* raw_client =
      static_cast<const xla::PjRtCpuRawClient*>(static_cast<const xla::CommonPjRtClient*>(client)->raw_client());
  ABSL_ASSIGN_OR_RETURN(const xla::PjRtTopologyDescription* any_topology, client->GetTopologyDescription());
  const auto& topology = static_cast<const xla::CpuTopologyDescription&>(*any_topology);
  ABSL_ASSIGN_OR_RETURN(OutlinedExecutable parsed, ParseOutlined(serialized));
  auto outlined = std::make_shared<OutlinedExecutable>(std::move(parsed));
  xla::ExecutableAndOptionsProto& proto = outlined->executable;
  if (options.has_value()) {
    ABSL_ASSIGN_OR_RETURN(*proto.mutable_compile_options(), options->ToProto());
  } else {
    ABSL_ASSIGN_OR_RETURN(options, xla::CompileOptions::FromProto(proto.compile_options()));
  }
  // Tens of thousands of messages, which an arena frees at once.
  const ParsingMemory memory(proto.serialized_executable().size());
  google::protobuf::Arena arena(memory.options());
  auto* result = google::protobuf::Arena::Create<xla::cpu::CompilationResultProto>(&arena);
  if (!result->ParseFromString(proto.serialized_executable())) {
    return absl::DataLossError("the serialized executable cannot be parsed");
  }
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<xla::cpu::CpuExecutable> executable,
                        LoadCpuExecutable(result, *raw_client->eigen_intraop_device()));
  RememberOutlined(executable->module().unique_id(), outlined);
  ABSL_ASSIGN_OR_RETURN(auto allocations, ResultAllocations(*executable));
  int num_replicas;
  int num_partitions;
  std::shared_ptr<xla::DeviceAssignment> assignment;
  xla::ExecutableBuildOptions build_options = options->executable_build_options;
  ABSL_RETURN_IF_ERROR(xla::ParseDeviceAssignmentCompileOptions(
      options->compile_portable_executable, &build_options,
      [&](int replicas, int partitions) {
        return topology.GetDefaultDeviceAssignment(/*process_index=*/0, replicas, std::nullopt, partitions, nullptr);
      },
      &num_replicas, &num_partitions, &assignment));
  auto loaded = std::make_unique<xla::PjRtCpuExecutable>(num_replicas, num_partitions, *std::move(options),
                                                         std::move(executable), std::move(allocations),
                                                         /*unoptimized_hlo_module=*/nullptr, topology);
  return DeserializedExecutable{std::move(loaded), std::move(outlined)};
}

absl::StatusOr<xla::CompiledMemoryStats> MemoryStatsOf(xla::PjRtExecutable* executable,
                                                       const OutlinedExecutable* outlined) {
  auto* cpu = dynamic_cast<xla::PjRtCpuExecutable*>(executable);
  if (cpu == nullptr) return executable->GetCompiledMemoryStats();
  auto* compiled = static_cast<xla::cpu::CpuExecutable*>(cpu->cpu_executable().get());
  static absl::Mutex mutex(absl::kConstInit);
  absl::MutexLock lock(mutex);
  if (compiled->buffer_assignment_proto() == nullptr) {
    auto proto = std::make_unique<xla::HloProto>();
    *proto->mutable_buffer_assignment() = compiled->buffer_assignment().ToProto();
    compiled->set_hlo_proto(std::move(proto));
  }
  ABSL_ASSIGN_OR_RETURN(xla::CompiledMemoryStats stats, executable->GetCompiledMemoryStats());
  if (outlined == nullptr) return stats;
  // Only the whole program tells which buffers are there at the same time.
  ABSL_ASSIGN_OR_RETURN(const Program program, ProgramOf(*outlined));
  ABSL_ASSIGN_OR_RETURN(const xla::PeakMemorySizes peak,
                        xla::ComputePeakMemorySizes(program.buffers, program.module.hlo_module()));
  stats.peak_memory_in_bytes = peak.padded;
  stats.peak_unpadded_heap_bytes = peak.unpadded;
  return stats;
}

}  // namespace bering
