module @broadcast_to {
  "func.func"() ({
  ^bb0(%arg0: tensor<3x1xf32>):
    %0 = "stablehlo.broadcast_in_dim"(%arg0) {broadcast_dimensions = array<i64: 1, 2>} : (tensor<3x1xf32>) -> tensor<2x3x4xf32>
    "func.return"(%0) : (tensor<2x3x4xf32>) -> ()
  }) {function_type = (tensor<3x1xf32>) -> tensor<2x3x4xf32>, sym_name = "main", sym_visibility = "public"} : () -> ()
}
