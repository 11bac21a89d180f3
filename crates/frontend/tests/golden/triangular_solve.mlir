module @triangular_solve {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x3x3xf64>, %arg1: tensor<2x3x2xf64>, %arg2: tensor<2x2x3xf64>):
    %0 = "stablehlo.triangular_solve"(%arg0, %arg1) {left_side = true, lower = true, transpose_a = #stablehlo<transpose NO_TRANSPOSE>, unit_diagonal = false} : (tensor<2x3x3xf64>, tensor<2x3x2xf64>) -> tensor<2x3x2xf64>
    %1 = "stablehlo.triangular_solve"(%arg0, %arg1) {left_side = true, lower = false, transpose_a = #stablehlo<transpose TRANSPOSE>, unit_diagonal = true} : (tensor<2x3x3xf64>, tensor<2x3x2xf64>) -> tensor<2x3x2xf64>
    %2 = "stablehlo.triangular_solve"(%arg0, %arg2) {left_side = false, lower = true, transpose_a = #stablehlo<transpose TRANSPOSE>, unit_diagonal = false} : (tensor<2x3x3xf64>, tensor<2x2x3xf64>) -> tensor<2x2x3xf64>
    %3 = "stablehlo.triangular_solve"(%arg0, %arg2) {left_side = false, lower = false, transpose_a = #stablehlo<transpose NO_TRANSPOSE>, unit_diagonal = true} : (tensor<2x3x3xf64>, tensor<2x2x3xf64>) -> tensor<2x2x3xf64>
    "func.return"(%0, %1, %2, %3) : (tensor<2x3x2xf64>, tensor<2x3x2xf64>, tensor<2x2x3xf64>, tensor<2x2x3xf64>) -> ()
  }) {function_type = (tensor<2x3x3xf64>, tensor<2x3x2xf64>, tensor<2x2x3xf64>) -> (tensor<2x3x2xf64>, tensor<2x3x2xf64>, tensor<2x2x3xf64>, tensor<2x2x3xf64>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
