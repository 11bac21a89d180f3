module @count_nonzero {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x3xf32>, %arg1: tensor<4xi1>):
    %0 = "stablehlo.convert"(%arg0) : (tensor<2x3xf32>) -> tensor<2x3xi1>
    %1 = "stablehlo.convert"(%0) : (tensor<2x3xi1>) -> tensor<2x3xi32>
    %2 = "stablehlo.constant"() {value = dense<0> : tensor<i32>} : () -> tensor<i32>
    %3 = "stablehlo.reduce"(%1, %2) ({
    ^bb0(%arg2: tensor<i32>, %arg3: tensor<i32>):
      %6 = "stablehlo.add"(%arg2, %arg3) : (tensor<i32>, tensor<i32>) -> tensor<i32>
      "stablehlo.return"(%6) : (tensor<i32>) -> ()
    }) {dimensions = array<i64: 1>} : (tensor<2x3xi32>, tensor<i32>) -> tensor<2xi32>
    %4 = "stablehlo.convert"(%arg1) : (tensor<4xi1>) -> tensor<4xi32>
    %5 = "stablehlo.reduce"(%4, %2) ({
    ^bb0(%arg2: tensor<i32>, %arg3: tensor<i32>):
      %6 = "stablehlo.add"(%arg2, %arg3) : (tensor<i32>, tensor<i32>) -> tensor<i32>
      "stablehlo.return"(%6) : (tensor<i32>) -> ()
    }) {dimensions = array<i64: 0>} : (tensor<4xi32>, tensor<i32>) -> tensor<i32>
    "func.return"(%3, %5) : (tensor<2xi32>, tensor<i32>) -> ()
  }) {function_type = (tensor<2x3xf32>, tensor<4xi1>) -> (tensor<2xi32>, tensor<i32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
