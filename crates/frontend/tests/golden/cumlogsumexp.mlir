module @cumlogsumexp {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x5xf32>, %arg1: tensor<1xf32>, %arg2: tensor<37xf32>, %arg3: tensor<4xf32>):
    %0 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 2, 4>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 2>} : (tensor<2x5xf32>) -> tensor<2x2xf32>
    %1 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 2, 5>, start_indices = array<i64: 0, 1>, strides = array<i64: 1, 2>} : (tensor<2x5xf32>) -> tensor<2x2xf32>
    %2 = "stablehlo.compare"(%0, %1) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction GE>} : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xi1>
    %3 = "stablehlo.select"(%2, %0, %1) : (tensor<2x2xi1>, tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %4 = "stablehlo.select"(%2, %1, %0) : (tensor<2x2xi1>, tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %5 = "stablehlo.subtract"(%4, %3) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %6 = "stablehlo.compare"(%5, %5) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xi1>
    %7 = "stablehlo.constant"() {value = dense<0.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %8 = "stablehlo.broadcast_in_dim"(%7) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<2x2xf32>
    %9 = "stablehlo.select"(%6, %8, %5) : (tensor<2x2xi1>, tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %10 = "stablehlo.exponential"(%9) : (tensor<2x2xf32>) -> tensor<2x2xf32>
    %11 = "stablehlo.log_plus_one"(%10) : (tensor<2x2xf32>) -> tensor<2x2xf32>
    %12 = "stablehlo.add"(%3, %11) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %13 = "stablehlo.add"(%0, %1) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %14 = "stablehlo.select"(%6, %13, %12) : (tensor<2x2xi1>, tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %15 = "stablehlo.slice"(%14) {limit_indices = array<i64: 2, 1>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 2>} : (tensor<2x2xf32>) -> tensor<2x1xf32>
    %16 = "stablehlo.slice"(%14) {limit_indices = array<i64: 2, 2>, start_indices = array<i64: 0, 1>, strides = array<i64: 1, 2>} : (tensor<2x2xf32>) -> tensor<2x1xf32>
    %17 = "stablehlo.compare"(%15, %16) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction GE>} : (tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x1xi1>
    %18 = "stablehlo.select"(%17, %15, %16) : (tensor<2x1xi1>, tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x1xf32>
    %19 = "stablehlo.select"(%17, %16, %15) : (tensor<2x1xi1>, tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x1xf32>
    %20 = "stablehlo.subtract"(%19, %18) : (tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x1xf32>
    %21 = "stablehlo.compare"(%20, %20) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x1xi1>
    %22 = "stablehlo.broadcast_in_dim"(%7) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<2x1xf32>
    %23 = "stablehlo.select"(%21, %22, %20) : (tensor<2x1xi1>, tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x1xf32>
    %24 = "stablehlo.exponential"(%23) : (tensor<2x1xf32>) -> tensor<2x1xf32>
    %25 = "stablehlo.log_plus_one"(%24) : (tensor<2x1xf32>) -> tensor<2x1xf32>
    %26 = "stablehlo.add"(%18, %25) : (tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x1xf32>
    %27 = "stablehlo.add"(%15, %16) : (tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x1xf32>
    %28 = "stablehlo.select"(%21, %27, %26) : (tensor<2x1xi1>, tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x1xf32>
    %29 = "stablehlo.slice"(%14) {limit_indices = array<i64: 2, 1>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<2x2xf32>) -> tensor<2x1xf32>
    %30 = "stablehlo.pad"(%29, %7) {edge_padding_high = array<i64: 0, 1>, edge_padding_low = array<i64: 0, 0>, interior_padding = array<i64: 0, 1>} : (tensor<2x1xf32>, tensor<f32>) -> tensor<2x2xf32>
    %31 = "stablehlo.pad"(%28, %7) {edge_padding_high = array<i64: 0, 0>, edge_padding_low = array<i64: 0, 1>, interior_padding = array<i64: 0, 1>} : (tensor<2x1xf32>, tensor<f32>) -> tensor<2x2xf32>
    %32 = "stablehlo.add"(%30, %31) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %33 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 2, 1>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<2x5xf32>) -> tensor<2x1xf32>
    %34 = "stablehlo.pad"(%33, %7) {edge_padding_high = array<i64: 0, 4>, edge_padding_low = array<i64: 0, 0>, interior_padding = array<i64: 0, 1>} : (tensor<2x1xf32>, tensor<f32>) -> tensor<2x5xf32>
    %35 = "stablehlo.slice"(%32) {limit_indices = array<i64: 2, 2>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<2x2xf32>) -> tensor<2x2xf32>
    %36 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 2, 5>, start_indices = array<i64: 0, 2>, strides = array<i64: 1, 2>} : (tensor<2x5xf32>) -> tensor<2x2xf32>
    %37 = "stablehlo.compare"(%35, %36) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction GE>} : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xi1>
    %38 = "stablehlo.select"(%37, %35, %36) : (tensor<2x2xi1>, tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %39 = "stablehlo.select"(%37, %36, %35) : (tensor<2x2xi1>, tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %40 = "stablehlo.subtract"(%39, %38) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %41 = "stablehlo.compare"(%40, %40) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xi1>
    %42 = "stablehlo.select"(%41, %8, %40) : (tensor<2x2xi1>, tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %43 = "stablehlo.exponential"(%42) : (tensor<2x2xf32>) -> tensor<2x2xf32>
    %44 = "stablehlo.log_plus_one"(%43) : (tensor<2x2xf32>) -> tensor<2x2xf32>
    %45 = "stablehlo.add"(%38, %44) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %46 = "stablehlo.add"(%35, %36) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %47 = "stablehlo.select"(%41, %46, %45) : (tensor<2x2xi1>, tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %48 = "stablehlo.pad"(%47, %7) {edge_padding_high = array<i64: 0, 0>, edge_padding_low = array<i64: 0, 2>, interior_padding = array<i64: 0, 1>} : (tensor<2x2xf32>, tensor<f32>) -> tensor<2x5xf32>
    %49 = "stablehlo.pad"(%32, %7) {edge_padding_high = array<i64: 0, 1>, edge_padding_low = array<i64: 0, 1>, interior_padding = array<i64: 0, 1>} : (tensor<2x2xf32>, tensor<f32>) -> tensor<2x5xf32>
    %50 = "stablehlo.add"(%34, %48) : (tensor<2x5xf32>, tensor<2x5xf32>) -> tensor<2x5xf32>
    %51 = "stablehlo.add"(%50, %49) : (tensor<2x5xf32>, tensor<2x5xf32>) -> tensor<2x5xf32>
    %52 = "stablehlo.slice"(%arg2) {limit_indices = array<i64: 36>, start_indices = array<i64: 0>, strides = array<i64: 2>} : (tensor<37xf32>) -> tensor<18xf32>
    %53 = "stablehlo.slice"(%arg2) {limit_indices = array<i64: 37>, start_indices = array<i64: 1>, strides = array<i64: 2>} : (tensor<37xf32>) -> tensor<18xf32>
    %54 = "stablehlo.compare"(%52, %53) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction GE>} : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xi1>
    %55 = "stablehlo.select"(%54, %52, %53) : (tensor<18xi1>, tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %56 = "stablehlo.select"(%54, %53, %52) : (tensor<18xi1>, tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %57 = "stablehlo.subtract"(%56, %55) : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %58 = "stablehlo.compare"(%57, %57) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xi1>
    %59 = "stablehlo.broadcast_in_dim"(%7) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<18xf32>
    %60 = "stablehlo.select"(%58, %59, %57) : (tensor<18xi1>, tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %61 = "stablehlo.exponential"(%60) : (tensor<18xf32>) -> tensor<18xf32>
    %62 = "stablehlo.log_plus_one"(%61) : (tensor<18xf32>) -> tensor<18xf32>
    %63 = "stablehlo.add"(%55, %62) : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %64 = "stablehlo.add"(%52, %53) : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %65 = "stablehlo.select"(%58, %64, %63) : (tensor<18xi1>, tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %66 = "stablehlo.slice"(%65) {limit_indices = array<i64: 17>, start_indices = array<i64: 0>, strides = array<i64: 2>} : (tensor<18xf32>) -> tensor<9xf32>
    %67 = "stablehlo.slice"(%65) {limit_indices = array<i64: 18>, start_indices = array<i64: 1>, strides = array<i64: 2>} : (tensor<18xf32>) -> tensor<9xf32>
    %68 = "stablehlo.compare"(%66, %67) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction GE>} : (tensor<9xf32>, tensor<9xf32>) -> tensor<9xi1>
    %69 = "stablehlo.select"(%68, %66, %67) : (tensor<9xi1>, tensor<9xf32>, tensor<9xf32>) -> tensor<9xf32>
    %70 = "stablehlo.select"(%68, %67, %66) : (tensor<9xi1>, tensor<9xf32>, tensor<9xf32>) -> tensor<9xf32>
    %71 = "stablehlo.subtract"(%70, %69) : (tensor<9xf32>, tensor<9xf32>) -> tensor<9xf32>
    %72 = "stablehlo.compare"(%71, %71) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<9xf32>, tensor<9xf32>) -> tensor<9xi1>
    %73 = "stablehlo.broadcast_in_dim"(%7) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<9xf32>
    %74 = "stablehlo.select"(%72, %73, %71) : (tensor<9xi1>, tensor<9xf32>, tensor<9xf32>) -> tensor<9xf32>
    %75 = "stablehlo.exponential"(%74) : (tensor<9xf32>) -> tensor<9xf32>
    %76 = "stablehlo.log_plus_one"(%75) : (tensor<9xf32>) -> tensor<9xf32>
    %77 = "stablehlo.add"(%69, %76) : (tensor<9xf32>, tensor<9xf32>) -> tensor<9xf32>
    %78 = "stablehlo.add"(%66, %67) : (tensor<9xf32>, tensor<9xf32>) -> tensor<9xf32>
    %79 = "stablehlo.select"(%72, %78, %77) : (tensor<9xi1>, tensor<9xf32>, tensor<9xf32>) -> tensor<9xf32>
    %80 = "stablehlo.slice"(%79) {limit_indices = array<i64: 8>, start_indices = array<i64: 0>, strides = array<i64: 2>} : (tensor<9xf32>) -> tensor<4xf32>
    %81 = "stablehlo.slice"(%79) {limit_indices = array<i64: 9>, start_indices = array<i64: 1>, strides = array<i64: 2>} : (tensor<9xf32>) -> tensor<4xf32>
    %82 = "stablehlo.compare"(%80, %81) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction GE>} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
    %83 = "stablehlo.select"(%82, %80, %81) : (tensor<4xi1>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %84 = "stablehlo.select"(%82, %81, %80) : (tensor<4xi1>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %85 = "stablehlo.subtract"(%84, %83) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %86 = "stablehlo.compare"(%85, %85) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
    %87 = "stablehlo.broadcast_in_dim"(%7) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<4xf32>
    %88 = "stablehlo.select"(%86, %87, %85) : (tensor<4xi1>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %89 = "stablehlo.exponential"(%88) : (tensor<4xf32>) -> tensor<4xf32>
    %90 = "stablehlo.log_plus_one"(%89) : (tensor<4xf32>) -> tensor<4xf32>
    %91 = "stablehlo.add"(%83, %90) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %92 = "stablehlo.add"(%80, %81) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %93 = "stablehlo.select"(%86, %92, %91) : (tensor<4xi1>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %94 = "stablehlo.slice"(%93) {limit_indices = array<i64: 3>, start_indices = array<i64: 0>, strides = array<i64: 2>} : (tensor<4xf32>) -> tensor<2xf32>
    %95 = "stablehlo.slice"(%93) {limit_indices = array<i64: 4>, start_indices = array<i64: 1>, strides = array<i64: 2>} : (tensor<4xf32>) -> tensor<2xf32>
    %96 = "stablehlo.compare"(%94, %95) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction GE>} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
    %97 = "stablehlo.select"(%96, %94, %95) : (tensor<2xi1>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %98 = "stablehlo.select"(%96, %95, %94) : (tensor<2xi1>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %99 = "stablehlo.subtract"(%98, %97) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %100 = "stablehlo.compare"(%99, %99) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
    %101 = "stablehlo.broadcast_in_dim"(%7) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<2xf32>
    %102 = "stablehlo.select"(%100, %101, %99) : (tensor<2xi1>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %103 = "stablehlo.exponential"(%102) : (tensor<2xf32>) -> tensor<2xf32>
    %104 = "stablehlo.log_plus_one"(%103) : (tensor<2xf32>) -> tensor<2xf32>
    %105 = "stablehlo.add"(%97, %104) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %106 = "stablehlo.add"(%94, %95) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %107 = "stablehlo.select"(%100, %106, %105) : (tensor<2xi1>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %108 = "stablehlo.slice"(%107) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 2>} : (tensor<2xf32>) -> tensor<1xf32>
    %109 = "stablehlo.slice"(%107) {limit_indices = array<i64: 2>, start_indices = array<i64: 1>, strides = array<i64: 2>} : (tensor<2xf32>) -> tensor<1xf32>
    %110 = "stablehlo.compare"(%108, %109) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction GE>} : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xi1>
    %111 = "stablehlo.select"(%110, %108, %109) : (tensor<1xi1>, tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %112 = "stablehlo.select"(%110, %109, %108) : (tensor<1xi1>, tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %113 = "stablehlo.subtract"(%112, %111) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %114 = "stablehlo.compare"(%113, %113) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xi1>
    %115 = "stablehlo.broadcast_in_dim"(%7) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<1xf32>
    %116 = "stablehlo.select"(%114, %115, %113) : (tensor<1xi1>, tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %117 = "stablehlo.exponential"(%116) : (tensor<1xf32>) -> tensor<1xf32>
    %118 = "stablehlo.log_plus_one"(%117) : (tensor<1xf32>) -> tensor<1xf32>
    %119 = "stablehlo.add"(%111, %118) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %120 = "stablehlo.add"(%108, %109) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %121 = "stablehlo.select"(%114, %120, %119) : (tensor<1xi1>, tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %122 = "stablehlo.slice"(%107) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<2xf32>) -> tensor<1xf32>
    %123 = "stablehlo.pad"(%122, %7) {edge_padding_high = array<i64: 1>, edge_padding_low = array<i64: 0>, interior_padding = array<i64: 1>} : (tensor<1xf32>, tensor<f32>) -> tensor<2xf32>
    %124 = "stablehlo.pad"(%121, %7) {edge_padding_high = array<i64: 0>, edge_padding_low = array<i64: 1>, interior_padding = array<i64: 1>} : (tensor<1xf32>, tensor<f32>) -> tensor<2xf32>
    %125 = "stablehlo.add"(%123, %124) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %126 = "stablehlo.slice"(%93) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<4xf32>) -> tensor<1xf32>
    %127 = "stablehlo.pad"(%126, %7) {edge_padding_high = array<i64: 3>, edge_padding_low = array<i64: 0>, interior_padding = array<i64: 1>} : (tensor<1xf32>, tensor<f32>) -> tensor<4xf32>
    %128 = "stablehlo.slice"(%125) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<2xf32>) -> tensor<1xf32>
    %129 = "stablehlo.slice"(%93) {limit_indices = array<i64: 4>, start_indices = array<i64: 2>, strides = array<i64: 2>} : (tensor<4xf32>) -> tensor<1xf32>
    %130 = "stablehlo.compare"(%128, %129) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction GE>} : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xi1>
    %131 = "stablehlo.select"(%130, %128, %129) : (tensor<1xi1>, tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %132 = "stablehlo.select"(%130, %129, %128) : (tensor<1xi1>, tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %133 = "stablehlo.subtract"(%132, %131) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %134 = "stablehlo.compare"(%133, %133) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xi1>
    %135 = "stablehlo.select"(%134, %115, %133) : (tensor<1xi1>, tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %136 = "stablehlo.exponential"(%135) : (tensor<1xf32>) -> tensor<1xf32>
    %137 = "stablehlo.log_plus_one"(%136) : (tensor<1xf32>) -> tensor<1xf32>
    %138 = "stablehlo.add"(%131, %137) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %139 = "stablehlo.add"(%128, %129) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %140 = "stablehlo.select"(%134, %139, %138) : (tensor<1xi1>, tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %141 = "stablehlo.pad"(%140, %7) {edge_padding_high = array<i64: 1>, edge_padding_low = array<i64: 2>, interior_padding = array<i64: 1>} : (tensor<1xf32>, tensor<f32>) -> tensor<4xf32>
    %142 = "stablehlo.pad"(%125, %7) {edge_padding_high = array<i64: 0>, edge_padding_low = array<i64: 1>, interior_padding = array<i64: 1>} : (tensor<2xf32>, tensor<f32>) -> tensor<4xf32>
    %143 = "stablehlo.add"(%127, %141) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %144 = "stablehlo.add"(%143, %142) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %145 = "stablehlo.slice"(%79) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<9xf32>) -> tensor<1xf32>
    %146 = "stablehlo.pad"(%145, %7) {edge_padding_high = array<i64: 8>, edge_padding_low = array<i64: 0>, interior_padding = array<i64: 1>} : (tensor<1xf32>, tensor<f32>) -> tensor<9xf32>
    %147 = "stablehlo.slice"(%144) {limit_indices = array<i64: 4>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<4xf32>) -> tensor<4xf32>
    %148 = "stablehlo.slice"(%79) {limit_indices = array<i64: 9>, start_indices = array<i64: 2>, strides = array<i64: 2>} : (tensor<9xf32>) -> tensor<4xf32>
    %149 = "stablehlo.compare"(%147, %148) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction GE>} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
    %150 = "stablehlo.select"(%149, %147, %148) : (tensor<4xi1>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %151 = "stablehlo.select"(%149, %148, %147) : (tensor<4xi1>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %152 = "stablehlo.subtract"(%151, %150) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %153 = "stablehlo.compare"(%152, %152) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
    %154 = "stablehlo.select"(%153, %87, %152) : (tensor<4xi1>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %155 = "stablehlo.exponential"(%154) : (tensor<4xf32>) -> tensor<4xf32>
    %156 = "stablehlo.log_plus_one"(%155) : (tensor<4xf32>) -> tensor<4xf32>
    %157 = "stablehlo.add"(%150, %156) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %158 = "stablehlo.add"(%147, %148) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %159 = "stablehlo.select"(%153, %158, %157) : (tensor<4xi1>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %160 = "stablehlo.pad"(%159, %7) {edge_padding_high = array<i64: 0>, edge_padding_low = array<i64: 2>, interior_padding = array<i64: 1>} : (tensor<4xf32>, tensor<f32>) -> tensor<9xf32>
    %161 = "stablehlo.pad"(%144, %7) {edge_padding_high = array<i64: 1>, edge_padding_low = array<i64: 1>, interior_padding = array<i64: 1>} : (tensor<4xf32>, tensor<f32>) -> tensor<9xf32>
    %162 = "stablehlo.add"(%146, %160) : (tensor<9xf32>, tensor<9xf32>) -> tensor<9xf32>
    %163 = "stablehlo.add"(%162, %161) : (tensor<9xf32>, tensor<9xf32>) -> tensor<9xf32>
    %164 = "stablehlo.slice"(%65) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<18xf32>) -> tensor<1xf32>
    %165 = "stablehlo.pad"(%164, %7) {edge_padding_high = array<i64: 17>, edge_padding_low = array<i64: 0>, interior_padding = array<i64: 1>} : (tensor<1xf32>, tensor<f32>) -> tensor<18xf32>
    %166 = "stablehlo.slice"(%163) {limit_indices = array<i64: 8>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<9xf32>) -> tensor<8xf32>
    %167 = "stablehlo.slice"(%65) {limit_indices = array<i64: 18>, start_indices = array<i64: 2>, strides = array<i64: 2>} : (tensor<18xf32>) -> tensor<8xf32>
    %168 = "stablehlo.compare"(%166, %167) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction GE>} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xi1>
    %169 = "stablehlo.select"(%168, %166, %167) : (tensor<8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %170 = "stablehlo.select"(%168, %167, %166) : (tensor<8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %171 = "stablehlo.subtract"(%170, %169) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %172 = "stablehlo.compare"(%171, %171) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xi1>
    %173 = "stablehlo.broadcast_in_dim"(%7) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<8xf32>
    %174 = "stablehlo.select"(%172, %173, %171) : (tensor<8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %175 = "stablehlo.exponential"(%174) : (tensor<8xf32>) -> tensor<8xf32>
    %176 = "stablehlo.log_plus_one"(%175) : (tensor<8xf32>) -> tensor<8xf32>
    %177 = "stablehlo.add"(%169, %176) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %178 = "stablehlo.add"(%166, %167) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %179 = "stablehlo.select"(%172, %178, %177) : (tensor<8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %180 = "stablehlo.pad"(%179, %7) {edge_padding_high = array<i64: 1>, edge_padding_low = array<i64: 2>, interior_padding = array<i64: 1>} : (tensor<8xf32>, tensor<f32>) -> tensor<18xf32>
    %181 = "stablehlo.pad"(%163, %7) {edge_padding_high = array<i64: 0>, edge_padding_low = array<i64: 1>, interior_padding = array<i64: 1>} : (tensor<9xf32>, tensor<f32>) -> tensor<18xf32>
    %182 = "stablehlo.add"(%165, %180) : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %183 = "stablehlo.add"(%182, %181) : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %184 = "stablehlo.slice"(%arg2) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<37xf32>) -> tensor<1xf32>
    %185 = "stablehlo.pad"(%184, %7) {edge_padding_high = array<i64: 36>, edge_padding_low = array<i64: 0>, interior_padding = array<i64: 1>} : (tensor<1xf32>, tensor<f32>) -> tensor<37xf32>
    %186 = "stablehlo.slice"(%183) {limit_indices = array<i64: 18>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<18xf32>) -> tensor<18xf32>
    %187 = "stablehlo.slice"(%arg2) {limit_indices = array<i64: 37>, start_indices = array<i64: 2>, strides = array<i64: 2>} : (tensor<37xf32>) -> tensor<18xf32>
    %188 = "stablehlo.compare"(%186, %187) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction GE>} : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xi1>
    %189 = "stablehlo.select"(%188, %186, %187) : (tensor<18xi1>, tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %190 = "stablehlo.select"(%188, %187, %186) : (tensor<18xi1>, tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %191 = "stablehlo.subtract"(%190, %189) : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %192 = "stablehlo.compare"(%191, %191) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xi1>
    %193 = "stablehlo.select"(%192, %59, %191) : (tensor<18xi1>, tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %194 = "stablehlo.exponential"(%193) : (tensor<18xf32>) -> tensor<18xf32>
    %195 = "stablehlo.log_plus_one"(%194) : (tensor<18xf32>) -> tensor<18xf32>
    %196 = "stablehlo.add"(%189, %195) : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %197 = "stablehlo.add"(%186, %187) : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %198 = "stablehlo.select"(%192, %197, %196) : (tensor<18xi1>, tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %199 = "stablehlo.pad"(%198, %7) {edge_padding_high = array<i64: 0>, edge_padding_low = array<i64: 2>, interior_padding = array<i64: 1>} : (tensor<18xf32>, tensor<f32>) -> tensor<37xf32>
    %200 = "stablehlo.pad"(%183, %7) {edge_padding_high = array<i64: 1>, edge_padding_low = array<i64: 1>, interior_padding = array<i64: 1>} : (tensor<18xf32>, tensor<f32>) -> tensor<37xf32>
    %201 = "stablehlo.add"(%185, %199) : (tensor<37xf32>, tensor<37xf32>) -> tensor<37xf32>
    %202 = "stablehlo.add"(%201, %200) : (tensor<37xf32>, tensor<37xf32>) -> tensor<37xf32>
    %203 = "stablehlo.slice"(%arg3) {limit_indices = array<i64: 3>, start_indices = array<i64: 0>, strides = array<i64: 2>} : (tensor<4xf32>) -> tensor<2xf32>
    %204 = "stablehlo.slice"(%arg3) {limit_indices = array<i64: 4>, start_indices = array<i64: 1>, strides = array<i64: 2>} : (tensor<4xf32>) -> tensor<2xf32>
    %205 = "stablehlo.compare"(%203, %204) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction GE>} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
    %206 = "stablehlo.select"(%205, %203, %204) : (tensor<2xi1>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %207 = "stablehlo.select"(%205, %204, %203) : (tensor<2xi1>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %208 = "stablehlo.subtract"(%207, %206) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %209 = "stablehlo.compare"(%208, %208) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
    %210 = "stablehlo.select"(%209, %101, %208) : (tensor<2xi1>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %211 = "stablehlo.exponential"(%210) : (tensor<2xf32>) -> tensor<2xf32>
    %212 = "stablehlo.log_plus_one"(%211) : (tensor<2xf32>) -> tensor<2xf32>
    %213 = "stablehlo.add"(%206, %212) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %214 = "stablehlo.add"(%203, %204) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %215 = "stablehlo.select"(%209, %214, %213) : (tensor<2xi1>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %216 = "stablehlo.slice"(%215) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 2>} : (tensor<2xf32>) -> tensor<1xf32>
    %217 = "stablehlo.slice"(%215) {limit_indices = array<i64: 2>, start_indices = array<i64: 1>, strides = array<i64: 2>} : (tensor<2xf32>) -> tensor<1xf32>
    %218 = "stablehlo.compare"(%216, %217) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction GE>} : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xi1>
    %219 = "stablehlo.select"(%218, %216, %217) : (tensor<1xi1>, tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %220 = "stablehlo.select"(%218, %217, %216) : (tensor<1xi1>, tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %221 = "stablehlo.subtract"(%220, %219) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %222 = "stablehlo.compare"(%221, %221) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xi1>
    %223 = "stablehlo.select"(%222, %115, %221) : (tensor<1xi1>, tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %224 = "stablehlo.exponential"(%223) : (tensor<1xf32>) -> tensor<1xf32>
    %225 = "stablehlo.log_plus_one"(%224) : (tensor<1xf32>) -> tensor<1xf32>
    %226 = "stablehlo.add"(%219, %225) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %227 = "stablehlo.add"(%216, %217) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %228 = "stablehlo.select"(%222, %227, %226) : (tensor<1xi1>, tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %229 = "stablehlo.slice"(%215) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<2xf32>) -> tensor<1xf32>
    %230 = "stablehlo.pad"(%229, %7) {edge_padding_high = array<i64: 1>, edge_padding_low = array<i64: 0>, interior_padding = array<i64: 1>} : (tensor<1xf32>, tensor<f32>) -> tensor<2xf32>
    %231 = "stablehlo.pad"(%228, %7) {edge_padding_high = array<i64: 0>, edge_padding_low = array<i64: 1>, interior_padding = array<i64: 1>} : (tensor<1xf32>, tensor<f32>) -> tensor<2xf32>
    %232 = "stablehlo.add"(%230, %231) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %233 = "stablehlo.slice"(%arg3) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<4xf32>) -> tensor<1xf32>
    %234 = "stablehlo.pad"(%233, %7) {edge_padding_high = array<i64: 3>, edge_padding_low = array<i64: 0>, interior_padding = array<i64: 1>} : (tensor<1xf32>, tensor<f32>) -> tensor<4xf32>
    %235 = "stablehlo.slice"(%232) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<2xf32>) -> tensor<1xf32>
    %236 = "stablehlo.slice"(%arg3) {limit_indices = array<i64: 4>, start_indices = array<i64: 2>, strides = array<i64: 2>} : (tensor<4xf32>) -> tensor<1xf32>
    %237 = "stablehlo.compare"(%235, %236) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction GE>} : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xi1>
    %238 = "stablehlo.select"(%237, %235, %236) : (tensor<1xi1>, tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %239 = "stablehlo.select"(%237, %236, %235) : (tensor<1xi1>, tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %240 = "stablehlo.subtract"(%239, %238) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %241 = "stablehlo.compare"(%240, %240) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xi1>
    %242 = "stablehlo.select"(%241, %115, %240) : (tensor<1xi1>, tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %243 = "stablehlo.exponential"(%242) : (tensor<1xf32>) -> tensor<1xf32>
    %244 = "stablehlo.log_plus_one"(%243) : (tensor<1xf32>) -> tensor<1xf32>
    %245 = "stablehlo.add"(%238, %244) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %246 = "stablehlo.add"(%235, %236) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %247 = "stablehlo.select"(%241, %246, %245) : (tensor<1xi1>, tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %248 = "stablehlo.pad"(%247, %7) {edge_padding_high = array<i64: 1>, edge_padding_low = array<i64: 2>, interior_padding = array<i64: 1>} : (tensor<1xf32>, tensor<f32>) -> tensor<4xf32>
    %249 = "stablehlo.pad"(%232, %7) {edge_padding_high = array<i64: 0>, edge_padding_low = array<i64: 1>, interior_padding = array<i64: 1>} : (tensor<2xf32>, tensor<f32>) -> tensor<4xf32>
    %250 = "stablehlo.add"(%234, %248) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %251 = "stablehlo.add"(%250, %249) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    "func.return"(%51, %arg1, %202, %251) : (tensor<2x5xf32>, tensor<1xf32>, tensor<37xf32>, tensor<4xf32>) -> ()
  }) {function_type = (tensor<2x5xf32>, tensor<1xf32>, tensor<37xf32>, tensor<4xf32>) -> (tensor<2x5xf32>, tensor<1xf32>, tensor<37xf32>, tensor<4xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
