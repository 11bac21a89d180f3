// The profiler: a `tsl::ProfilerSession` behind XLA's plugin profiler API, which has structs and errors of its own.

#include <cstring>
#include <exception>
#include <new>

#include "entry.h"
#include "extensions.h"
#include "outline.h"
#include "tsl/profiler/lib/profiler_session.h"
#include "tsl/profiler/protobuf/profiler_options.pb.h"
#include "tsl/profiler/protobuf/xplane.pb.h"
#include "xla/tsl/profiler/utils/xplane_schema.h"

struct PLUGIN_Profiler_Error {
  absl::Status status;
};

struct PLUGIN_Profiler {
  tensorflow::ProfileOptions options;
  std::unique_ptr<tsl::ProfilerSession> session;
  bool stopped = false;
  // The serialized XSpace, once it has been collected.
  std::optional<std::string> data;
};

// What has been recorded when it was consumed.
struct PLUGIN_Profiler_ConsumeResult {
  std::string data;
};

namespace bering {
namespace {

PLUGIN_Profiler_Error* ToProfilerError(absl::Status status) {
  return status.ok() ? nullptr : new PLUGIN_Profiler_Error{std::move(status)};
}

// As `Enter`, with this API's errors. Sizes are not checked: XLA's own client of this API leaves `struct_size` unset in
// some releases.
template <typename Args, typename Body>
PLUGIN_Profiler_Error* EnterProfiler(Args* args, Body&& body) noexcept {
  if (args == nullptr) return ToProfilerError(absl::InvalidArgumentError("`args` is null"));
  try {
    return ToProfilerError(body());
  } catch (const std::exception& exception) {
    return ToProfilerError(absl::InternalError(exception.what()));
  } catch (...) {
    return ToProfilerError(absl::InternalError("unknown C++ exception"));
  }
}

void ErrorDestroy(PLUGIN_Profiler_Error_Destroy_Args* args) { delete args->error; }

void ErrorMessage(PLUGIN_Profiler_Error_Message_Args* args) {
  args->message = args->error->status.message().data();
  args->message_size = args->error->status.message().size();
}

PLUGIN_Profiler_Error* ErrorGetCode(PLUGIN_Profiler_Error_GetCode_Args* args) {
  args->code = static_cast<int>(args->error->status.code());
  return nullptr;
}

PLUGIN_Profiler_Error* Create(PLUGIN_Profiler_Create_Args* args) {
  return EnterProfiler(args, [&]() -> absl::Status {
    auto profiler = std::make_unique<PLUGIN_Profiler>();
    profiler->options = tsl::ProfilerSession::DefaultOptions();
    if (args->options_size != 0) {
      BERING_REQUIRE(args->options);
      if (!profiler->options.ParseFromArray(args->options, static_cast<int>(args->options_size))) {
        return absl::InvalidArgumentError("the profiler options are not a serialized ProfileOptions");
      }
    }
    args->profiler = profiler.release();
    return absl::OkStatus();
  });
}

PLUGIN_Profiler_Error* Destroy(PLUGIN_Profiler_Destroy_Args* args) {
  return EnterProfiler(args, [&] {
    delete args->profiler;
    return absl::OkStatus();
  });
}

PLUGIN_Profiler_Error* Start(PLUGIN_Profiler_Start_Args* args) {
  return EnterProfiler(args, [&]() -> absl::Status {
    BERING_REQUIRE(args->profiler);
    if (args->profiler->session != nullptr) return absl::FailedPreconditionError("the profiler was started already");
    args->profiler->session = tsl::ProfilerSession::Create(args->profiler->options);
    // Not OK if another session is recording: there is one recorder in a process.
    absl::Status status = args->profiler->session->Status();
    if (!status.ok()) args->profiler->session.reset();
    return status;
  });
}

// A profile has the modules of what was running. Puts whole ones in the place of outlines, under their numbers.
absl::Status RestorePrograms(tensorflow::profiler::XSpace& space) {
  for (tensorflow::profiler::XPlane& plane : *space.mutable_planes()) {
    if (plane.name() != tsl::profiler::kMetadataPlaneName) continue;
    for (auto& [id, metadata] : *plane.mutable_event_metadata()) {
      for (tensorflow::profiler::XStat& stat : *metadata.mutable_stats()) {
        xla::HloProto proto;
        if (!stat.has_bytes_value() || !proto.ParseFromString(stat.bytes_value())) continue;
        const int64_t module = proto.hlo_module().id();
        const auto outlined = FindOutlined(module);
        if (outlined == nullptr) continue;
        ABSL_ASSIGN_OR_RETURN(Program program, ProgramOf(*outlined));
        proto.mutable_hlo_module()->Swap(program.module.mutable_hlo_module());
        proto.mutable_hlo_module()->set_id(module);
        proto.mutable_buffer_assignment()->Swap(&program.buffers);
        stat.set_bytes_value(proto.SerializeAsString());
      }
    }
  }
  return absl::OkStatus();
}

// Stops the recording and keeps it, serialized.
absl::Status Finish(PLUGIN_Profiler* profiler) {
  if (profiler->data.has_value()) return absl::OkStatus();
  if (profiler->session == nullptr) return absl::FailedPreconditionError("the profiler was not started");
  tensorflow::profiler::XSpace space;
  ABSL_RETURN_IF_ERROR(profiler->session->CollectData(&space));
  profiler->stopped = true;
  ABSL_RETURN_IF_ERROR(RestorePrograms(space));
  profiler->data = space.SerializeAsString();
  return absl::OkStatus();
}

PLUGIN_Profiler_Error* Stop(PLUGIN_Profiler_Stop_Args* args) {
  return EnterProfiler(args, [&]() -> absl::Status {
    BERING_REQUIRE(args->profiler);
    return Finish(args->profiler);
  });
}

PLUGIN_Profiler_Error* CollectData(PLUGIN_Profiler_CollectData_Args* args) {
  return EnterProfiler(args, [&]() -> absl::Status {
    BERING_REQUIRE(args->profiler);
    ABSL_RETURN_IF_ERROR(Finish(args->profiler));
    std::string& data = *args->profiler->data;
    uint8_t* const own = reinterpret_cast<uint8_t*>(data.data());
    // The header asks for two calls, the first with a null buffer to learn the size. Clients of some releases call once
    // and read what `buffer` points to then, so it gets our own copy.
    if (args->buffer == nullptr) {
      args->buffer = own;
    } else if (args->buffer != own) {
      std::memcpy(args->buffer, own, data.size());
    }
    args->buffer_size_in_bytes = data.size();
    return absl::OkStatus();
  });
}

PLUGIN_Profiler_Error* Consume(PLUGIN_Profiler_Consume_Args* args) {
  return EnterProfiler(args, [&]() -> absl::Status {
    BERING_REQUIRE(args->profiler);
    ABSL_RETURN_IF_ERROR(Finish(args->profiler));
    args->result = new PLUGIN_Profiler_ConsumeResult{*args->profiler->data};
    return absl::OkStatus();
  });
}

void ConsumeResultDestroy(PLUGIN_Profiler_ConsumeResult_Destroy_Args* args) { delete args->consume_result; }

PLUGIN_Profiler_Error* Serialize(PLUGIN_Profiler_Serialize_Args* args) {
  return EnterProfiler(args, [&]() -> absl::Status {
    BERING_REQUIRE(args->consume_result);
    args->serialized_bytes = reinterpret_cast<const uint8_t*>(args->consume_result->data.data());
    args->serialized_size = args->consume_result->data.size();
    return absl::OkStatus();
  });
}

PLUGIN_Profiler_Api MakeProfilerApi() {
  PLUGIN_Profiler_Api api = {};
  // Clients up to JAX 0.10 take the table only with the size that it had at its first release, and crash without it;
  // later ones accept older tables. So it says that size, though all of it is there.
  api.struct_size = PJRT_STRUCT_SIZE(PLUGIN_Profiler_Api, collect_data);
  api.error_destroy = ErrorDestroy;
  api.error_message = ErrorMessage;
  api.error_get_code = ErrorGetCode;
  api.create = Create;
  api.destroy = Destroy;
  api.start = Start;
  api.stop = Stop;
  api.collect_data = CollectData;
  api.consume = Consume;
  api.consume_result_destroy = ConsumeResultDestroy;
  api.serialize = Serialize;
  return api;
}

}  // namespace

PJRT_Profiler_Extension MakeProfilerExtension() {
  static PLUGIN_Profiler_Api api = MakeProfilerApi();
  PJRT_Profiler_Extension extension = {};
  extension.base = ExtensionBase(PJRT_Extension_Type_Profiler, PJRT_Profiler_Extension_STRUCT_SIZE);
  extension.profiler_api = &api;
  return extension;
}

}  // namespace bering
