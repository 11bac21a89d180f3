module @expand_dims {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x3xf32>):
    %0 = "stablehlo.reshape"(%arg0) : (tensor<2x3xf32>) -> tensor<1x2x3x1xf32>
    "func.return"(%0) : (tensor<1x2x3x1xf32>) -> ()
  }) {function_type = (tensor<2x3xf32>) -> tensor<1x2x3x1xf32>, sym_name = "main", sym_visibility = "public"} : () -> ()
}
