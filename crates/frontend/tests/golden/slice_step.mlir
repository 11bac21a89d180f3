module @slice_step {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x8xf32>):
    %0 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 2, 8>, start_indices = array<i64: 0, 1>, strides = array<i64: 1, 3>} : (tensor<2x8xf32>) -> tensor<2x3xf32>
    "func.return"(%0) : (tensor<2x3xf32>) -> ()
  }) {function_type = (tensor<2x8xf32>) -> tensor<2x3xf32>, sym_name = "main", sym_visibility = "public"} : () -> ()
}
