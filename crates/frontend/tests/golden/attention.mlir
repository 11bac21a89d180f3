module @attention {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x3x2x4xf32>, %arg1: tensor<2x5x2x4xf32>, %arg2: tensor<2x5x2x4xf32>, %arg3: tensor<2x5xi32>):
    %0 = "stablehlo.convert"(%arg3) : (tensor<2x5xi32>) -> tensor<2x5xi1>
    %1 = "stablehlo.constant"() {value = dense<0.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %2 = "stablehlo.constant"() {value = dense<-1.000000e+09> : tensor<f32>} : () -> tensor<f32>
    %3 = "stablehlo.broadcast_in_dim"(%1) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<2x5xf32>
    %4 = "stablehlo.broadcast_in_dim"(%2) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<2x5xf32>
    %5 = "stablehlo.select"(%0, %3, %4) : (tensor<2x5xi1>, tensor<2x5xf32>, tensor<2x5xf32>) -> tensor<2x5xf32>
    %6 = "stablehlo.reshape"(%5) : (tensor<2x5xf32>) -> tensor<2x1x1x5xf32>
    %7 = "stablehlo.constant"() {value = dense<5.000000e-01> : tensor<f32>} : () -> tensor<f32>
    %8 = "stablehlo.broadcast_in_dim"(%7) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<2x3x2x4xf32>
    %9 = "stablehlo.multiply"(%arg0, %8) : (tensor<2x3x2x4xf32>, tensor<2x3x2x4xf32>) -> tensor<2x3x2x4xf32>
    %10 = "stablehlo.dot_general"(%9, %arg1) {dot_dimension_numbers = #stablehlo.dot<lhs_batching_dimensions = [0, 2], rhs_batching_dimensions = [0, 2], lhs_contracting_dimensions = [3], rhs_contracting_dimensions = [3]>, precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision DEFAULT>]} : (tensor<2x3x2x4xf32>, tensor<2x5x2x4xf32>) -> tensor<2x2x3x5xf32>
    %11 = "stablehlo.broadcast_in_dim"(%6) {broadcast_dimensions = array<i64: 0, 1, 2, 3>} : (tensor<2x1x1x5xf32>) -> tensor<2x2x3x5xf32>
    %12 = "stablehlo.add"(%10, %11) : (tensor<2x2x3x5xf32>, tensor<2x2x3x5xf32>) -> tensor<2x2x3x5xf32>
    %13 = "stablehlo.constant"() {value = dense<0xFF800000> : tensor<f32>} : () -> tensor<f32>
    %14 = "stablehlo.reduce"(%12, %13) ({
    ^bb0(%arg4: tensor<f32>, %arg5: tensor<f32>):
      %25 = "stablehlo.maximum"(%arg4, %arg5) : (tensor<f32>, tensor<f32>) -> tensor<f32>
      "stablehlo.return"(%25) : (tensor<f32>) -> ()
    }) {dimensions = array<i64: 3>} : (tensor<2x2x3x5xf32>, tensor<f32>) -> tensor<2x2x3xf32>
    %15 = "stablehlo.reshape"(%14) : (tensor<2x2x3xf32>) -> tensor<2x2x3x1xf32>
    %16 = "stablehlo.broadcast_in_dim"(%15) {broadcast_dimensions = array<i64: 0, 1, 2, 3>} : (tensor<2x2x3x1xf32>) -> tensor<2x2x3x5xf32>
    %17 = "stablehlo.subtract"(%12, %16) : (tensor<2x2x3x5xf32>, tensor<2x2x3x5xf32>) -> tensor<2x2x3x5xf32>
    %18 = "stablehlo.exponential"(%17) : (tensor<2x2x3x5xf32>) -> tensor<2x2x3x5xf32>
    %19 = "stablehlo.reduce"(%18, %1) ({
    ^bb0(%arg4: tensor<f32>, %arg5: tensor<f32>):
      %25 = "stablehlo.add"(%arg4, %arg5) : (tensor<f32>, tensor<f32>) -> tensor<f32>
      "stablehlo.return"(%25) : (tensor<f32>) -> ()
    }) {dimensions = array<i64: 3>} : (tensor<2x2x3x5xf32>, tensor<f32>) -> tensor<2x2x3xf32>
    %20 = "stablehlo.reshape"(%19) : (tensor<2x2x3xf32>) -> tensor<2x2x3x1xf32>
    %21 = "stablehlo.dot_general"(%18, %arg2) {dot_dimension_numbers = #stablehlo.dot<lhs_batching_dimensions = [0, 1], rhs_batching_dimensions = [0, 2], lhs_contracting_dimensions = [3], rhs_contracting_dimensions = [1]>, precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision DEFAULT>]} : (tensor<2x2x3x5xf32>, tensor<2x5x2x4xf32>) -> tensor<2x2x3x4xf32>
    %22 = "stablehlo.broadcast_in_dim"(%20) {broadcast_dimensions = array<i64: 0, 1, 2, 3>} : (tensor<2x2x3x1xf32>) -> tensor<2x2x3x4xf32>
    %23 = "stablehlo.divide"(%21, %22) : (tensor<2x2x3x4xf32>, tensor<2x2x3x4xf32>) -> tensor<2x2x3x4xf32>
    %24 = "stablehlo.transpose"(%23) {permutation = array<i64: 0, 2, 1, 3>} : (tensor<2x2x3x4xf32>) -> tensor<2x3x2x4xf32>
    "func.return"(%24) : (tensor<2x3x2x4xf32>) -> ()
  }) {function_type = (tensor<2x3x2x4xf32>, tensor<2x5x2x4xf32>, tensor<2x5x2x4xf32>, tensor<2x5xi32>) -> tensor<2x3x2x4xf32>, sym_name = "main", sym_visibility = "public"} : () -> ()
}
