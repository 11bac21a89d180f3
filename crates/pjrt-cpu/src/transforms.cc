#include "transforms.h"

#include <memory>

#include "dispatch.h"
#include "gemm_rewriter.h"
#include "gemv_rewriter.h"
#include "products.h"
#include "xla/service/xla_transform.h"

namespace bering {

absl::Status RegisterTransforms() {
  static const absl::Status* const registered = [] {
    using Stage = xla::HloXlaTransform::PipelineStage;
    xla::RegisterHloXlaTransform(Stage::kPreScheduler, std::make_shared<GemvRewriter>());
    xla::RegisterHloXlaTransform(Stage::kPreScheduler, std::make_shared<GemmRewriter>());
    xla::RegisterHloXlaTransform(Stage::kPreScheduler, std::make_shared<DispatchMarker>());
    return new absl::Status(RegisterProducts());
  }();
  return *registered;
}

}  // namespace bering
