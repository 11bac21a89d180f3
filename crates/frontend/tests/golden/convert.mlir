module @convert {
  "func.func"() ({
  ^bb0(%arg0: tensor<4xf32>):
    %0 = "stablehlo.convert"(%arg0) : (tensor<4xf32>) -> tensor<4xi32>
    "func.return"(%0) : (tensor<4xi32>) -> ()
  }) {function_type = (tensor<4xf32>) -> tensor<4xi32>, sym_name = "main", sym_visibility = "public"} : () -> ()
}
