module @slice {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x8xf32>):
    %0 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 2, 5>, start_indices = array<i64: 0, 2>, strides = array<i64: 1, 1>} : (tensor<2x8xf32>) -> tensor<2x3xf32>
    %1 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 1, 8>, start_indices = array<i64: 1, 0>, strides = array<i64: 1, 1>} : (tensor<2x8xf32>) -> tensor<0x8xf32>
    "func.return"(%0, %1) : (tensor<2x3xf32>, tensor<0x8xf32>) -> ()
  }) {function_type = (tensor<2x8xf32>) -> (tensor<2x3xf32>, tensor<0x8xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
