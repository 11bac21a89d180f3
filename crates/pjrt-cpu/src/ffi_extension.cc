// Custom calls: registering handlers and types of XLA's FFI, and giving one execution's handlers their user data.

#include "entry.h"
#include "execute_context.h"
#include "extensions.h"
#include "ffi_registry.h"
#include "xla/ffi/type_registry.h"

namespace bering {
namespace {

BERING_ENTRY(FFI_Type_Register, type_id) {
  BERING_REQUIRE(args->type_name);
  const absl::string_view name(args->type_name, args->type_name_size);
  xla::ffi::TypeRegistry::TypeInfo info;
  if (BERING_HAS_FIELD(PJRT_FFI_Type_Register_Args, args, type_info) && args->type_info != nullptr) {
    info.deleter = args->type_info->deleter;
  }
  const xla::ffi::TypeRegistry::TypeId id(args->type_id);
  if (id != xla::ffi::TypeRegistry::kUnknownTypeId) {
    return xla::ffi::TypeRegistry::RegisterTypeId(name, id, info);
  }
  ABSL_ASSIGN_OR_RETURN(xla::ffi::TypeRegistry::TypeId assigned,
                        xla::ffi::TypeRegistry::AssignTypeId(name, info));
  args->type_id = assigned.value();
  return absl::OkStatus();
}

BERING_ENTRY(FFI_UserData_Add, user_data) {
  BERING_REQUIRE(args->context);
  return args->context->context->ffi_context().Insert(
      xla::ffi::TypeRegistry::TypeId(args->user_data.type_id), args->user_data.data);
}

BERING_ENTRY(FFI_Register_Handler, traits) {
  BERING_REQUIRE(args->target_name);
  BERING_REQUIRE(args->handler);
  BERING_REQUIRE(args->platform_name);
  XLA_FFI_Handler_Bundle bundle = {};
  bundle.execute = reinterpret_cast<XLA_FFI_Handler*>(args->handler);
  return xla::ffi::RegisterHandler(xla::ffi::GetXlaFfiApi(),
                                   absl::string_view(args->target_name, args->target_name_size),
                                   absl::string_view(args->platform_name, args->platform_name_size), bundle,
                                   static_cast<XLA_FFI_Handler_Traits>(args->traits));
}

}  // namespace

PJRT_FFI_Extension MakeFfiExtension() {
  PJRT_FFI_Extension extension = {};
  extension.base = ExtensionBase(PJRT_Extension_Type_FFI, PJRT_FFI_Extension_STRUCT_SIZE);
  extension.type_register = FFI_Type_Register;
  extension.user_data_add = FFI_UserData_Add;
  extension.register_handler = FFI_Register_Handler;
  return extension;
}

}  // namespace bering
