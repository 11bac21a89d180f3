module @scan {
  "func.func"() ({
  ^bb0(%arg0: tensor<2xf32>, %arg1: tensor<4x2xf32>):
    %0 = "stablehlo.constant"() {value = dense<0> : tensor<i32>} : () -> tensor<i32>
    %1 = "stablehlo.constant"() {value = dense<0.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %2 = "stablehlo.broadcast_in_dim"(%1) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<4x2xf32>
    %3:3 = "stablehlo.while"(%0, %arg0, %2) ({
    ^bb0(%arg2: tensor<i32>, %arg3: tensor<2xf32>, %arg4: tensor<4x2xf32>):
      %4 = "stablehlo.constant"() {value = dense<4> : tensor<i32>} : () -> tensor<i32>
      %5 = "stablehlo.compare"(%arg2, %4) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<i32>, tensor<i32>) -> tensor<i1>
      "stablehlo.return"(%5) : (tensor<i1>) -> ()
    }, {
    ^bb0(%arg2: tensor<i32>, %arg3: tensor<2xf32>, %arg4: tensor<4x2xf32>):
      %4 = "stablehlo.constant"() {value = dense<0> : tensor<i32>} : () -> tensor<i32>
      %5 = "stablehlo.dynamic_slice"(%arg1, %arg2, %4) {slice_sizes = array<i64: 1, 2>} : (tensor<4x2xf32>, tensor<i32>, tensor<i32>) -> tensor<1x2xf32>
      %6 = "stablehlo.reshape"(%5) : (tensor<1x2xf32>) -> tensor<2xf32>
      %7 = "stablehlo.constant"() {value = dense<5.000000e-01> : tensor<f32>} : () -> tensor<f32>
      %8 = "stablehlo.broadcast_in_dim"(%7) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<2xf32>
      %9 = "stablehlo.multiply"(%arg3, %8) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
      %10 = "stablehlo.add"(%9, %6) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
      %11 = "stablehlo.add"(%arg3, %6) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
      %12 = "stablehlo.constant"() {value = dense<1> : tensor<i32>} : () -> tensor<i32>
      %13 = "stablehlo.add"(%arg2, %12) : (tensor<i32>, tensor<i32>) -> tensor<i32>
      %14 = "stablehlo.reshape"(%11) : (tensor<2xf32>) -> tensor<1x2xf32>
      %15 = "stablehlo.constant"() {value = dense<0> : tensor<i32>} : () -> tensor<i32>
      %16 = "stablehlo.dynamic_update_slice"(%arg4, %14, %arg2, %15) : (tensor<4x2xf32>, tensor<1x2xf32>, tensor<i32>, tensor<i32>) -> tensor<4x2xf32>
      "stablehlo.return"(%13, %10, %16) : (tensor<i32>, tensor<2xf32>, tensor<4x2xf32>) -> ()
    }) : (tensor<i32>, tensor<2xf32>, tensor<4x2xf32>) -> (tensor<i32>, tensor<2xf32>, tensor<4x2xf32>)
    "func.return"(%3#1, %3#2) : (tensor<2xf32>, tensor<4x2xf32>) -> ()
  }) {function_type = (tensor<2xf32>, tensor<4x2xf32>) -> (tensor<2xf32>, tensor<4x2xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
