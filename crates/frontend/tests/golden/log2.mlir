module @log2 {
  "func.func"() ({
  ^bb0(%arg0: tensor<8xf32>):
    %0 = "stablehlo.log"(%arg0) : (tensor<8xf32>) -> tensor<8xf32>
    %1 = "stablehlo.constant"() {value = dense<0.693147182> : tensor<f32>} : () -> tensor<f32>
    %2 = "stablehlo.broadcast_in_dim"(%1) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<8xf32>
    %3 = "stablehlo.divide"(%0, %2) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %4 = "stablehlo.log"(%arg0) : (tensor<8xf32>) -> tensor<8xf32>
    %5 = "stablehlo.constant"() {value = dense<2.30258512> : tensor<f32>} : () -> tensor<f32>
    %6 = "stablehlo.broadcast_in_dim"(%5) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<8xf32>
    %7 = "stablehlo.divide"(%4, %6) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    "func.return"(%3, %7) : (tensor<8xf32>, tensor<8xf32>) -> ()
  }) {function_type = (tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
