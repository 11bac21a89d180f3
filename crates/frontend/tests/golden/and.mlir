module @and {
  "func.func"() ({
  ^bb0(%arg0: tensor<4xi1>, %arg1: tensor<4xi1>):
    %0 = "stablehlo.and"(%arg0, %arg1) : (tensor<4xi1>, tensor<4xi1>) -> tensor<4xi1>
    "func.return"(%0) : (tensor<4xi1>) -> ()
  }) {function_type = (tensor<4xi1>, tensor<4xi1>) -> tensor<4xi1>, sym_name = "main", sym_visibility = "public"} : () -> ()
}
