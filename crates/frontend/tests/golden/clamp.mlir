module @clamp {
  "func.func"() ({
  ^bb0(%arg0: tensor<6xf32>):
    %0 = "stablehlo.constant"() {value = dense<-1.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %1 = "stablehlo.constant"() {value = dense<1.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %2 = "stablehlo.clamp"(%0, %arg0, %1) : (tensor<f32>, tensor<6xf32>, tensor<f32>) -> tensor<6xf32>
    "func.return"(%2) : (tensor<6xf32>) -> ()
  }) {function_type = (tensor<6xf32>) -> tensor<6xf32>, sym_name = "main", sym_visibility = "public"} : () -> ()
}
