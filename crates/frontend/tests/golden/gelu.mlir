module @gelu {
  "func.func"() ({
  ^bb0(%arg0: tensor<64xf32>):
    %0 = "stablehlo.constant"() {value = dense<5.000000e-01> : tensor<f32>} : () -> tensor<f32>
    %1 = "stablehlo.broadcast_in_dim"(%0) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<64xf32>
    %2 = "stablehlo.multiply"(%arg0, %1) : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
    %3 = "stablehlo.constant"() {value = dense<0.707106769> : tensor<f32>} : () -> tensor<f32>
    %4 = "stablehlo.broadcast_in_dim"(%3) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<64xf32>
    %5 = "stablehlo.multiply"(%arg0, %4) : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
    %6 = "chlo.erf"(%5) : (tensor<64xf32>) -> tensor<64xf32>
    %7 = "stablehlo.constant"() {value = dense<1.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %8 = "stablehlo.broadcast_in_dim"(%7) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<64xf32>
    %9 = "stablehlo.add"(%6, %8) : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
    %10 = "stablehlo.multiply"(%2, %9) : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
    "func.return"(%10) : (tensor<64xf32>) -> ()
  }) {function_type = (tensor<64xf32>) -> tensor<64xf32>, sym_name = "main", sym_visibility = "public"} : () -> ()
}
