module @not {
  "func.func"() ({
  ^bb0(%arg0: tensor<2xi1>):
    %0 = "stablehlo.not"(%arg0) : (tensor<2xi1>) -> tensor<2xi1>
    "func.return"(%0) : (tensor<2xi1>) -> ()
  }) {function_type = (tensor<2xi1>) -> tensor<2xi1>, sym_name = "main", sym_visibility = "public"} : () -> ()
}
