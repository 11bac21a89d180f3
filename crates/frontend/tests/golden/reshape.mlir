module @reshape {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x6xf32>):
    %0 = "stablehlo.reshape"(%arg0) : (tensor<2x6xf32>) -> tensor<3x2x2xf32>
    "func.return"(%0) : (tensor<3x2x2xf32>) -> ()
  }) {function_type = (tensor<2x6xf32>) -> tensor<3x2x2xf32>, sym_name = "main", sym_visibility = "public"} : () -> ()
}
