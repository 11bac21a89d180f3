module @power {
  "func.func"() ({
  ^bb0(%arg0: tensor<5xf32>, %arg1: tensor<5xf32>):
    %0 = "stablehlo.power"(%arg0, %arg1) : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xf32>
    "func.return"(%0) : (tensor<5xf32>) -> ()
  }) {function_type = (tensor<5xf32>, tensor<5xf32>) -> tensor<5xf32>, sym_name = "main", sym_visibility = "public"} : () -> ()
}
