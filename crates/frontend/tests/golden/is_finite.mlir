module @is_finite {
  "func.func"() ({
  ^bb0(%arg0: tensor<8xf32>):
    %0 = "stablehlo.is_finite"(%arg0) : (tensor<8xf32>) -> tensor<8xi1>
    "func.return"(%0) : (tensor<8xi1>) -> ()
  }) {function_type = (tensor<8xf32>) -> tensor<8xi1>, sym_name = "main", sym_visibility = "public"} : () -> ()
}
