module @select_at {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x3x4xf32>):
    %0 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 2, 3, 4>, start_indices = array<i64: 0, 2, 0>, strides = array<i64: 1, 1, 1>} : (tensor<2x3x4xf32>) -> tensor<2x1x4xf32>
    %1 = "stablehlo.reshape"(%0) : (tensor<2x1x4xf32>) -> tensor<2x4xf32>
    %2 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 1, 3, 4>, start_indices = array<i64: 0, 0, 0>, strides = array<i64: 1, 1, 1>} : (tensor<2x3x4xf32>) -> tensor<1x3x4xf32>
    %3 = "stablehlo.reshape"(%2) : (tensor<1x3x4xf32>) -> tensor<3x4xf32>
    "func.return"(%1, %3) : (tensor<2x4xf32>, tensor<3x4xf32>) -> ()
  }) {function_type = (tensor<2x3x4xf32>) -> (tensor<2x4xf32>, tensor<3x4xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
