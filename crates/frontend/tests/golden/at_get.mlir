module @at_get {
  "func.func"() ({
  ^bb0(%arg0: tensor<4x5x6xf32>, %arg1: tensor<3xi32>, %arg2: tensor<2x1xi32>):
    %0 = "stablehlo.constant"() {value = dense<0> : tensor<i32>} : () -> tensor<i32>
    %1 = "stablehlo.broadcast_in_dim"(%0) {broadcast_dimensions = array<i64>} : (tensor<i32>) -> tensor<3xi32>
    %2 = "stablehlo.compare"(%arg1, %1) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi1>
    %3 = "stablehlo.constant"() {value = dense<4> : tensor<i32>} : () -> tensor<i32>
    %4 = "stablehlo.broadcast_in_dim"(%3) {broadcast_dimensions = array<i64>} : (tensor<i32>) -> tensor<3xi32>
    %5 = "stablehlo.add"(%arg1, %4) : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
    %6 = "stablehlo.select"(%2, %5, %arg1) : (tensor<3xi1>, tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
    %7 = "stablehlo.broadcast_in_dim"(%6) {broadcast_dimensions = array<i64: 0>} : (tensor<3xi32>) -> tensor<3xi32>
    %8 = "stablehlo.reshape"(%7) : (tensor<3xi32>) -> tensor<3x1xi32>
    %9 = "stablehlo.gather"(%arg0, %8) {dimension_numbers = #stablehlo.gather<offset_dims = [1, 2], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, indices_are_sorted = false, slice_sizes = array<i64: 1, 5, 6>} : (tensor<4x5x6xf32>, tensor<3x1xi32>) -> tensor<3x5x6xf32>
    %10 = "stablehlo.compare"(%arg1, %1) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi1>
    %11 = "stablehlo.constant"() {value = dense<5> : tensor<i32>} : () -> tensor<i32>
    %12 = "stablehlo.broadcast_in_dim"(%11) {broadcast_dimensions = array<i64>} : (tensor<i32>) -> tensor<3xi32>
    %13 = "stablehlo.add"(%arg1, %12) : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
    %14 = "stablehlo.select"(%10, %13, %arg1) : (tensor<3xi1>, tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
    %15 = "stablehlo.broadcast_in_dim"(%14) {broadcast_dimensions = array<i64: 0>} : (tensor<3xi32>) -> tensor<3xi32>
    %16 = "stablehlo.reshape"(%15) : (tensor<3xi32>) -> tensor<3x1xi32>
    %17 = "stablehlo.gather"(%arg0, %16) {dimension_numbers = #stablehlo.gather<offset_dims = [0, 2], collapsed_slice_dims = [1], start_index_map = [1], index_vector_dim = 1>, indices_are_sorted = false, slice_sizes = array<i64: 4, 1, 6>} : (tensor<4x5x6xf32>, tensor<3x1xi32>) -> tensor<4x3x6xf32>
    %18 = "stablehlo.compare"(%arg1, %1) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi1>
    %19 = "stablehlo.add"(%arg1, %4) : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
    %20 = "stablehlo.select"(%18, %19, %arg1) : (tensor<3xi1>, tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
    %21 = "stablehlo.broadcast_in_dim"(%0) {broadcast_dimensions = array<i64>} : (tensor<i32>) -> tensor<2x1xi32>
    %22 = "stablehlo.compare"(%arg2, %21) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<2x1xi32>, tensor<2x1xi32>) -> tensor<2x1xi1>
    %23 = "stablehlo.broadcast_in_dim"(%11) {broadcast_dimensions = array<i64>} : (tensor<i32>) -> tensor<2x1xi32>
    %24 = "stablehlo.add"(%arg2, %23) : (tensor<2x1xi32>, tensor<2x1xi32>) -> tensor<2x1xi32>
    %25 = "stablehlo.select"(%22, %24, %arg2) : (tensor<2x1xi1>, tensor<2x1xi32>, tensor<2x1xi32>) -> tensor<2x1xi32>
    %26 = "stablehlo.broadcast_in_dim"(%20) {broadcast_dimensions = array<i64: 1>} : (tensor<3xi32>) -> tensor<2x3xi32>
    %27 = "stablehlo.broadcast_in_dim"(%25) {broadcast_dimensions = array<i64: 0, 1>} : (tensor<2x1xi32>) -> tensor<2x3xi32>
    %28 = "stablehlo.broadcast_in_dim"(%26) {broadcast_dimensions = array<i64: 0, 1>} : (tensor<2x3xi32>) -> tensor<2x3xi32>
    %29 = "stablehlo.reshape"(%28) : (tensor<2x3xi32>) -> tensor<2x3x1xi32>
    %30 = "stablehlo.broadcast_in_dim"(%27) {broadcast_dimensions = array<i64: 0, 1>} : (tensor<2x3xi32>) -> tensor<2x3xi32>
    %31 = "stablehlo.reshape"(%30) : (tensor<2x3xi32>) -> tensor<2x3x1xi32>
    %32 = "stablehlo.concatenate"(%29, %31) {dimension = 2 : i64} : (tensor<2x3x1xi32>, tensor<2x3x1xi32>) -> tensor<2x3x2xi32>
    %33 = "stablehlo.gather"(%arg0, %32) {dimension_numbers = #stablehlo.gather<offset_dims = [2], collapsed_slice_dims = [0, 1], start_index_map = [0, 1], index_vector_dim = 2>, indices_are_sorted = false, slice_sizes = array<i64: 1, 1, 6>} : (tensor<4x5x6xf32>, tensor<2x3x2xi32>) -> tensor<2x3x6xf32>
    %34 = "stablehlo.compare"(%arg1, %1) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi1>
    %35 = "stablehlo.constant"() {value = dense<6> : tensor<i32>} : () -> tensor<i32>
    %36 = "stablehlo.broadcast_in_dim"(%35) {broadcast_dimensions = array<i64>} : (tensor<i32>) -> tensor<3xi32>
    %37 = "stablehlo.add"(%arg1, %36) : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
    %38 = "stablehlo.select"(%34, %37, %arg1) : (tensor<3xi1>, tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
    %39 = "stablehlo.constant"() {value = dense<1> : tensor<i32>} : () -> tensor<i32>
    %40 = "stablehlo.broadcast_in_dim"(%39) {broadcast_dimensions = array<i64>} : (tensor<i32>) -> tensor<3xi32>
    %41 = "stablehlo.reshape"(%40) : (tensor<3xi32>) -> tensor<3x1xi32>
    %42 = "stablehlo.broadcast_in_dim"(%38) {broadcast_dimensions = array<i64: 0>} : (tensor<3xi32>) -> tensor<3xi32>
    %43 = "stablehlo.reshape"(%42) : (tensor<3xi32>) -> tensor<3x1xi32>
    %44 = "stablehlo.concatenate"(%41, %43) {dimension = 1 : i64} : (tensor<3x1xi32>, tensor<3x1xi32>) -> tensor<3x2xi32>
    %45 = "stablehlo.gather"(%arg0, %44) {dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0, 2], start_index_map = [0, 2], index_vector_dim = 1>, indices_are_sorted = false, slice_sizes = array<i64: 1, 5, 1>} : (tensor<4x5x6xf32>, tensor<3x2xi32>) -> tensor<3x5xf32>
    %46 = "stablehlo.compare"(%arg1, %1) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi1>
    %47 = "stablehlo.add"(%arg1, %4) : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
    %48 = "stablehlo.select"(%46, %47, %arg1) : (tensor<3xi1>, tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
    %49 = "stablehlo.compare"(%arg2, %21) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<2x1xi32>, tensor<2x1xi32>) -> tensor<2x1xi1>
    %50 = "stablehlo.broadcast_in_dim"(%35) {broadcast_dimensions = array<i64>} : (tensor<i32>) -> tensor<2x1xi32>
    %51 = "stablehlo.add"(%arg2, %50) : (tensor<2x1xi32>, tensor<2x1xi32>) -> tensor<2x1xi32>
    %52 = "stablehlo.select"(%49, %51, %arg2) : (tensor<2x1xi1>, tensor<2x1xi32>, tensor<2x1xi32>) -> tensor<2x1xi32>
    %53 = "stablehlo.broadcast_in_dim"(%48) {broadcast_dimensions = array<i64: 1>} : (tensor<3xi32>) -> tensor<2x3xi32>
    %54 = "stablehlo.broadcast_in_dim"(%52) {broadcast_dimensions = array<i64: 0, 1>} : (tensor<2x1xi32>) -> tensor<2x3xi32>
    %55 = "stablehlo.broadcast_in_dim"(%53) {broadcast_dimensions = array<i64: 0, 1>} : (tensor<2x3xi32>) -> tensor<2x3xi32>
    %56 = "stablehlo.reshape"(%55) : (tensor<2x3xi32>) -> tensor<2x3x1xi32>
    %57 = "stablehlo.broadcast_in_dim"(%54) {broadcast_dimensions = array<i64: 0, 1>} : (tensor<2x3xi32>) -> tensor<2x3xi32>
    %58 = "stablehlo.reshape"(%57) : (tensor<2x3xi32>) -> tensor<2x3x1xi32>
    %59 = "stablehlo.concatenate"(%56, %58) {dimension = 2 : i64} : (tensor<2x3x1xi32>, tensor<2x3x1xi32>) -> tensor<2x3x2xi32>
    %60 = "stablehlo.gather"(%arg0, %59) {dimension_numbers = #stablehlo.gather<offset_dims = [2], collapsed_slice_dims = [0, 2], start_index_map = [0, 2], index_vector_dim = 2>, indices_are_sorted = false, slice_sizes = array<i64: 1, 5, 1>} : (tensor<4x5x6xf32>, tensor<2x3x2xi32>) -> tensor<2x3x5xf32>
    %61 = "stablehlo.compare"(%arg1, %1) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi1>
    %62 = "stablehlo.add"(%arg1, %12) : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
    %63 = "stablehlo.select"(%61, %62, %arg1) : (tensor<3xi1>, tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
    %64 = "stablehlo.broadcast_in_dim"(%63) {broadcast_dimensions = array<i64: 0>} : (tensor<3xi32>) -> tensor<3xi32>
    %65 = "stablehlo.reshape"(%64) : (tensor<3xi32>) -> tensor<3x1xi32>
    %66 = "stablehlo.constant"() {value = dense<2> : tensor<i32>} : () -> tensor<i32>
    %67 = "stablehlo.broadcast_in_dim"(%66) {broadcast_dimensions = array<i64>} : (tensor<i32>) -> tensor<3xi32>
    %68 = "stablehlo.reshape"(%67) : (tensor<3xi32>) -> tensor<3x1xi32>
    %69 = "stablehlo.concatenate"(%65, %68) {dimension = 1 : i64} : (tensor<3x1xi32>, tensor<3x1xi32>) -> tensor<3x2xi32>
    %70 = "stablehlo.gather"(%arg0, %69) {dimension_numbers = #stablehlo.gather<offset_dims = [0], collapsed_slice_dims = [1, 2], start_index_map = [1, 2], index_vector_dim = 1>, indices_are_sorted = false, slice_sizes = array<i64: 4, 1, 1>} : (tensor<4x5x6xf32>, tensor<3x2xi32>) -> tensor<4x3xf32>
    %71 = "stablehlo.compare"(%arg1, %1) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi1>
    %72 = "stablehlo.add"(%arg1, %4) : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
    %73 = "stablehlo.select"(%71, %72, %arg1) : (tensor<3xi1>, tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
    %74 = "stablehlo.broadcast_in_dim"(%73) {broadcast_dimensions = array<i64: 0>} : (tensor<3xi32>) -> tensor<3xi32>
    %75 = "stablehlo.reshape"(%74) : (tensor<3xi32>) -> tensor<3x1xi32>
    %76 = "stablehlo.gather"(%arg0, %75) {dimension_numbers = #stablehlo.gather<offset_dims = [1, 2], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, indices_are_sorted = false, slice_sizes = array<i64: 1, 5, 6>} : (tensor<4x5x6xf32>, tensor<3x1xi32>) -> tensor<3x5x6xf32>
    %77 = "stablehlo.reshape"(%76) : (tensor<3x5x6xf32>) -> tensor<1x3x5x6xf32>
    "func.return"(%9, %17, %33, %45, %60, %70, %77) : (tensor<3x5x6xf32>, tensor<4x3x6xf32>, tensor<2x3x6xf32>, tensor<3x5xf32>, tensor<2x3x5xf32>, tensor<4x3xf32>, tensor<1x3x5x6xf32>) -> ()
  }) {function_type = (tensor<4x5x6xf32>, tensor<3xi32>, tensor<2x1xi32>) -> (tensor<3x5x6xf32>, tensor<4x3x6xf32>, tensor<2x3x6xf32>, tensor<3x5xf32>, tensor<2x3x5xf32>, tensor<4x3xf32>, tensor<1x3x5x6xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
