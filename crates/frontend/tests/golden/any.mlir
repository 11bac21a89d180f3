module @any {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x3xi1>):
    %0 = "stablehlo.constant"() {value = dense<false> : tensor<i1>} : () -> tensor<i1>
    %1 = "stablehlo.reduce"(%arg0, %0) ({
    ^bb0(%arg1: tensor<i1>, %arg2: tensor<i1>):
      %3 = "stablehlo.or"(%arg1, %arg2) : (tensor<i1>, tensor<i1>) -> tensor<i1>
      "stablehlo.return"(%3) : (tensor<i1>) -> ()
    }) {dimensions = array<i64: 1>} : (tensor<2x3xi1>, tensor<i1>) -> tensor<2xi1>
    %2 = "stablehlo.reduce"(%arg0, %0) ({
    ^bb0(%arg1: tensor<i1>, %arg2: tensor<i1>):
      %3 = "stablehlo.or"(%arg1, %arg2) : (tensor<i1>, tensor<i1>) -> tensor<i1>
      "stablehlo.return"(%3) : (tensor<i1>) -> ()
    }) {dimensions = array<i64: 0, 1>} : (tensor<2x3xi1>, tensor<i1>) -> tensor<i1>
    "func.return"(%1, %2) : (tensor<2xi1>, tensor<i1>) -> ()
  }) {function_type = (tensor<2x3xi1>) -> (tensor<2xi1>, tensor<i1>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
