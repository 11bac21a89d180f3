#include "client.h"

#include <algorithm>

#include "allocator.h"
#include "entry.h"
#include "environment.h"
#include "intra_op_pool.h"
#include "options.h"
#include "transforms.h"
#include "xla/backends/cpu/collectives/in_process_collectives.h"
#include "xla/pjrt/cpu/cpu_client.h"

namespace xla {

// How many threads XLA makes by default: `PJRT_NPROC`, then `NPROC`, then the CPUs this process may run on.
int DefaultThreadPoolSize();

}  // namespace xla

namespace {

// XLA's own default.
constexpr int kMaxTransposeThreads = 8;

}  // namespace

PJRT_Client::~PJRT_Client() = default;

PJRT_Client::PJRT_Client(std::unique_ptr<xla::PjRtClient> xla_client) : client(std::move(xla_client)) {
  for (xla::PjRtMemorySpace* space : client->memory_spaces()) {
    auto memory = std::make_unique<bering::Memory>(space, this);
    memory_of[space] = memory.get();
    memories.push_back(memory.get());
    owned_memories.push_back(std::move(memory));
  }
  for (xla::PjRtDevice* xla_device : client->devices()) {
    auto device = std::make_unique<PJRT_Device>(xla_device, this);
    device_of[xla_device] = device.get();
    devices.push_back(device.get());
    if (xla_device->IsAddressable()) addressable_devices.push_back(device.get());
    owned_devices.push_back(std::move(device));
  }
  for (auto& memory : owned_memories) {
    for (xla::PjRtDevice* device : memory->space->devices()) memory->devices.push_back(device_of.at(device));
  }
  if (auto xla_topology = client->GetTopologyDescription(); xla_topology.ok()) {
    topology = std::make_unique<PJRT_TopologyDescription>(*xla_topology);
  }
}

namespace bering {

absl::StatusOr<PJRT_Device*> FindDevice(const PJRT_Client* client, const xla::PjRtDevice* device) {
  auto found = client->device_of.find(device);
  if (found == client->device_of.end()) return absl::InternalError("a device is not of this client");
  return found->second;
}

absl::StatusOr<PJRT_Memory*> FindMemory(const PJRT_Client* client, const xla::PjRtMemorySpace* memory) {
  auto found = client->memory_of.find(memory);
  if (found == client->memory_of.end()) return absl::InternalError("a memory is not of this client");
  return found->second;
}

absl::StatusOr<xla::PjRtMemorySpace*> ResolveMemory(PJRT_Client* client, PJRT_Device* device,
                                                    PJRT_Memory* memory) {
  if (memory == nullptr) {
    if (device == nullptr) device = client->addressable_devices.front();
    memory = device->default_memory;
    if (memory == nullptr) return absl::InternalError("the device has no default memory");
  }
  if (FromC(memory)->client != client) {
    return absl::InvalidArgumentError("the memory or device belongs to another client");
  }
  return FromC(memory)->space;
}

namespace {

// What `xla::GetXlaPjrtCpuClient` does, with three things that it does not offer: the number of threads, an allocator
// without a wrapper around every block, and `intra_op_pool`, which is made here and must outlive the client.
absl::StatusOr<std::unique_ptr<xla::PjRtClient>> MakeXlaClient(
    const ClientOptions& options, std::shared_ptr<xla::CpuDeviceMemory::Allocator> allocator,
    std::unique_ptr<IntraOpPool>& intra_op_pool) {
  const int num_devices = static_cast<int>(options.device_count);
  std::vector<xla::CpuTopology::CpuDevice> devices;
  for (int i = 0; i < num_devices; ++i) devices.push_back({/*process_id=*/0, /*local_device_id=*/i});
  xla::CpuTopology topology(std::move(devices), HostMachine());
  auto description = std::make_shared<const xla::CpuTopologyDescription>(
      xla::CpuPlatformId(), xla::CpuPlatformName(), xla::CpuPlatformVersion(), topology);
  // Every device of a collective waits in a thread for the others.
  const int64_t threads = std::max<int64_t>(options.num_threads.value_or(xla::DefaultThreadPoolSize()), num_devices);
  auto raw = std::make_unique<xla::PjRtCpuRawClient>(
      std::move(allocator), std::make_shared<xla::cpu::InProcessCollectives>(), static_cast<size_t>(threads),
      options.asynchronous, kMaxTransposeThreads, /*customize_hlo_module_config=*/nullptr, num_devices,
      static_cast<int>(options.max_inflight_computations));
  Eigen::ThreadPoolDevice* intra_op = raw->eigen_intraop_device();
  intra_op_pool = std::make_unique<IntraOpPool>(intra_op->getPool());
  *intra_op = Eigen::ThreadPoolDevice(intra_op_pool.get(), intra_op->numThreads());
  return xla::CreatePjRtCpuClient(std::move(raw), std::move(description), /*process_id=*/0);
}

}  // namespace

BERING_ENTRY(Client_Create, client) {
  ABSL_ASSIGN_OR_RETURN(ClientOptions options, ParseClientOptions(args->create_options, args->num_options));
  ABSL_RETURN_IF_ERROR(CheckEnvironment());
  ABSL_RETURN_IF_ERROR(RegisterTransforms());
  std::shared_ptr<PoolAllocator> pool;
  std::shared_ptr<xla::CpuDeviceMemory::Allocator> allocator;
  if (options.pool_allocator) {
    const int64_t max_cached_bytes =
        options.pool_max_cached_bytes.value_or(static_cast<int64_t>(Pool::DefaultMaxCachedBytes()));
    pool = std::make_shared<PoolAllocator>(static_cast<size_t>(max_cached_bytes));
    KeepFreedMemory();
    allocator = pool;
  } else {
    allocator = xla::CpuDeviceMemory::MakeDefaultAllocator();
  }
  std::unique_ptr<IntraOpPool> intra_op_pool;
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<xla::PjRtClient> client,
                        MakeXlaClient(options, std::move(allocator), intra_op_pool));
  auto wrapper = std::make_unique<PJRT_Client>(std::move(client));
  wrapper->allocator = std::move(pool);
  wrapper->intra_op_pool = std::move(intra_op_pool);
  args->client = wrapper.release();
  return absl::OkStatus();
}

