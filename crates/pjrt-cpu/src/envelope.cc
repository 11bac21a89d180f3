#include "envelope.h"

#include <cstring>

#include "environment.h"

namespace bering {
namespace {

// The last two bytes are the version of this format.
constexpr absl::string_view kMagic = "BERING02";

struct Header {
  char magic[8];
  uint64_t machine;
  uint64_t size;
  uint64_t checksum;
};

// FNV-1a over 8 bytes at a time, with a final mix: every flipped bit changes it.
uint64_t Checksum(absl::string_view bytes) {
  constexpr uint64_t kPrime = 0x100000001b3;
  uint64_t hash = 0xcbf29ce484222325;
  size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    uint64_t word;
    std::memcpy(&word, bytes.data() + at, 8);
    hash = (hash ^ word) * kPrime;
    hash ^= hash >> 29;
  }
  for (; at < bytes.size(); ++at) hash = (hash ^ static_cast<unsigned char>(bytes[at])) * kPrime;
  hash ^= hash >> 32;
  return hash * kPrime;
}

uint64_t MachineChecksum() {
  static const uint64_t checksum = [] {
    const xla::cpu::TargetMachineOptions machine = HostMachine();
    return Checksum(absl::StrCat(machine.triple(), ";", machine.cpu(), ";", machine.GetTargetMachineFeatures()));
  }();
  return checksum;
}

}  // namespace

std::string WrapExecutable(absl::string_view payload) {
  Header header = {};
  std::memcpy(header.magic, kMagic.data(), sizeof(header.magic));
  header.machine = MachineChecksum();
  header.size = payload.size();
  header.checksum = Checksum(payload);
  return absl::StrCat(absl::string_view(reinterpret_cast<const char*>(&header), sizeof(header)), payload);
}

absl::StatusOr<absl::string_view> UnwrapExecutable(absl::string_view bytes) {
  Header header;
  if (bytes.size() < sizeof(header)) {
    return absl::DataLossError(absl::StrCat("a serialized executable of ", bytes.size(), " bytes is too short"));
  }
  std::memcpy(&header, bytes.data(), sizeof(header));
  const absl::string_view magic(header.magic, sizeof(header.magic));
  if (magic != kMagic) {
    return absl::FailedPreconditionError("these bytes are not an executable serialized by this version of the plugin");
  }
  const absl::string_view payload = bytes.substr(sizeof(header));
  if (header.size != payload.size() || header.checksum != Checksum(payload)) {
    return absl::DataLossError("the serialized executable is damaged: its checksum does not match");
  }
  if (header.machine != MachineChecksum()) {
    return absl::FailedPreconditionError("the executable was compiled for another CPU; compile it again");
  }
  return payload;
}

}  // namespace bering
