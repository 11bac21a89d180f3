// What can be asked of an executable.

#include "executable.h"

#include <cstring>

#include "entry.h"
#include "envelope.h"
#include "load.h"
#include "outline.h"
#include "products.h"
#include "xla/hlo/ir/hlo_module.h"
#include "xla/service/hlo_cost_analysis.h"

// Backing storage of bytes that the C API returns together with a deleter.
struct PJRT_SerializedExecutable {
  std::string bytes;
};
struct PJRT_SerializedCompileOptions {
  std::string bytes;
};

namespace bering {
namespace {

// Several programs in one executable would have one list each; the CPU always has exactly one.
template <typename T>
absl::StatusOr<T> OnlyProgram(absl::StatusOr<std::vector<T>> programs) {
  ABSL_RETURN_IF_ERROR(programs.status());
  if (programs->size() != 1) {
    return absl::UnimplementedError(absl::StrCat("an executable of ", programs->size(), " programs"));
  }
  return std::move(programs->front());
}

std::unique_ptr<PJRT_Executable::StringList> MakeStringList(std::vector<std::string> strings) {
  auto list = std::make_unique<PJRT_Executable::StringList>();
  list->strings = std::move(strings);
  for (const std::string& text : list->strings) {
    list->pointers.push_back(text.data());
    list->sizes.push_back(text.size());
  }
  return list;
}

int64_t BytesOf(const xla::Shape& shape) {
  return shape.IsOpaque() ? sizeof(void*) : xla::ShapeUtil::ByteSizeOf(shape, sizeof(void*));
}

// XLA's, with the products that the compiler replaced by calls of our kernels.
class CostAnalysis final : public xla::HloCostAnalysis {
 public:
  CostAnalysis() : HloCostAnalysis(BytesOf) {}