BERING_ENTRY(Client_Destroy, client) {
  delete args->client;
  return absl::OkStatus();
}

BERING_ENTRY(Client_PlatformName, platform_name_size) {
  BERING_REQUIRE(args->client);
  absl::string_view name = args->client->client->platform_name();
  args->platform_name = name.data();
  args->platform_name_size = name.size();
  return absl::OkStatus();
}

BERING_ENTRY(Client_ProcessIndex, process_index) {
  BERING_REQUIRE(args->client);
  args->process_index = args->client->client->process_index();
  return absl::OkStatus();
}

BERING_ENTRY(Client_PlatformVersion, platform_version_size) {
  BERING_REQUIRE(args->client);
  absl::string_view version = args->client->client->platform_version();
  args->platform_version = version.data();
  args->platform_version_size = version.size();
  return absl::OkStatus();
}

BERING_ENTRY(Client_TopologyDescription, topology) {
  BERING_REQUIRE(args->client);
  args->topology = args->client->topology.get();
  if (args->topology == nullptr) return absl::UnimplementedError("the client has no topology description");
  return absl::OkStatus();
}

BERING_ENTRY(Client_Devices, num_devices) {
  BERING_REQUIRE(args->client);
  args->devices = args->client->devices.data();
  args->num_devices = args->client->devices.size();
  return absl::OkStatus();
}

BERING_ENTRY(Client_AddressableDevices, num_addressable_devices) {
  BERING_REQUIRE(args->client);
  args->addressable_devices = args->client->addressable_devices.data();
  args->num_addressable_devices = args->client->addressable_devices.size();
  return absl::OkStatus();
}

BERING_ENTRY(Client_LookupDevice, device) {
  BERING_REQUIRE(args->client);
  for (PJRT_Device* device : args->client->devices) {
    if (device->device->global_device_id().value() != args->id) continue;
    args->device = device;
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("no device has id ", args->id, "; the client has ", args->client->devices.size(), " devices"));
}

BERING_ENTRY(Client_LookupAddressableDevice, addressable_device) {
  BERING_REQUIRE(args->client);
  for (PJRT_Device* device : args->client->addressable_devices) {
    if (device->device->local_hardware_id().value() != args->local_hardware_id) continue;
    args->addressable_device = device;
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("no addressable device has local hardware id ", args->local_hardware_id));
}

BERING_ENTRY(Client_UpdateGlobalProcessInfo, num_process_infos) {
  BERING_REQUIRE(args->client);
  // One process is all there is, so there is nothing to learn about others.
  return absl::OkStatus();
}

BERING_ENTRY(Client_AddressableMemories, num_addressable_memories) {
  BERING_REQUIRE(args->client);
  args->addressable_memories = args->client->memories.data();
  args->num_addressable_memories = args->client->memories.size();
  return absl::OkStatus();
}

BERING_ENTRY(Client_DefaultDeviceAssignment, default_assignment) {
  BERING_REQUIRE(args->client);
  BERING_REQUIRE(args->default_assignment);
  const int64_t replicas = args->num_replicas;
  const int64_t partitions = args->num_partitions;
  const int64_t available = static_cast<int64_t>(args->client->addressable_devices.size());
  if (replicas < 1 || partitions < 1 || replicas > available || replicas * partitions > available) {
    return absl::InvalidArgumentError(absl::StrCat("cannot assign ", replicas, " replicas of ", partitions,
                                                   " partitions to ", available, " devices"));
  }
  if (args->default_assignment_size < static_cast<size_t>(replicas * partitions)) {
    return absl::FailedPreconditionError(
        absl::StrCat("`default_assignment` has room for ", args->default_assignment_size, " devices, ",
                     replicas * partitions, " are needed"));
  }
  ABSL_ASSIGN_OR_RETURN(xla::DeviceAssignment assignment,
                        args->client->client->GetDefaultDeviceAssignment(args->num_replicas, args->num_partitions));
  int* out = args->default_assignment;
  for (int replica = 0; replica < args->num_replicas; ++replica) {
    for (int partition = 0; partition < args->num_partitions; ++partition) {
      *out++ = static_cast<int>(assignment(replica, partition));
    }
  }
  return absl::OkStatus();
}

// Device memory is host memory here: there is nothing to map, and any address will do.
BERING_ENTRY(Client_DmaMap, size) {
  BERING_REQUIRE(args->client);
  return absl::OkStatus();
}

BERING_ENTRY(Client_DmaUnmap, data) {
  BERING_REQUIRE(args->client);
  return absl::OkStatus();
}

}  // namespace bering
