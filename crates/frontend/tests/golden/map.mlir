module @map {
  "func.func"() ({
  ^bb0(%arg0: tensor<3x2xf32>):
    %0 = "stablehlo.constant"() {value = dense<0> : tensor<i32>} : () -> tensor<i32>
    %1 = "stablehlo.constant"() {value = dense<0.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %2 = "stablehlo.broadcast_in_dim"(%1) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<3xf32>
    %3 = "stablehlo.constant"() {value = dense<0.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %4 = "stablehlo.broadcast_in_dim"(%3) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<3x2xf32>
    %5:3 = "stablehlo.while"(%0, %2, %4) ({
    ^bb0(%arg1: tensor<i32>, %arg2: tensor<3xf32>, %arg3: tensor<3x2xf32>):
      %6 = "stablehlo.constant"() {value = dense<3> : tensor<i32>} : () -> tensor<i32>
      %7 = "stablehlo.compare"(%arg1, %6) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<i32>, tensor<i32>) -> tensor<i1>
      "stablehlo.return"(%7) : (tensor<i1>) -> ()
    }, {
    ^bb0(%arg1: tensor<i32>, %arg2: tensor<3xf32>, %arg3: tensor<3x2xf32>):
      %6 = "stablehlo.constant"() {value = dense<0> : tensor<i32>} : () -> tensor<i32>
      %7 = "stablehlo.dynamic_slice"(%arg0, %arg1, %6) {slice_sizes = array<i64: 1, 2>} : (tensor<3x2xf32>, tensor<i32>, tensor<i32>) -> tensor<1x2xf32>
      %8 = "stablehlo.reshape"(%7) : (tensor<1x2xf32>) -> tensor<2xf32>
      %9 = "stablehlo.constant"() {value = dense<0.000000e+00> : tensor<f32>} : () -> tensor<f32>
      %10 = "stablehlo.reduce"(%8, %9) ({
      ^bb0(%arg4: tensor<f32>, %arg5: tensor<f32>):
        %22 = "stablehlo.add"(%arg4, %arg5) : (tensor<f32>, tensor<f32>) -> tensor<f32>
        "stablehlo.return"(%22) : (tensor<f32>) -> ()
      }) {dimensions = array<i64: 0>} : (tensor<2xf32>, tensor<f32>) -> tensor<f32>
      %11 = "stablehlo.constant"() {value = dense<0xFF800000> : tensor<f32>} : () -> tensor<f32>
      %12 = "stablehlo.reduce"(%8, %11) ({
      ^bb0(%arg4: tensor<f32>, %arg5: tensor<f32>):
        %22 = "stablehlo.maximum"(%arg4, %arg5) : (tensor<f32>, tensor<f32>) -> tensor<f32>
        "stablehlo.return"(%22) : (tensor<f32>) -> ()
      }) {dimensions = array<i64: 0>} : (tensor<2xf32>, tensor<f32>) -> tensor<f32>
      %13 = "stablehlo.broadcast_in_dim"(%12) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<2xf32>
      %14 = "stablehlo.multiply"(%8, %13) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
      %15 = "stablehlo.constant"() {value = dense<1> : tensor<i32>} : () -> tensor<i32>
      %16 = "stablehlo.add"(%arg1, %15) : (tensor<i32>, tensor<i32>) -> tensor<i32>
      %17 = "stablehlo.reshape"(%10) : (tensor<f32>) -> tensor<1xf32>
      %18 = "stablehlo.dynamic_update_slice"(%arg2, %17, %arg1) : (tensor<3xf32>, tensor<1xf32>, tensor<i32>) -> tensor<3xf32>
      %19 = "stablehlo.reshape"(%14) : (tensor<2xf32>) -> tensor<1x2xf32>
      %20 = "stablehlo.constant"() {value = dense<0> : tensor<i32>} : () -> tensor<i32>
      %21 = "stablehlo.dynamic_update_slice"(%arg3, %19, %arg1, %20) : (tensor<3x2xf32>, tensor<1x2xf32>, tensor<i32>, tensor<i32>) -> tensor<3x2xf32>
      "stablehlo.return"(%16, %18, %21) : (tensor<i32>, tensor<3xf32>, tensor<3x2xf32>) -> ()
    }) : (tensor<i32>, tensor<3xf32>, tensor<3x2xf32>) -> (tensor<i32>, tensor<3xf32>, tensor<3x2xf32>)
    "func.return"(%5#1, %5#2) : (tensor<3xf32>, tensor<3x2xf32>) -> ()
  }) {function_type = (tensor<3x2xf32>) -> (tensor<3xf32>, tensor<3x2xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
