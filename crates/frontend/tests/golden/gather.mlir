module @gather {
  "func.func"() ({
  ^bb0(%arg0: tensor<4x5xf32>, %arg1: tensor<3x2xi32>):
    %0 = "stablehlo.gather"(%arg0, %arg1) {dimension_numbers = #stablehlo.gather<collapsed_slice_dims = [0, 1], start_index_map = [0, 1], index_vector_dim = 1>, indices_are_sorted = false, slice_sizes = array<i64: 1, 1>} : (tensor<4x5xf32>, tensor<3x2xi32>) -> tensor<3xf32>
    "func.return"(%0) : (tensor<3xf32>) -> ()
  }) {function_type = (tensor<4x5xf32>, tensor<3x2xi32>) -> tensor<3xf32>, sym_name = "main", sym_visibility = "public"} : () -> ()
}
