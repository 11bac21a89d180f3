module @solve_triangular {
  "func.func"() ({
  ^bb0(%arg0: tensor<3x3xf32>, %arg1: tensor<3x2xf32>, %arg2: tensor<3xf32>):
    %0 = "stablehlo.triangular_solve"(%arg0, %arg1) {left_side = true, lower = true, transpose_a = #stablehlo<transpose NO_TRANSPOSE>, unit_diagonal = false} : (tensor<3x3xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %1 = "stablehlo.reshape"(%arg2) : (tensor<3xf32>) -> tensor<3x1xf32>
    %2 = "stablehlo.triangular_solve"(%arg0, %1) {left_side = true, lower = false, transpose_a = #stablehlo<transpose NO_TRANSPOSE>, unit_diagonal = false} : (tensor<3x3xf32>, tensor<3x1xf32>) -> tensor<3x1xf32>
    %3 = "stablehlo.reshape"(%2) : (tensor<3x1xf32>) -> tensor<3xf32>
    "func.return"(%0, %3) : (tensor<3x2xf32>, tensor<3xf32>) -> ()
  }) {function_type = (tensor<3x3xf32>, tensor<3x2xf32>, tensor<3xf32>) -> (tensor<3x2xf32>, tensor<3xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
