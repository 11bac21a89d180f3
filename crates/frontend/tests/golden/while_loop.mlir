module @while_loop {
  "func.func"() ({
  ^bb0(%arg0: tensor<i32>):
    %0 = "stablehlo.constant"() {value = dense<0> : tensor<i32>} : () -> tensor<i32>
    %1:2 = "stablehlo.while"(%arg0, %0) ({
    ^bb0(%arg1: tensor<i32>, %arg2: tensor<i32>):
      %2 = "stablehlo.constant"() {value = dense<1> : tensor<i32>} : () -> tensor<i32>
      %3 = "stablehlo.compare"(%arg1, %2) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction GT>} : (tensor<i32>, tensor<i32>) -> tensor<i1>
      "stablehlo.return"(%3) : (tensor<i1>) -> ()
    }, {
    ^bb0(%arg1: tensor<i32>, %arg2: tensor<i32>):
      %2 = "stablehlo.constant"() {value = dense<1> : tensor<i32>} : () -> tensor<i32>
      %3 = "stablehlo.and"(%arg1, %2) : (tensor<i32>, tensor<i32>) -> tensor<i32>
      %4 = "stablehlo.compare"(%3, %2) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction EQ>} : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %5 = "stablehlo.convert"(%4) : (tensor<i1>) -> tensor<i32>
      %6 = "stablehlo.case"(%5) ({
        %8 = "stablehlo.constant"() {value = dense<2> : tensor<i32>} : () -> tensor<i32>
        %9 = "stablehlo.divide"(%arg1, %8) : (tensor<i32>, tensor<i32>) -> tensor<i32>
        "stablehlo.return"(%9) : (tensor<i32>) -> ()
      }, {
        %8 = "stablehlo.constant"() {value = dense<3> : tensor<i32>} : () -> tensor<i32>
        %9 = "stablehlo.multiply"(%arg1, %8) : (tensor<i32>, tensor<i32>) -> tensor<i32>
        %10 = "stablehlo.constant"() {value = dense<1> : tensor<i32>} : () -> tensor<i32>
        %11 = "stablehlo.add"(%9, %10) : (tensor<i32>, tensor<i32>) -> tensor<i32>
        "stablehlo.return"(%11) : (tensor<i32>) -> ()
      }) : (tensor<i32>) -> tensor<i32>
      %7 = "stablehlo.add"(%arg2, %2) : (tensor<i32>, tensor<i32>) -> tensor<i32>
      "stablehlo.return"(%6, %7) : (tensor<i32>, tensor<i32>) -> ()
    }) : (tensor<i32>, tensor<i32>) -> (tensor<i32>, tensor<i32>)
    "func.return"(%1#0, %1#1) : (tensor<i32>, tensor<i32>) -> ()
  }) {function_type = (tensor<i32>) -> (tensor<i32>, tensor<i32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
