// How the parameters and results of a partitioned executable are sharded.

#include "entry.h"
#include "executable.h"
#include "extensions.h"

namespace bering {
namespace {

using StringList = PJRT_Executable::StringList;

std::unique_ptr<StringList> Serialize(const std::vector<xla::OpSharding>& shardings) {
  auto list = std::make_unique<StringList>();
  for (const xla::OpSharding& sharding : shardings) list->strings.push_back(sharding.SerializeAsString());
  for (const std::string& text : list->strings) {
    list->pointers.push_back(text.data());
    list->sizes.push_back(text.size());
  }
  return list;
}

BERING_ENTRY(Shardings_PJRT_Executable_ParameterShardings, sharding_sizes) {
  BERING_REQUIRE(args->executable);
  args->num_parameters = 0;
  args->shardings = nullptr;
  args->sharding_sizes = nullptr;
  absl::MutexLock lock(args->executable->mutex);
  auto& list = args->executable->parameter_shardings;
  if (list == nullptr) {
    std::optional<std::vector<xla::OpSharding>> shardings = args->executable->executable->GetParameterShardings();
    if (!shardings.has_value()) return absl::OkStatus();
    list = Serialize(*shardings);
  }
  args->num_parameters = list->strings.size();
  args->shardings = list->pointers.data();
  args->sharding_sizes = list->sizes.data();
  return absl::OkStatus();
}

BERING_ENTRY(Shardings_PJRT_Executable_OutputShardings, sharding_sizes) {
  BERING_REQUIRE(args->executable);
  args->num_outputs = 0;
  args->shardings = nullptr;
  args->sharding_sizes = nullptr;
  absl::MutexLock lock(args->executable->mutex);
  auto& list = args->executable->output_shardings;
  if (list == nullptr) {
    std::optional<std::vector<xla::OpSharding>> shardings = args->executable->executable->GetOutputShardings();
    if (!shardings.has_value()) return absl::OkStatus();
    list = Serialize(*shardings);
  }
  args->num_outputs = list->strings.size();
  args->shardings = list->pointers.data();
  args->sharding_sizes = list->sizes.data();
  return absl::OkStatus();
}

}  // namespace

PJRT_Shardings_Extension MakeShardingsExtension() {
  PJRT_Shardings_Extension extension = {};
  extension.base = ExtensionBase(PJRT_Extension_Type_Shardings, PJRT_Shardings_Extension_STRUCT_SIZE);
  extension.PJRT_Shardings_PJRT_Executable_ParameterShardings = Shardings_PJRT_Executable_ParameterShardings;
  extension.PJRT_Shardings_PJRT_Executable_OutputShardings = Shardings_PJRT_Executable_OutputShardings;
  return extension;
}

}  // namespace bering
