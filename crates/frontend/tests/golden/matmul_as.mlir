module @matmul_as {
  "func.func"() ({
  ^bb0(%arg0: tensor<4x3xbf16>, %arg1: tensor<3x5xbf16>):
    %0 = "stablehlo.dot_general"(%arg0, %arg1) {dot_dimension_numbers = #stablehlo.dot<lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [0]>, precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision DEFAULT>]} : (tensor<4x3xbf16>, tensor<3x5xbf16>) -> tensor<4x5xf32>
    "func.return"(%0) : (tensor<4x5xf32>) -> ()
  }) {function_type = (tensor<4x3xbf16>, tensor<3x5xbf16>) -> tensor<4x5xf32>, sym_name = "main", sym_visibility = "public"} : () -> ()
}
