module @diagonal {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x3x4xf32>):
    %0 = "stablehlo.iota"() {iota_dimension = 0 : i64} : () -> tensor<3xi64>
    %1 = "stablehlo.constant"() {value = dense<0> : tensor<i64>} : () -> tensor<i64>
    %2 = "stablehlo.broadcast_in_dim"(%1) {broadcast_dimensions = array<i64>} : (tensor<i64>) -> tensor<3xi64>
    %3 = "stablehlo.add"(%0, %2) : (tensor<3xi64>, tensor<3xi64>) -> tensor<3xi64>
    %4 = "stablehlo.add"(%0, %2) : (tensor<3xi64>, tensor<3xi64>) -> tensor<3xi64>
    %5 = "stablehlo.compare"(%3, %2) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<3xi64>, tensor<3xi64>) -> tensor<3xi1>
    %6 = "stablehlo.constant"() {value = dense<3> : tensor<i64>} : () -> tensor<i64>
    %7 = "stablehlo.broadcast_in_dim"(%6) {broadcast_dimensions = array<i64>} : (tensor<i64>) -> tensor<3xi64>
    %8 = "stablehlo.add"(%3, %7) : (tensor<3xi64>, tensor<3xi64>) -> tensor<3xi64>
    %9 = "stablehlo.select"(%5, %8, %3) : (tensor<3xi1>, tensor<3xi64>, tensor<3xi64>) -> tensor<3xi64>
    %10 = "stablehlo.compare"(%4, %2) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<3xi64>, tensor<3xi64>) -> tensor<3xi1>
    %11 = "stablehlo.constant"() {value = dense<4> : tensor<i64>} : () -> tensor<i64>
    %12 = "stablehlo.broadcast_in_dim"(%11) {broadcast_dimensions = array<i64>} : (tensor<i64>) -> tensor<3xi64>
    %13 = "stablehlo.add"(%4, %12) : (tensor<3xi64>, tensor<3xi64>) -> tensor<3xi64>
    %14 = "stablehlo.select"(%10, %13, %4) : (tensor<3xi1>, tensor<3xi64>, tensor<3xi64>) -> tensor<3xi64>
    %15 = "stablehlo.broadcast_in_dim"(%9) {broadcast_dimensions = array<i64: 0>} : (tensor<3xi64>) -> tensor<3xi64>
    %16 = "stablehlo.reshape"(%15) : (tensor<3xi64>) -> tensor<3x1xi64>
    %17 = "stablehlo.broadcast_in_dim"(%14) {broadcast_dimensions = array<i64: 0>} : (tensor<3xi64>) -> tensor<3xi64>
    %18 = "stablehlo.reshape"(%17) : (tensor<3xi64>) -> tensor<3x1xi64>
    %19 = "stablehlo.concatenate"(%16, %18) {dimension = 1 : i64} : (tensor<3x1xi64>, tensor<3x1xi64>) -> tensor<3x2xi64>
    %20 = "stablehlo.gather"(%arg0, %19) {dimension_numbers = #stablehlo.gather<offset_dims = [0], collapsed_slice_dims = [1, 2], start_index_map = [1, 2], index_vector_dim = 1>, indices_are_sorted = false, slice_sizes = array<i64: 2, 1, 1>} : (tensor<2x3x4xf32>, tensor<3x2xi64>) -> tensor<2x3xf32>
    %21 = "stablehlo.iota"() {iota_dimension = 0 : i64} : () -> tensor<2xi64>
    %22 = "stablehlo.broadcast_in_dim"(%1) {broadcast_dimensions = array<i64>} : (tensor<i64>) -> tensor<2xi64>
    %23 = "stablehlo.add"(%21, %22) : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
    %24 = "stablehlo.constant"() {value = dense<2> : tensor<i64>} : () -> tensor<i64>
    %25 = "stablehlo.broadcast_in_dim"(%24) {broadcast_dimensions = array<i64>} : (tensor<i64>) -> tensor<2xi64>
    %26 = "stablehlo.add"(%21, %25) : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
    %27 = "stablehlo.compare"(%23, %22) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi1>
    %28 = "stablehlo.broadcast_in_dim"(%6) {broadcast_dimensions = array<i64>} : (tensor<i64>) -> tensor<2xi64>
    %29 = "stablehlo.add"(%23, %28) : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
    %30 = "stablehlo.select"(%27, %29, %23) : (tensor<2xi1>, tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
    %31 = "stablehlo.compare"(%26, %22) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi1>
    %32 = "stablehlo.broadcast_in_dim"(%11) {broadcast_dimensions = array<i64>} : (tensor<i64>) -> tensor<2xi64>
    %33 = "stablehlo.add"(%26, %32) : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
    %34 = "stablehlo.select"(%31, %33, %26) : (tensor<2xi1>, tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
    %35 = "stablehlo.broadcast_in_dim"(%30) {broadcast_dimensions = array<i64: 0>} : (tensor<2xi64>) -> tensor<2xi64>
    %36 = "stablehlo.reshape"(%35) : (tensor<2xi64>) -> tensor<2x1xi64>
    %37 = "stablehlo.broadcast_in_dim"(%34) {broadcast_dimensions = array<i64: 0>} : (tensor<2xi64>) -> tensor<2xi64>
    %38 = "stablehlo.reshape"(%37) : (tensor<2xi64>) -> tensor<2x1xi64>
    %39 = "stablehlo.concatenate"(%36, %38) {dimension = 1 : i64} : (tensor<2x1xi64>, tensor<2x1xi64>) -> tensor<2x2xi64>
    %40 = "stablehlo.gather"(%arg0, %39) {dimension_numbers = #stablehlo.gather<offset_dims = [0], collapsed_slice_dims = [1, 2], start_index_map = [1, 2], index_vector_dim = 1>, indices_are_sorted = false, slice_sizes = array<i64: 2, 1, 1>} : (tensor<2x3x4xf32>, tensor<2x2xi64>) -> tensor<2x2xf32>
    %41 = "stablehlo.iota"() {iota_dimension = 0 : i64} : () -> tensor<2xi64>
    %42 = "stablehlo.constant"() {value = dense<1> : tensor<i64>} : () -> tensor<i64>
    %43 = "stablehlo.broadcast_in_dim"(%42) {broadcast_dimensions = array<i64>} : (tensor<i64>) -> tensor<2xi64>
    %44 = "stablehlo.add"(%41, %43) : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
    %45 = "stablehlo.add"(%41, %22) : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
    %46 = "stablehlo.compare"(%44, %22) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi1>
    %47 = "stablehlo.add"(%44, %28) : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
    %48 = "stablehlo.select"(%46, %47, %44) : (tensor<2xi1>, tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
    %49 = "stablehlo.compare"(%45, %22) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi1>
    %50 = "stablehlo.add"(%45, %32) : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
    %51 = "stablehlo.select"(%49, %50, %45) : (tensor<2xi1>, tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
    %52 = "stablehlo.broadcast_in_dim"(%48) {broadcast_dimensions = array<i64: 0>} : (tensor<2xi64>) -> tensor<2xi64>
    %53 = "stablehlo.reshape"(%52) : (tensor<2xi64>) -> tensor<2x1xi64>
    %54 = "stablehlo.broadcast_in_dim"(%51) {broadcast_dimensions = array<i64: 0>} : (tensor<2xi64>) -> tensor<2xi64>
    %55 = "stablehlo.reshape"(%54) : (tensor<2xi64>) -> tensor<2x1xi64>
    %56 = "stablehlo.concatenate"(%53, %55) {dimension = 1 : i64} : (tensor<2x1xi64>, tensor<2x1xi64>) -> tensor<2x2xi64>
    %57 = "stablehlo.gather"(%arg0, %56) {dimension_numbers = #stablehlo.gather<offset_dims = [0], collapsed_slice_dims = [1, 2], start_index_map = [1, 2], index_vector_dim = 1>, indices_are_sorted = false, slice_sizes = array<i64: 2, 1, 1>} : (tensor<2x3x4xf32>, tensor<2x2xi64>) -> tensor<2x2xf32>
    %58 = "stablehlo.iota"() {iota_dimension = 0 : i64} : () -> tensor<0xi64>
    %59 = "stablehlo.broadcast_in_dim"(%1) {broadcast_dimensions = array<i64>} : (tensor<i64>) -> tensor<0xi64>
    %60 = "stablehlo.add"(%58, %59) : (tensor<0xi64>, tensor<0xi64>) -> tensor<0xi64>
    %61 = "stablehlo.broadcast_in_dim"(%11) {broadcast_dimensions = array<i64>} : (tensor<i64>) -> tensor<0xi64>
    %62 = "stablehlo.add"(%58, %61) : (tensor<0xi64>, tensor<0xi64>) -> tensor<0xi64>
    %63 = "stablehlo.compare"(%60, %59) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<0xi64>, tensor<0xi64>) -> tensor<0xi1>
    %64 = "stablehlo.broadcast_in_dim"(%6) {broadcast_dimensions = array<i64>} : (tensor<i64>) -> tensor<0xi64>
    %65 = "stablehlo.add"(%60, %64) : (tensor<0xi64>, tensor<0xi64>) -> tensor<0xi64>
    %66 = "stablehlo.select"(%63, %65, %60) : (tensor<0xi1>, tensor<0xi64>, tensor<0xi64>) -> tensor<0xi64>
    %67 = "stablehlo.compare"(%62, %59) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<0xi64>, tensor<0xi64>) -> tensor<0xi1>
    %68 = "stablehlo.add"(%62, %61) : (tensor<0xi64>, tensor<0xi64>) -> tensor<0xi64>
    %69 = "stablehlo.select"(%67, %68, %62) : (tensor<0xi1>, tensor<0xi64>, tensor<0xi64>) -> tensor<0xi64>
    %70 = "stablehlo.broadcast_in_dim"(%66) {broadcast_dimensions = array<i64: 0>} : (tensor<0xi64>) -> tensor<0xi64>
    %71 = "stablehlo.reshape"(%70) : (tensor<0xi64>) -> tensor<0x1xi64>
    %72 = "stablehlo.broadcast_in_dim"(%69) {broadcast_dimensions = array<i64: 0>} : (tensor<0xi64>) -> tensor<0xi64>
    %73 = "stablehlo.reshape"(%72) : (tensor<0xi64>) -> tensor<0x1xi64>
    %74 = "stablehlo.concatenate"(%71, %73) {dimension = 1 : i64} : (tensor<0x1xi64>, tensor<0x1xi64>) -> tensor<0x2xi64>
    %75 = "stablehlo.gather"(%arg0, %74) {dimension_numbers = #stablehlo.gather<offset_dims = [0], collapsed_slice_dims = [1, 2], start_index_map = [1, 2], index_vector_dim = 1>, indices_are_sorted = false, slice_sizes = array<i64: 2, 1, 1>} : (tensor<2x3x4xf32>, tensor<0x2xi64>) -> tensor<2x0xf32>
    "func.return"(%20, %40, %57, %75) : (tensor<2x3xf32>, tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x0xf32>) -> ()
  }) {function_type = (tensor<2x3x4xf32>) -> (tensor<2x3xf32>, tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x0xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
