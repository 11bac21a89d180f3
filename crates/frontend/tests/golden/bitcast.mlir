module @bitcast {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x3xf32>, %arg1: tensor<2x4xui8>, %arg2: tensor<3xi16>):
    %0 = "stablehlo.bitcast_convert"(%arg0) : (tensor<2x3xf32>) -> tensor<2x3xi32>
    %1 = "stablehlo.bitcast_convert"(%arg0) : (tensor<2x3xf32>) -> tensor<2x3x2xui16>
    %2 = "stablehlo.bitcast_convert"(%arg1) : (tensor<2x4xui8>) -> tensor<2xf32>
    %3 = "stablehlo.bitcast_convert"(%arg2) : (tensor<3xi16>) -> tensor<3xf16>
    "func.return"(%0, %1, %2, %3) : (tensor<2x3xi32>, tensor<2x3x2xui16>, tensor<2xf32>, tensor<3xf16>) -> ()
  }) {function_type = (tensor<2x3xf32>, tensor<2x4xui8>, tensor<3xi16>) -> (tensor<2x3xi32>, tensor<2x3x2xui16>, tensor<2xf32>, tensor<3xf16>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
