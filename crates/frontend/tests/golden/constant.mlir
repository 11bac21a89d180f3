module @constant {
  "func.func"() ({
    %0 = "stablehlo.constant"() {value = dense<[[1.500000e+00, -2.000000e+00], [0x7FC00000, 0x7F800000]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
    %1 = "stablehlo.constant"() {value = dense<[-9223372036854775808, 7]> : tensor<2xi64>} : () -> tensor<2xi64>
    %2 = "stablehlo.constant"() {value = dense<> : tensor<0x2xui8>} : () -> tensor<0x2xui8>
    "func.return"(%0, %1, %2) : (tensor<2x2xf32>, tensor<2xi64>, tensor<0x2xui8>) -> ()
  }) {function_type = () -> (tensor<2x2xf32>, tensor<2xi64>, tensor<0x2xui8>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
