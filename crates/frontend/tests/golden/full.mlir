module @full {
  "func.func"() ({
    %0 = "stablehlo.constant"() {value = dense<1.000000e-01> : tensor<f32>} : () -> tensor<f32>
    %1 = "stablehlo.broadcast_in_dim"(%0) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<2xf32>
    %2 = "stablehlo.constant"() {value = dense<-3> : tensor<i32>} : () -> tensor<i32>
    %3 = "stablehlo.broadcast_in_dim"(%2) {broadcast_dimensions = array<i64>} : (tensor<i32>) -> tensor<2xi32>
    "func.return"(%1, %3) : (tensor<2xf32>, tensor<2xi32>) -> ()
  }) {function_type = () -> (tensor<2xf32>, tensor<2xi32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
