module @transpose {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x3x4xf32>):
    %0 = "stablehlo.transpose"(%arg0) {permutation = array<i64: 2, 0, 1>} : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
    "func.return"(%0) : (tensor<4x2x3xf32>) -> ()
  }) {function_type = (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>, sym_name = "main", sym_visibility = "public"} : () -> ()
}
