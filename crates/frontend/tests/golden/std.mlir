module @std {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x5xf32>):
    %0 = "stablehlo.constant"() {value = dense<0.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %1 = "stablehlo.reduce"(%arg0, %0) ({
    ^bb0(%arg1: tensor<f32>, %arg2: tensor<f32>):
      %34 = "stablehlo.add"(%arg1, %arg2) : (tensor<f32>, tensor<f32>) -> tensor<f32>
      "stablehlo.return"(%34) : (tensor<f32>) -> ()
    }) {dimensions = array<i64: 1>} : (tensor<2x5xf32>, tensor<f32>) -> tensor<2xf32>
    %2 = "stablehlo.constant"() {value = dense<5.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %3 = "stablehlo.broadcast_in_dim"(%2) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<2xf32>
    %4 = "stablehlo.divide"(%1, %3) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %5 = "stablehlo.reshape"(%4) : (tensor<2xf32>) -> tensor<2x1xf32>
    %6 = "stablehlo.broadcast_in_dim"(%5) {broadcast_dimensions = array<i64: 0, 1>} : (tensor<2x1xf32>) -> tensor<2x5xf32>
    %7 = "stablehlo.subtract"(%arg0, %6) : (tensor<2x5xf32>, tensor<2x5xf32>) -> tensor<2x5xf32>
    %8 = "stablehlo.multiply"(%7, %7) : (tensor<2x5xf32>, tensor<2x5xf32>) -> tensor<2x5xf32>
    %9 = "stablehlo.reduce"(%8, %0) ({
    ^bb0(%arg1: tensor<f32>, %arg2: tensor<f32>):
      %34 = "stablehlo.add"(%arg1, %arg2) : (tensor<f32>, tensor<f32>) -> tensor<f32>
      "stablehlo.return"(%34) : (tensor<f32>) -> ()
    }) {dimensions = array<i64: 1>} : (tensor<2x5xf32>, tensor<f32>) -> tensor<2xf32>
    %10 = "stablehlo.divide"(%9, %3) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %11 = "stablehlo.sqrt"(%10) : (tensor<2xf32>) -> tensor<2xf32>
    %12 = "stablehlo.reduce"(%arg0, %0) ({
    ^bb0(%arg1: tensor<f32>, %arg2: tensor<f32>):
      %34 = "stablehlo.add"(%arg1, %arg2) : (tensor<f32>, tensor<f32>) -> tensor<f32>
      "stablehlo.return"(%34) : (tensor<f32>) -> ()
    }) {dimensions = array<i64: 0, 1>} : (tensor<2x5xf32>, tensor<f32>) -> tensor<f32>
    %13 = "stablehlo.constant"() {value = dense<1.000000e+01> : tensor<f32>} : () -> tensor<f32>
    %14 = "stablehlo.divide"(%12, %13) : (tensor<f32>, tensor<f32>) -> tensor<f32>
    %15 = "stablehlo.reshape"(%14) : (tensor<f32>) -> tensor<1x1xf32>
    %16 = "stablehlo.broadcast_in_dim"(%15) {broadcast_dimensions = array<i64: 0, 1>} : (tensor<1x1xf32>) -> tensor<2x5xf32>
    %17 = "stablehlo.subtract"(%arg0, %16) : (tensor<2x5xf32>, tensor<2x5xf32>) -> tensor<2x5xf32>
    %18 = "stablehlo.multiply"(%17, %17) : (tensor<2x5xf32>, tensor<2x5xf32>) -> tensor<2x5xf32>
    %19 = "stablehlo.reduce"(%18, %0) ({
    ^bb0(%arg1: tensor<f32>, %arg2: tensor<f32>):
      %34 = "stablehlo.add"(%arg1, %arg2) : (tensor<f32>, tensor<f32>) -> tensor<f32>
      "stablehlo.return"(%34) : (tensor<f32>) -> ()
    }) {dimensions = array<i64: 0, 1>} : (tensor<2x5xf32>, tensor<f32>) -> tensor<f32>
    %20 = "stablehlo.divide"(%19, %13) : (tensor<f32>, tensor<f32>) -> tensor<f32>
    %21 = "stablehlo.sqrt"(%20) : (tensor<f32>) -> tensor<f32>
    %22 = "stablehlo.reshape"(%21) : (tensor<f32>) -> tensor<1x1xf32>
    %23 = "stablehlo.reduce"(%arg0, %0) ({
    ^bb0(%arg1: tensor<f32>, %arg2: tensor<f32>):
      %34 = "stablehlo.add"(%arg1, %arg2) : (tensor<f32>, tensor<f32>) -> tensor<f32>
      "stablehlo.return"(%34) : (tensor<f32>) -> ()
    }) {dimensions = array<i64: 0>} : (tensor<2x5xf32>, tensor<f32>) -> tensor<5xf32>
    %24 = "stablehlo.constant"() {value = dense<2.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %25 = "stablehlo.broadcast_in_dim"(%24) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<5xf32>
    %26 = "stablehlo.divide"(%23, %25) : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xf32>
    %27 = "stablehlo.reshape"(%26) : (tensor<5xf32>) -> tensor<1x5xf32>
    %28 = "stablehlo.broadcast_in_dim"(%27) {broadcast_dimensions = array<i64: 0, 1>} : (tensor<1x5xf32>) -> tensor<2x5xf32>
    %29 = "stablehlo.subtract"(%arg0, %28) : (tensor<2x5xf32>, tensor<2x5xf32>) -> tensor<2x5xf32>
    %30 = "stablehlo.multiply"(%29, %29) : (tensor<2x5xf32>, tensor<2x5xf32>) -> tensor<2x5xf32>
    %31 = "stablehlo.reduce"(%30, %0) ({
    ^bb0(%arg1: tensor<f32>, %arg2: tensor<f32>):
      %34 = "stablehlo.add"(%arg1, %arg2) : (tensor<f32>, tensor<f32>) -> tensor<f32>
      "stablehlo.return"(%34) : (tensor<f32>) -> ()
    }) {dimensions = array<i64: 0>} : (tensor<2x5xf32>, tensor<f32>) -> tensor<5xf32>
    %32 = "stablehlo.divide"(%31, %25) : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xf32>
    %33 = "stablehlo.multiply"(%32, %25) : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xf32>
    "func.return"(%11, %22, %33) : (tensor<2xf32>, tensor<1x1xf32>, tensor<5xf32>) -> ()
  }) {function_type = (tensor<2x5xf32>) -> (tensor<2xf32>, tensor<1x1xf32>, tensor<5xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
