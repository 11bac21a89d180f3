module @split {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x6xf32>):
    %0 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 2, 1>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<2x6xf32>) -> tensor<2x1xf32>
    %1 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 2, 1>, start_indices = array<i64: 0, 1>, strides = array<i64: 1, 1>} : (tensor<2x6xf32>) -> tensor<2x0xf32>
    %2 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 2, 6>, start_indices = array<i64: 0, 1>, strides = array<i64: 1, 1>} : (tensor<2x6xf32>) -> tensor<2x5xf32>
    "func.return"(%0, %1, %2) : (tensor<2x1xf32>, tensor<2x0xf32>, tensor<2x5xf32>) -> ()
  }) {function_type = (tensor<2x6xf32>) -> (tensor<2x1xf32>, tensor<2x0xf32>, tensor<2x5xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
