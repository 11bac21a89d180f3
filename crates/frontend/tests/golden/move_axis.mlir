module @move_axis {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x3x4xf32>):
    %0 = "stablehlo.transpose"(%arg0) {permutation = array<i64: 1, 2, 0>} : (tensor<2x3x4xf32>) -> tensor<3x4x2xf32>
    %1 = "stablehlo.transpose"(%arg0) {permutation = array<i64: 2, 0, 1>} : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
    "func.return"(%0, %1, %arg0) : (tensor<3x4x2xf32>, tensor<4x2x3xf32>, tensor<2x3x4xf32>) -> ()
  }) {function_type = (tensor<2x3x4xf32>) -> (tensor<3x4x2xf32>, tensor<4x2x3xf32>, tensor<2x3x4xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
