module @squeeze {
  "func.func"() ({
  ^bb0(%arg0: tensor<1x2x1x3xf32>):
    %0 = "stablehlo.reshape"(%arg0) : (tensor<1x2x1x3xf32>) -> tensor<2x1x3xf32>
    %1 = "stablehlo.reshape"(%arg0) : (tensor<1x2x1x3xf32>) -> tensor<2x3xf32>
    %2 = "stablehlo.reshape"(%arg0) : (tensor<1x2x1x3xf32>) -> tensor<1x2x3xf32>
    "func.return"(%0, %1, %2) : (tensor<2x1x3xf32>, tensor<2x3xf32>, tensor<1x2x3xf32>) -> ()
  }) {function_type = (tensor<1x2x1x3xf32>) -> (tensor<2x1x3xf32>, tensor<2x3xf32>, tensor<1x2x3xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
