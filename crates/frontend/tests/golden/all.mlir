module @all {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x3xi1>):
    %0 = "stablehlo.constant"() {value = dense<true> : tensor<i1>} : () -> tensor<i1>
    %1 = "stablehlo.reduce"(%arg0, %0) ({
    ^bb0(%arg1: tensor<i1>, %arg2: tensor<i1>):
      %4 = "stablehlo.and"(%arg1, %arg2) : (tensor<i1>, tensor<i1>) -> tensor<i1>
      "stablehlo.return"(%4) : (tensor<i1>) -> ()
    }) {dimensions = array<i64: 1>} : (tensor<2x3xi1>, tensor<i1>) -> tensor<2xi1>
    %2 = "stablehlo.reduce"(%arg0, %0) ({
    ^bb0(%arg1: tensor<i1>, %arg2: tensor<i1>):
      %4 = "stablehlo.and"(%arg1, %arg2) : (tensor<i1>, tensor<i1>) -> tensor<i1>
      "stablehlo.return"(%4) : (tensor<i1>) -> ()
    }) {dimensions = array<i64: 0>} : (tensor<2x3xi1>, tensor<i1>) -> tensor<3xi1>
    %3 = "stablehlo.reshape"(%2) : (tensor<3xi1>) -> tensor<1x3xi1>
    "func.return"(%1, %3) : (tensor<2xi1>, tensor<1x3xi1>) -> ()
  }) {function_type = (tensor<2x3xi1>) -> (tensor<2xi1>, tensor<1x3xi1>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
