module @norm {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x3xf32>, %arg1: tensor<3xcomplex<f32>>, %arg2: tensor<0xf32>):
    %0 = "stablehlo.multiply"(%arg0, %arg0) : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
    %1 = "stablehlo.constant"() {value = dense<0.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %2 = "stablehlo.reduce"(%0, %1) ({
    ^bb0(%arg3: tensor<f32>, %arg4: tensor<f32>):
      %18 = "stablehlo.add"(%arg3, %arg4) : (tensor<f32>, tensor<f32>) -> tensor<f32>
      "stablehlo.return"(%18) : (tensor<f32>) -> ()
    }) {dimensions = array<i64: 1>} : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>
    %3 = "stablehlo.sqrt"(%2) : (tensor<2xf32>) -> tensor<2xf32>
    %4 = "stablehlo.multiply"(%arg0, %arg0) : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
    %5 = "stablehlo.reduce"(%4, %1) ({
    ^bb0(%arg3: tensor<f32>, %arg4: tensor<f32>):
      %18 = "stablehlo.add"(%arg3, %arg4) : (tensor<f32>, tensor<f32>) -> tensor<f32>
      "stablehlo.return"(%18) : (tensor<f32>) -> ()
    }) {dimensions = array<i64: 0, 1>} : (tensor<2x3xf32>, tensor<f32>) -> tensor<f32>
    %6 = "stablehlo.sqrt"(%5) : (tensor<f32>) -> tensor<f32>
    %7 = "stablehlo.reshape"(%6) : (tensor<f32>) -> tensor<1x1xf32>
    %8 = "stablehlo.real"(%arg1) : (tensor<3xcomplex<f32>>) -> tensor<3xf32>
    %9 = "stablehlo.multiply"(%8, %8) : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
    %10 = "stablehlo.imag"(%arg1) : (tensor<3xcomplex<f32>>) -> tensor<3xf32>
    %11 = "stablehlo.multiply"(%10, %10) : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
    %12 = "stablehlo.add"(%9, %11) : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
    %13 = "stablehlo.reduce"(%12, %1) ({
    ^bb0(%arg3: tensor<f32>, %arg4: tensor<f32>):
      %18 = "stablehlo.add"(%arg3, %arg4) : (tensor<f32>, tensor<f32>) -> tensor<f32>
      "stablehlo.return"(%18) : (tensor<f32>) -> ()
    }) {dimensions = array<i64: 0>} : (tensor<3xf32>, tensor<f32>) -> tensor<f32>
    %14 = "stablehlo.sqrt"(%13) : (tensor<f32>) -> tensor<f32>
    %15 = "stablehlo.multiply"(%arg2, %arg2) : (tensor<0xf32>, tensor<0xf32>) -> tensor<0xf32>
    %16 = "stablehlo.reduce"(%15, %1) ({
    ^bb0(%arg3: tensor<f32>, %arg4: tensor<f32>):
      %18 = "stablehlo.add"(%arg3, %arg4) : (tensor<f32>, tensor<f32>) -> tensor<f32>
      "stablehlo.return"(%18) : (tensor<f32>) -> ()
    }) {dimensions = array<i64: 0>} : (tensor<0xf32>, tensor<f32>) -> tensor<f32>
    %17 = "stablehlo.sqrt"(%16) : (tensor<f32>) -> tensor<f32>
    "func.return"(%3, %7, %14, %17) : (tensor<2xf32>, tensor<1x1xf32>, tensor<f32>, tensor<f32>) -> ()
  }) {function_type = (tensor<2x3xf32>, tensor<3xcomplex<f32>>, tensor<0xf32>) -> (tensor<2xf32>, tensor<1x1xf32>, tensor<f32>, tensor<f32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
