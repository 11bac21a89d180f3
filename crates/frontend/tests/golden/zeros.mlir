module @zeros {
  "func.func"() ({
    %0 = "stablehlo.constant"() {value = dense<0.000000e+00> : tensor<f64>} : () -> tensor<f64>
    %1 = "stablehlo.broadcast_in_dim"(%0) {broadcast_dimensions = array<i64>} : (tensor<f64>) -> tensor<2xf64>
    %2 = "stablehlo.constant"() {value = dense<1> : tensor<ui8>} : () -> tensor<ui8>
    %3 = "stablehlo.broadcast_in_dim"(%2) {broadcast_dimensions = array<i64>} : (tensor<ui8>) -> tensor<2xui8>
    %4 = "stablehlo.constant"() {value = dense<true> : tensor<i1>} : () -> tensor<i1>
    %5 = "stablehlo.broadcast_in_dim"(%4) {broadcast_dimensions = array<i64>} : (tensor<i1>) -> tensor<2xi1>
    "func.return"(%1, %3, %5) : (tensor<2xf64>, tensor<2xui8>, tensor<2xi1>) -> ()
  }) {function_type = () -> (tensor<2xf64>, tensor<2xui8>, tensor<2xi1>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