  absl::Status HandleCustomCall(const xla::HloInstruction* call) override {
    ABSL_RETURN_IF_ERROR(HloCostAnalysis::HandleCustomCall(call));
    const std::optional<double> flops = FlopsOfProduct(*call);
    if (!flops.has_value()) return absl::OkStatus();
    current_properties_[kFlopsKey] = static_cast<float>(*flops);
    int64_t bytes = BytesOf(call->shape());
    for (const xla::HloInstruction* operand : call->operands()) bytes += BytesOf(operand->shape());
    current_properties_[kBytesAccessedKey] = static_cast<float>(bytes);
    return absl::OkStatus();
  }
};

absl::StatusOr<NamedValues::Map> CostsOf(const PJRT_Executable* executable) {
  CostAnalysis analysis;
  if (executable->outlined == nullptr) {
    return xla::PjRtExecutableUtil::RunHloCostAnalysis(*executable->executable, &analysis);
  }
  ABSL_ASSIGN_OR_RETURN(const Program program, ProgramOf(*executable->outlined));
  ABSL_ASSIGN_OR_RETURN(std::shared_ptr<xla::HloModule> module,
                        xla::HloModule::CreateFromProtoWithConfig(program.module));
  return xla::PjRtExecutableUtil::RunHloCostAnalysis({module}, &analysis);
}

absl::StatusOr<std::string> OptimizedProgram(const PJRT_Executable* executable) {
  if (executable->outlined != nullptr) {
    ABSL_ASSIGN_OR_RETURN(const Program program, ProgramOf(*executable->outlined));
    return program.module.SerializeAsString();
  }
  ABSL_ASSIGN_OR_RETURN(std::shared_ptr<xla::HloModule> module,
                        OnlyProgram(executable->executable->GetHloModules()));
  return module->ToProtoWithConfig().SerializeAsString();
}

}  // namespace

BERING_ENTRY(Executable_Destroy, executable) {
  delete args->executable;
  return absl::OkStatus();
}

BERING_ENTRY(Executable_Name, executable_name_size) {
  BERING_REQUIRE(args->executable);
  absl::string_view name = args->executable->executable->name();
  args->executable_name = name.data();
  args->executable_name_size = name.size();
  return absl::OkStatus();
}

BERING_ENTRY(Executable_NumReplicas, num_replicas) {
  BERING_REQUIRE(args->executable);
  args->num_replicas = args->executable->executable->num_replicas();
  return absl::OkStatus();
}

BERING_ENTRY(Executable_NumPartitions, num_partitions) {
  BERING_REQUIRE(args->executable);
  args->num_partitions = args->executable->executable->num_partitions();
  return absl::OkStatus();
}

namespace {

absl::Status FillOutputTypes(PJRT_Executable* executable) ABSL_EXCLUSIVE_LOCKS_REQUIRED(executable->mutex) {
  if (executable->output_types.has_value()) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(std::vector<xla::PrimitiveType> types,
                        OnlyProgram(executable->executable->GetOutputElementTypes()));
  std::vector<PJRT_Buffer_Type> converted;
  for (xla::PrimitiveType type : types) converted.push_back(FromPrimitiveType(type));
  executable->output_types = std::move(converted);
  return absl::OkStatus();
}

}  // namespace

BERING_ENTRY(Executable_NumOutputs, num_outputs) {
  BERING_REQUIRE(args->executable);
  absl::MutexLock lock(args->executable->mutex);
  ABSL_RETURN_IF_ERROR(FillOutputTypes(args->executable));
  args->num_outputs = args->executable->output_types->size();
  return absl::OkStatus();
}

BERING_ENTRY(Executable_OutputElementTypes, num_output_types) {
  BERING_REQUIRE(args->executable);
  absl::MutexLock lock(args->executable->mutex);
  ABSL_RETURN_IF_ERROR(FillOutputTypes(args->executable));
  args->output_types = args->executable->output_types->data();
  args->num_output_types = args->executable->output_types->size();
  return absl::OkStatus();
}

BERING_ENTRY(Executable_OutputDimensions, dim_sizes) {
  BERING_REQUIRE(args->executable);
  absl::MutexLock lock(args->executable->mutex);
  if (!args->executable->output_dimensions.has_value()) {
    ABSL_ASSIGN_OR_RETURN(std::vector<xla::DimensionVector> outputs,
                          OnlyProgram(args->executable->executable->GetOutputDimensions()));
    PJRT_Executable::OutputDimensions flat;
    for (const xla::DimensionVector& dims : outputs) {
      flat.dims.insert(flat.dims.end(), dims.begin(), dims.end());
      flat.ranks.push_back(dims.size());
    }
    args->executable->output_dimensions = std::move(flat);
  }
  const PJRT_Executable::OutputDimensions& dimensions = *args->executable->output_dimensions;
  args->num_outputs = dimensions.ranks.size();
  args->dims = dimensions.dims.data();
  args->dim_sizes = dimensions.ranks.data();
  return absl::OkStatus();
}

BERING_ENTRY(Executable_SizeOfGeneratedCodeInBytes, size_in_bytes) {
  BERING_REQUIRE(args->executable);
  args->size_in_bytes = args->executable->executable->SizeOfGeneratedCodeInBytes();
  return absl::OkStatus();
}

BERING_ENTRY(Executable_GetCostAnalysis, properties) {
  BERING_REQUIRE(args->executable);
  absl::MutexLock lock(args->executable->mutex);
  if (args->executable->costs == nullptr) {
    ABSL_ASSIGN_OR_RETURN(NamedValues::Map costs, CostsOf(args->executable));
    args->executable->costs = std::make_unique<NamedValues>(costs);
  }
  args->properties = args->executable->costs->data();
  args->num_properties = args->executable->costs->size();
  return absl::OkStatus();
}

BERING_ENTRY(Executable_GetCompiledMemoryStats, host_temp_size_in_bytes) {
  BERING_REQUIRE(args->executable);
  ABSL_ASSIGN_OR_RETURN(const xla::CompiledMemoryStats stats,
                        MemoryStatsOf(args->executable->executable.get(), args->executable->outlined.get()));
  args->generated_code_size_in_bytes = stats.generated_code_size_in_bytes;
  args->argument_size_in_bytes = stats.argument_size_in_bytes;
  args->output_size_in_bytes = stats.output_size_in_bytes;
  args->alias_size_in_bytes = stats.alias_size_in_bytes;
  args->temp_size_in_bytes = stats.temp_size_in_bytes;
  args->host_generated_code_size_in_bytes = stats.host_generated_code_size_in_bytes;
  args->host_argument_size_in_bytes = stats.host_argument_size_in_bytes;
  args->host_output_size_in_bytes = stats.host_output_size_in_bytes;
  args->host_alias_size_in_bytes = stats.host_alias_size_in_bytes;
  args->host_temp_size_in_bytes = stats.host_temp_size_in_bytes;
  using Args = PJRT_Executable_GetCompiledMemoryStats_Args;
  if (BERING_HAS_FIELD(Args, args, peak_memory_in_bytes)) {
    args->peak_memory_in_bytes = stats.peak_memory_in_bytes;
  }
  if (BERING_HAS_FIELD(Args, args, total_size_in_bytes)) args->total_size_in_bytes = stats.total_size_in_bytes;
  if (BERING_HAS_FIELD(Args, args, total_allocation_bytes)) {
    args->total_allocation_bytes = stats.total_allocation_bytes;
  }
  if (BERING_HAS_FIELD(Args, args, indefinite_allocations)) {
    args->indefinite_allocations = stats.indefinite_allocations;
  }
  if (BERING_HAS_FIELD(Args, args, peak_unpadded_heap_bytes)) {
    args->peak_unpadded_heap_bytes = stats.peak_unpadded_heap_bytes;
  }
  return absl::OkStatus();
}

namespace {

std::vector<std::string> ToStrings(const std::vector<absl::string_view>& views) {
  return std::vector<std::string>(views.begin(), views.end());
}

}  // namespace

BERING_ENTRY(Executable_OutputMemoryKinds, memory_kind_sizes) {
  BERING_REQUIRE(args->executable);
  absl::MutexLock lock(args->executable->mutex);
  auto& kinds = args->executable->output_memory_kinds;
  if (kinds == nullptr) {
    ABSL_ASSIGN_OR_RETURN(auto views, OnlyProgram(args->executable->executable->GetOutputMemoryKinds()));
    kinds = MakeStringList(ToStrings(views));
  }
  args->num_outputs = kinds->strings.size();
  args->memory_kinds = kinds->pointers.data();
  args->memory_kind_sizes = kinds->sizes.data();
  return absl::OkStatus();
}

BERING_ENTRY(Executable_ParameterMemoryKinds, memory_kind_sizes) {
  BERING_REQUIRE(args->executable);
  absl::MutexLock lock(args->executable->mutex);
  auto& kinds = args->executable->parameter_memory_kinds;
  if (kinds == nullptr) {
    ABSL_ASSIGN_OR_RETURN(auto views, OnlyProgram(args->executable->executable->GetParameterMemoryKinds()));
    kinds = MakeStringList(ToStrings(views));
  }
  args->num_parameters = kinds->strings.size();
  args->memory_kinds = kinds->pointers.data();
  args->memory_kind_sizes = kinds->sizes.data();
  return absl::OkStatus();
}

BERING_ENTRY(Executable_OptimizedProgram, program) {
  BERING_REQUIRE(args->executable);
  BERING_REQUIRE(args->program);
  if (args->program->struct_size < PJRT_STRUCT_SIZE(PJRT_Program, format_size)) {
    return absl::InvalidArgumentError("`args->program` is smaller than a PJRT_Program");
  }
  static constexpr absl::string_view kFormat = "hlo_with_config";
  args->program->format = kFormat.data();
  args->program->format_size = kFormat.size();
  absl::MutexLock lock(args->executable->mutex);
  auto& program = args->executable->optimized_program;
  if (!program.has_value()) {
    ABSL_ASSIGN_OR_RETURN(program, OptimizedProgram(args->executable));
  }
  if (args->program->code == nullptr) {
    args->program->code_size = program->size();
    return absl::OkStatus();
  }
  if (args->program->code_size < program->size()) {
    return absl::InvalidArgumentError(absl::StrCat("the optimized program needs ", program->size(),
                                                   " bytes, `code_size` is ", args->program->code_size));
  }
  std::memcpy(args->program->code, program->data(), program->size());
  args->program->code_size = program->size();
  return absl::OkStatus();
}

namespace {

absl::StatusOr<std::string> Serialize(const PJRT_Executable& executable) {
  if (executable.outlined != nullptr) return SerializeOutlined(*executable.outlined);
  ABSL_ASSIGN_OR_RETURN(const OutlinedExecutable outlined, OutlineExecutable(*executable.executable));
  return SerializeOutlined(outlined);
}

}  // namespace

BERING_ENTRY(Executable_Serialize, serialized_executable_deleter) {
  BERING_REQUIRE(args->executable);
  ABSL_ASSIGN_OR_RETURN(std::string bytes, Serialize(*args->executable));
  auto* serialized = new PJRT_SerializedExecutable{WrapExecutable(bytes)};
  args->serialized_bytes = serialized->bytes.data();
  args->serialized_bytes_size = serialized->bytes.size();
  args->serialized_executable = serialized;
  args->serialized_executable_deleter = [](PJRT_SerializedExecutable* backing) { delete backing; };
  return absl::OkStatus();
}

BERING_ENTRY(Executable_Fingerprint, executable_fingerprint_size) {
  BERING_REQUIRE(args->executable);
  absl::MutexLock lock(args->executable->mutex);
  auto& fingerprint = args->executable->fingerprint;
  if (!fingerprint.has_value()) {
    ABSL_ASSIGN_OR_RETURN(fingerprint, FingerprintOf(*args->executable->executable));
  }
  args->executable_fingerprint = fingerprint->data();
  args->executable_fingerprint_size = fingerprint->size();
  return absl::OkStatus();
}

BERING_ENTRY(Executable_GetCompileOptions, serialized_compile_options_deleter) {
  BERING_REQUIRE(args->executable);
  ABSL_ASSIGN_OR_RETURN(xla::CompileOptions options, args->executable->executable->GetCompileOptions());
  ABSL_ASSIGN_OR_RETURN(xla::CompileOptionsProto proto, options.ToProto());
  auto* serialized = new PJRT_SerializedCompileOptions{proto.SerializeAsString()};
  args->serialized_bytes = serialized->bytes.data();
  args->serialized_bytes_size = serialized->bytes.size();
  args->serialized_compile_options = serialized;
  args->serialized_compile_options_deleter = [](PJRT_SerializedCompileOptions* backing) { delete backing; };
  return absl::OkStatus();
}

}  // namespace bering
