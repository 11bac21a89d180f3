module @fori_loop {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x2xf32>):
    %0 = "stablehlo.constant"() {value = dense<0> : tensor<i32>} : () -> tensor<i32>
    %1 = "stablehlo.constant"() {value = dense<0> : tensor<i32>} : () -> tensor<i32>
    %2:3 = "stablehlo.while"(%1, %0, %arg0) ({
    ^bb0(%arg1: tensor<i32>, %arg2: tensor<i32>, %arg3: tensor<2x2xf32>):
      %3 = "stablehlo.constant"() {value = dense<5> : tensor<i32>} : () -> tensor<i32>
      %4 = "stablehlo.compare"(%arg1, %3) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<i32>, tensor<i32>) -> tensor<i1>
      "stablehlo.return"(%4) : (tensor<i1>) -> ()
    }, {
    ^bb0(%arg1: tensor<i32>, %arg2: tensor<i32>, %arg3: tensor<2x2xf32>):
      %3 = "stablehlo.constant"() {value = dense<1> : tensor<i32>} : () -> tensor<i32>
      %4 = "stablehlo.add"(%arg2, %3) : (tensor<i32>, tensor<i32>) -> tensor<i32>
      %5 = "stablehlo.dot_general"(%arg3, %arg0) {dot_dimension_numbers = #stablehlo.dot<lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [0]>, precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision DEFAULT>]} : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
      %6 = "stablehlo.convert"(%arg2) : (tensor<i32>) -> tensor<f32>
      %7 = "stablehlo.broadcast_in_dim"(%6) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<2x2xf32>
      %8 = "stablehlo.add"(%5, %7) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
      %9 = "stablehlo.constant"() {value = dense<1> : tensor<i32>} : () -> tensor<i32>
      %10 = "stablehlo.add"(%arg1, %9) : (tensor<i32>, tensor<i32>) -> tensor<i32>
      "stablehlo.return"(%10, %4, %8) : (tensor<i32>, tensor<i32>, tensor<2x2xf32>) -> ()
    }) : (tensor<i32>, tensor<i32>, tensor<2x2xf32>) -> (tensor<i32>, tensor<i32>, tensor<2x2xf32>)
    "func.return"(%2#2) : (tensor<2x2xf32>) -> ()
  }) {function_type = (tensor<2x2xf32>) -> tensor<2x2xf32>, sym_name = "main", sym_visibility = "public"} : () -> ()
}
