module @solve_positive_definite {
  "func.func"() ({
  ^bb0(%arg0: tensor<3x3xf32>, %arg1: tensor<3xf32>, %arg2: tensor<3x3xcomplex<f32>>, %arg3: tensor<3x2xcomplex<f32>>):
    %0 = "stablehlo.reshape"(%arg1) : (tensor<3xf32>) -> tensor<3x1xf32>
    %1 = "stablehlo.cholesky"(%arg0) {lower = true} : (tensor<3x3xf32>) -> tensor<3x3xf32>
    %2 = "stablehlo.triangular_solve"(%1, %0) {left_side = true, lower = true, transpose_a = #stablehlo<transpose NO_TRANSPOSE>, unit_diagonal = false} : (tensor<3x3xf32>, tensor<3x1xf32>) -> tensor<3x1xf32>
    %3 = "stablehlo.triangular_solve"(%1, %2) {left_side = true, lower = true, transpose_a = #stablehlo<transpose TRANSPOSE>, unit_diagonal = false} : (tensor<3x3xf32>, tensor<3x1xf32>) -> tensor<3x1xf32>
    %4 = "stablehlo.reshape"(%3) : (tensor<3x1xf32>) -> tensor<3xf32>
    %5 = "stablehlo.cholesky"(%arg2) {lower = true} : (tensor<3x3xcomplex<f32>>) -> tensor<3x3xcomplex<f32>>
    %6 = "stablehlo.triangular_solve"(%5, %arg3) {left_side = true, lower = true, transpose_a = #stablehlo<transpose NO_TRANSPOSE>, unit_diagonal = false} : (tensor<3x3xcomplex<f32>>, tensor<3x2xcomplex<f32>>) -> tensor<3x2xcomplex<f32>>
    %7 = "stablehlo.triangular_solve"(%5, %6) {left_side = true, lower = true, transpose_a = #stablehlo<transpose ADJOINT>, unit_diagonal = false} : (tensor<3x3xcomplex<f32>>, tensor<3x2xcomplex<f32>>) -> tensor<3x2xcomplex<f32>>
    "func.return"(%4, %7) : (tensor<3xf32>, tensor<3x2xcomplex<f32>>) -> ()
  }) {function_type = (tensor<3x3xf32>, tensor<3xf32>, tensor<3x3xcomplex<f32>>, tensor<3x2xcomplex<f32>>) -> (tensor<3xf32>, tensor<3x2xcomplex<f32>>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
