#include "program.h"

#include <pthread.h>

#include <algorithm>
#include <exception>

#include "entry.h"
#include "fatal.h"
#include "guard.h"
#include "isolated.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

namespace xla {

// Declared here because its header also wants MLIR's.
absl::StatusOr<mlir::OwningOpRef<mlir::ModuleOp>> ParseMlirModuleString(absl::string_view text,
                                                                        mlir::MLIRContext& context);

}  // namespace xla

namespace bering {
namespace {

// Address space, not memory: pages are only there once they are touched.
constexpr size_t kStackBytes = size_t{256} << 20;

// Runs `work` on a thread of its own with `kStackBytes` of stack, and waits for it.
absl::Status RunOnDeepStack(const std::function<absl::Status()>& work) {
  struct Task {
    const std::function<absl::Status()>* work;
    absl::Status status;
    std::exception_ptr exception;
  } task{&work, absl::OkStatus(), nullptr};
  auto run = [](void* argument) -> void* {
    auto* task = static_cast<Task*>(argument);
    try {
      task->status = (*task->work)();
    } catch (...) {
      task->exception = std::current_exception();
    }
    return nullptr;
  };
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_t thread;
  const int failed = pthread_create(&thread, &attributes, run, &task);
  pthread_attr_destroy(&attributes);
  if (failed != 0) return absl::ResourceExhaustedError("cannot start a thread to compile on");
  pthread_join(thread, nullptr);
  if (task.exception != nullptr) std::rethrow_exception(task.exception);
  return task.status;
}

// How deep brackets may nest in a program's text. The parser recurses, and no stack is deep enough for all inputs.
constexpr size_t kMaxNesting = 1000;

// Whether the brackets of an MLIR text nest deeper than `kMaxNesting`. Strings and comments do not count.
bool NestsTooDeep(absl::string_view text) {
  size_t depth = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    switch (text[at]) {
      case '"':
        for (++at; at < text.size() && text[at] != '"' && text[at] != '\n'; ++at) {
          if (text[at] == '\\') ++at;
        }
        break;
      case '/':
        if (at + 1 < text.size() && text[at + 1] == '/') at = std::min(text.find('\n', at), text.size());
        break;
      case '<':
        if (at + 1 < text.size() && text[at + 1] == '=') break;
        [[fallthrough]];
      case '(':
      case '[':
      case '{':
        if (++depth > kMaxNesting) return true;
        break;
      case '>':
        if (at != 0 && text[at - 1] == '-') break;
        [[fallthrough]];
      case ')':
      case ']':
      case '}':
        if (depth != 0) --depth;
        break;
      default:
        break;
    }
  }
  return false;
}

// Larger programs are so because of their constants, and printing those takes longer than compiling the rest: they are
// not looked at any closer.
constexpr size_t kMaxCheckedBytes = size_t{8} << 20;

bool IsBytecode(absl::string_view code) { return code.substr(0, 4) == "ML\xefR"; }

absl::Status WithMlir(absl::string_view code,
                      const std::function<absl::Status(xla::MaybeOwningMlirModule)>& with_mlir) {
  if (!IsBytecode(code) && NestsTooDeep(code)) {
    return absl::InvalidArgumentError(absl::StrCat("the program's brackets nest deeper than ", kMaxNesting));
  }
  // MLIR's lexer looks for a null behind a text's end, and callers owe none.
  std::string terminated;
  if (!IsBytecode(code)) {
    terminated = std::string(code);
    code = terminated;
  }
  auto context = std::make_shared<mlir::MLIRContext>(mlir::MLIRContext::Threading::DISABLED);
  mlir::OwningOpRef<mlir::ModuleOp> module;
  absl::ReaderMutexLock lock(CompilerMutex());
  ABSL_RETURN_IF_ERROR(RunToFatalError(
      [&]() -> absl::Status {
        ABSL_ASSIGN_OR_RETURN(module, xla::ParseMlirModuleString(code, *context));
        return absl::OkStatus();
      },
      [&] {
        module.release();
        new std::shared_ptr<mlir::MLIRContext>(context);
      }));
  if (code.size() <= kMaxCheckedBytes) {
    ABSL_RETURN_IF_ERROR(CheckModule(*module));
  }
  return with_mlir(xla::MaybeOwningMlirModule(std::move(context), std::move(module)));
}

absl::Status WithHlo(xla::HloModuleProto proto,
                     const std::function<absl::Status(const xla::XlaComputation&)>& with_hlo) {
  // XLA takes this field's presence for granted.
  if (!proto.has_host_program_shape()) {
    return absl::InvalidArgumentError("the HLO module has no program shape");
  }
  ABSL_RETURN_IF_ERROR(CheckHlo(proto));
  absl::ReaderMutexLock lock(CompilerMutex());
  return with_hlo(xla::XlaComputation(std::move(proto)));
}

}  // namespace

absl::Status WithProgram(const PJRT_Program& program,
                         const std::function<absl::Status(xla::MaybeOwningMlirModule)>& with_mlir,
                         const std::function<absl::Status(const xla::XlaComputation&)>& with_hlo) {
  if (program.struct_size < PJRT_STRUCT_SIZE(PJRT_Program, format_size)) {
    return absl::InvalidArgumentError("`args->program` is smaller than a PJRT_Program");
  }
  BERING_REQUIRE(program.format);
  BERING_REQUIRE(program.code);
  const absl::string_view format(program.format, program.format_size);
  const absl::string_view code(program.code, program.code_size);
  if (code.empty()) return absl::InvalidArgumentError("the program is empty");
  if (format == "mlir") return RunOnDeepStack([&] { return WithMlir(code, with_mlir); });
  if (format == "hlo") {
    return RunOnDeepStack([&]() -> absl::Status {
      xla::HloModuleProto proto;
      if (!proto.ParseFromArray(code.data(), static_cast<int>(code.size()))) {
        return absl::InvalidArgumentError("the program is not a serialized HloModuleProto");
      }
      return WithHlo(std::move(proto), with_hlo);
    });
  }
  if (format == "hlo_with_config") {
    return RunOnDeepStack([&]() -> absl::Status {
      xla::HloModuleProtoWithConfig proto;
      if (!proto.ParseFromArray(code.data(), static_cast<int>(code.size()))) {
        return absl::InvalidArgumentError("the program is not a serialized HloModuleProtoWithConfig");
      }
      // The configuration comes from the compile options, as for the other formats.
      return WithHlo(std::move(*proto.mutable_hlo_module()), with_hlo);
    });
  }
  return absl::InvalidArgumentError(
      absl::StrCat("unknown program format `", format, "`; the CPU plugin knows: mlir, hlo, hlo_with_config"));
}

}  // namespace bering
