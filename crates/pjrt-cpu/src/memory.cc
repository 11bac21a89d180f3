// Memories: the CPU has one kind to a device, and all of them are plain host memory.

#include "client.h"
#include "entry.h"

namespace bering {
namespace {

void* GetUserData(PJRT_Memory* c_memory, const void* key) {
  Memory* memory = FromC(c_memory);
  absl::MutexLock lock(memory->mutex);
  auto found = memory->user_data.find(key);
  return found == memory->user_data.end() ? nullptr : found->second.data;
}

void SetUserData(PJRT_Memory* c_memory, const void* key, void* data, void (*destroy)(void*)) {
  Memory* memory = FromC(c_memory);
  Memory::UserData previous = {nullptr, nullptr};
  {
    absl::MutexLock lock(memory->mutex);
    previous = std::exchange(memory->user_data[key], Memory::UserData{data, destroy});
  }
  // Outside of the lock: it is the caller's code.
  if (previous.data != nullptr && previous.destroy != nullptr) previous.destroy(previous.data);
}

constexpr PJRT_Memory_FunctionTable kMemoryTable = {
    PJRT_Memory_FunctionTable_STRUCT_SIZE, nullptr, PJRT_Memory_STRUCT_SIZE, GetUserData, SetUserData,
};

}  // namespace

Memory::Memory(xla::PjRtMemorySpace* memory_space, PJRT_Client* owner) : space(memory_space), client(owner) {
  vtable = &kMemoryTable;
}

Memory::~Memory() {
  for (auto& [key, value] : user_data) {
    if (value.data != nullptr && value.destroy != nullptr) value.destroy(value.data);
  }
}

BERING_ENTRY(Memory_Id, id) {
  BERING_REQUIRE(args->memory);
  args->id = FromC(args->memory)->space->id();
  return absl::OkStatus();
}

BERING_ENTRY(Memory_Kind, kind_size) {
  BERING_REQUIRE(args->memory);
  absl::string_view kind = FromC(args->memory)->space->kind();
  args->kind = kind.data();
  args->kind_size = kind.size();
  return absl::OkStatus();
}

BERING_ENTRY(Memory_Kind_Id, kind_id) {
  BERING_REQUIRE(args->memory);
  args->kind_id = FromC(args->memory)->space->kind_id();
  return absl::OkStatus();
}

BERING_ENTRY(Memory_DebugString, debug_string_size) {
  BERING_REQUIRE(args->memory);
  absl::string_view text = FromC(args->memory)->space->DebugString();
  args->debug_string = text.data();
  args->debug_string_size = text.size();
  return absl::OkStatus();
}

BERING_ENTRY(Memory_ToString, to_string_size) {
  BERING_REQUIRE(args->memory);
  absl::string_view text = FromC(args->memory)->space->ToString();
  args->to_string = text.data();
  args->to_string_size = text.size();
  return absl::OkStatus();
}

BERING_ENTRY(Memory_AddressableByDevices, num_devices) {
  BERING_REQUIRE(args->memory);
  args->devices = FromC(args->memory)->devices.data();
  args->num_devices = FromC(args->memory)->devices.size();
  return absl::OkStatus();
}

}  // namespace bering
