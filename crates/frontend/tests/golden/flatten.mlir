module @flatten {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x3x4xf32>):
    %0 = "stablehlo.reshape"(%arg0) : (tensor<2x3x4xf32>) -> tensor<24xf32>
    %1 = "stablehlo.reshape"(%arg0) : (tensor<2x3x4xf32>) -> tensor<2x12xf32>
    "func.return"(%0, %1) : (tensor<24xf32>, tensor<2x12xf32>) -> ()
  }) {function_type = (tensor<2x3x4xf32>) -> (tensor<24xf32>, tensor<2x12xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
