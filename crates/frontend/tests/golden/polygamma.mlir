module @polygamma {
  "func.func"() ({
  ^bb0(%arg0: tensor<8xf32>, %arg1: tensor<8xf64>):
    %0 = "stablehlo.constant"() {value = dense<1.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %1 = "stablehlo.broadcast_in_dim"(%0) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<8xf32>
    %2 = "chlo.polygamma"(%1, %arg0) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %3 = "stablehlo.constant"() {value = dense<3.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %4 = "stablehlo.broadcast_in_dim"(%3) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<8xf32>
    %5 = "chlo.polygamma"(%4, %arg0) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %6 = "stablehlo.constant"() {value = dense<0.000000e+00> : tensor<f64>} : () -> tensor<f64>
    %7 = "stablehlo.broadcast_in_dim"(%6) {broadcast_dimensions = array<i64>} : (tensor<f64>) -> tensor<8xf64>
    %8 = "chlo.polygamma"(%7, %arg1) : (tensor<8xf64>, tensor<8xf64>) -> tensor<8xf64>
    %9 = "stablehlo.constant"() {value = dense<2.000000e+00> : tensor<f64>} : () -> tensor<f64>
    %10 = "stablehlo.broadcast_in_dim"(%9) {broadcast_dimensions = array<i64>} : (tensor<f64>) -> tensor<8xf64>
    %11 = "chlo.polygamma"(%10, %arg1) : (tensor<8xf64>, tensor<8xf64>) -> tensor<8xf64>
    "func.return"(%2, %5, %8, %11) : (tensor<8xf32>, tensor<8xf32>, tensor<8xf64>, tensor<8xf64>) -> ()
  }) {function_type = (tensor<8xf32>, tensor<8xf64>) -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf64>, tensor<8xf64>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
