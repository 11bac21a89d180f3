// Executables without their programs.
//
// XLA serializes an executable with its optimised program, and makes instructions, their order and their aliases of that
// again when it loads it: most of what loading takes. Almost nothing of it is needed to run. So a serialized executable has
// an outline for its module, with what running needs: the parameters and results of the entry, constants, and one of each
// kind of fusion that is planned at run time. The program itself goes beside it, in bytes that are parsed when somebody
// asks what they tell: costs, memory, the text.

#ifndef BERING_PJRT_CPU_OUTLINE_H_
#define BERING_PJRT_CPU_OUTLINE_H_

#include <memory>
#include <string>

#include "xla.h"
#include "xla/pjrt/proto/compile_options.pb.h"
#include "xla/service/hlo.pb.h"

namespace bering {

struct OutlinedExecutable {
  // What XLA serializes, with outlines in place of its module and its buffers.
  xla::ExecutableAndOptionsProto executable;
  // A `CompilationResultProto` of nothing but the module and the buffers. Literals that the outline has are not repeated.
  std::string program;
};

// An executable that was compiled here.
absl::StatusOr<OutlinedExecutable> OutlineExecutable(const xla::PjRtExecutable& executable);

std::string SerializeOutlined(const OutlinedExecutable& outlined);
// `bytes` are trusted to be what `SerializeOutlined` wrote.
absl::StatusOr<OutlinedExecutable> ParseOutlined(absl::string_view bytes);

// What was outlined, whole.
struct Program {
  xla::HloModuleProtoWithConfig module;
  xla::BufferAssignmentProto buffers;
};
absl::StatusOr<Program> ProgramOf(const OutlinedExecutable& outlined);

// By the number of the module that it was loaded as, while it is in use.
void RememberOutlined(int64_t module, const std::shared_ptr<const OutlinedExecutable>& outlined);
std::shared_ptr<const OutlinedExecutable> FindOutlined(int64_t module);

// The same whether the executable was compiled or loaded.
absl::StatusOr<std::string> FingerprintOf(const xla::PjRtExecutable& executable);

}  // namespace bering

#endif  // BERING_PJRT_CPU_OUTLINE_H_
