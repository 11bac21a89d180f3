module @cumlogsumexp {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x5xf32>, %arg1: tensor<1xf32>, %arg2: tensor<37xf32>, %arg3: tensor<4xf32>):
    %0 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 2, 4>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 2>} : (tensor<2x5xf32>) -> tensor<2x2xf32>
    %1 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 2, 5>, start_indices = array<i64: 0, 1>, strides = array<i64: 1, 2>} : (tensor<2x5xf32>) -> tensor<2x2xf32>
    %2 = "stablehlo.subtract"(%0, %1) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %3 = "stablehlo.maximum"(%0, %1) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %4 = "stablehlo.abs"(%2) : (tensor<2x2xf32>) -> tensor<2x2xf32>
    %5 = "stablehlo.negate"(%4) : (tensor<2x2xf32>) -> tensor<2x2xf32>
    %6 = "stablehlo.exponential"(%5) : (tensor<2x2xf32>) -> tensor<2x2xf32>
    %7 = "stablehlo.log_plus_one"(%6) : (tensor<2x2xf32>) -> tensor<2x2xf32>
    %8 = "stablehlo.add"(%3, %7) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %9 = "stablehlo.compare"(%2, %2) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xi1>
    %10 = "stablehlo.add"(%0, %1) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %11 = "stablehlo.select"(%9, %10, %8) : (tensor<2x2xi1>, tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %12 = "stablehlo.slice"(%11) {limit_indices = array<i64: 2, 1>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 2>} : (tensor<2x2xf32>) -> tensor<2x1xf32>
    %13 = "stablehlo.slice"(%11) {limit_indices = array<i64: 2, 2>, start_indices = array<i64: 0, 1>, strides = array<i64: 1, 2>} : (tensor<2x2xf32>) -> tensor<2x1xf32>
    %14 = "stablehlo.subtract"(%12, %13) : (tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x1xf32>
    %15 = "stablehlo.maximum"(%12, %13) : (tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x1xf32>
    %16 = "stablehlo.abs"(%14) : (tensor<2x1xf32>) -> tensor<2x1xf32>
    %17 = "stablehlo.negate"(%16) : (tensor<2x1xf32>) -> tensor<2x1xf32>
    %18 = "stablehlo.exponential"(%17) : (tensor<2x1xf32>) -> tensor<2x1xf32>
    %19 = "stablehlo.log_plus_one"(%18) : (tensor<2x1xf32>) -> tensor<2x1xf32>
    %20 = "stablehlo.add"(%15, %19) : (tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x1xf32>
    %21 = "stablehlo.compare"(%14, %14) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x1xi1>
    %22 = "stablehlo.add"(%12, %13) : (tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x1xf32>
    %23 = "stablehlo.select"(%21, %22, %20) : (tensor<2x1xi1>, tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x1xf32>
    %24 = "stablehlo.slice"(%11) {limit_indices = array<i64: 2, 1>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<2x2xf32>) -> tensor<2x1xf32>
    %25 = "stablehlo.constant"() {value = dense<0.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %26 = "stablehlo.pad"(%24, %25) {edge_padding_high = array<i64: 0, 1>, edge_padding_low = array<i64: 0, 0>, interior_padding = array<i64: 0, 1>} : (tensor<2x1xf32>, tensor<f32>) -> tensor<2x2xf32>
    %27 = "stablehlo.pad"(%23, %25) {edge_padding_high = array<i64: 0, 0>, edge_padding_low = array<i64: 0, 1>, interior_padding = array<i64: 0, 1>} : (tensor<2x1xf32>, tensor<f32>) -> tensor<2x2xf32>
    %28 = "stablehlo.add"(%26, %27) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %29 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 2, 1>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<2x5xf32>) -> tensor<2x1xf32>
    %30 = "stablehlo.pad"(%29, %25) {edge_padding_high = array<i64: 0, 4>, edge_padding_low = array<i64: 0, 0>, interior_padding = array<i64: 0, 1>} : (tensor<2x1xf32>, tensor<f32>) -> tensor<2x5xf32>
    %31 = "stablehlo.slice"(%28) {limit_indices = array<i64: 2, 2>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<2x2xf32>) -> tensor<2x2xf32>
    %32 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 2, 5>, start_indices = array<i64: 0, 2>, strides = array<i64: 1, 2>} : (tensor<2x5xf32>) -> tensor<2x2xf32>
    %33 = "stablehlo.subtract"(%31, %32) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %34 = "stablehlo.maximum"(%31, %32) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %35 = "stablehlo.abs"(%33) : (tensor<2x2xf32>) -> tensor<2x2xf32>
    %36 = "stablehlo.negate"(%35) : (tensor<2x2xf32>) -> tensor<2x2xf32>
    %37 = "stablehlo.exponential"(%36) : (tensor<2x2xf32>) -> tensor<2x2xf32>
    %38 = "stablehlo.log_plus_one"(%37) : (tensor<2x2xf32>) -> tensor<2x2xf32>
    %39 = "stablehlo.add"(%34, %38) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %40 = "stablehlo.compare"(%33, %33) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xi1>
    %41 = "stablehlo.add"(%31, %32) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %42 = "stablehlo.select"(%40, %41, %39) : (tensor<2x2xi1>, tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %43 = "stablehlo.pad"(%42, %25) {edge_padding_high = array<i64: 0, 0>, edge_padding_low = array<i64: 0, 2>, interior_padding = array<i64: 0, 1>} : (tensor<2x2xf32>, tensor<f32>) -> tensor<2x5xf32>
    %44 = "stablehlo.pad"(%28, %25) {edge_padding_high = array<i64: 0, 1>, edge_padding_low = array<i64: 0, 1>, interior_padding = array<i64: 0, 1>} : (tensor<2x2xf32>, tensor<f32>) -> tensor<2x5xf32>
    %45 = "stablehlo.add"(%30, %43) : (tensor<2x5xf32>, tensor<2x5xf32>) -> tensor<2x5xf32>
    %46 = "stablehlo.add"(%45, %44) : (tensor<2x5xf32>, tensor<2x5xf32>) -> tensor<2x5xf32>
    %47 = "stablehlo.slice"(%arg2) {limit_indices = array<i64: 36>, start_indices = array<i64: 0>, strides = array<i64: 2>} : (tensor<37xf32>) -> tensor<18xf32>
    %48 = "stablehlo.slice"(%arg2) {limit_indices = array<i64: 37>, start_indices = array<i64: 1>, strides = array<i64: 2>} : (tensor<37xf32>) -> tensor<18xf32>
    %49 = "stablehlo.subtract"(%47, %48) : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %50 = "stablehlo.maximum"(%47, %48) : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %51 = "stablehlo.abs"(%49) : (tensor<18xf32>) -> tensor<18xf32>
    %52 = "stablehlo.negate"(%51) : (tensor<18xf32>) -> tensor<18xf32>
    %53 = "stablehlo.exponential"(%52) : (tensor<18xf32>) -> tensor<18xf32>
    %54 = "stablehlo.log_plus_one"(%53) : (tensor<18xf32>) -> tensor<18xf32>
    %55 = "stablehlo.add"(%50, %54) : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %56 = "stablehlo.compare"(%49, %49) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xi1>
    %57 = "stablehlo.add"(%47, %48) : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %58 = "stablehlo.select"(%56, %57, %55) : (tensor<18xi1>, tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %59 = "stablehlo.slice"(%58) {limit_indices = array<i64: 17>, start_indices = array<i64: 0>, strides = array<i64: 2>} : (tensor<18xf32>) -> tensor<9xf32>
    %60 = "stablehlo.slice"(%58) {limit_indices = array<i64: 18>, start_indices = array<i64: 1>, strides = array<i64: 2>} : (tensor<18xf32>) -> tensor<9xf32>
    %61 = "stablehlo.subtract"(%59, %60) : (tensor<9xf32>, tensor<9xf32>) -> tensor<9xf32>
    %62 = "stablehlo.maximum"(%59, %60) : (tensor<9xf32>, tensor<9xf32>) -> tensor<9xf32>
    %63 = "stablehlo.abs"(%61) : (tensor<9xf32>) -> tensor<9xf32>
    %64 = "stablehlo.negate"(%63) : (tensor<9xf32>) -> tensor<9xf32>
    %65 = "stablehlo.exponential"(%64) : (tensor<9xf32>) -> tensor<9xf32>
    %66 = "stablehlo.log_plus_one"(%65) : (tensor<9xf32>) -> tensor<9xf32>
    %67 = "stablehlo.add"(%62, %66) : (tensor<9xf32>, tensor<9xf32>) -> tensor<9xf32>
    %68 = "stablehlo.compare"(%61, %61) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<9xf32>, tensor<9xf32>) -> tensor<9xi1>
    %69 = "stablehlo.add"(%59, %60) : (tensor<9xf32>, tensor<9xf32>) -> tensor<9xf32>
    %70 = "stablehlo.select"(%68, %69, %67) : (tensor<9xi1>, tensor<9xf32>, tensor<9xf32>) -> tensor<9xf32>
    %71 = "stablehlo.slice"(%70) {limit_indices = array<i64: 8>, start_indices = array<i64: 0>, strides = array<i64: 2>} : (tensor<9xf32>) -> tensor<4xf32>
    %72 = "stablehlo.slice"(%70) {limit_indices = array<i64: 9>, start_indices = array<i64: 1>, strides = array<i64: 2>} : (tensor<9xf32>) -> tensor<4xf32>
    %73 = "stablehlo.subtract"(%71, %72) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %74 = "stablehlo.maximum"(%71, %72) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %75 = "stablehlo.abs"(%73) : (tensor<4xf32>) -> tensor<4xf32>
    %76 = "stablehlo.negate"(%75) : (tensor<4xf32>) -> tensor<4xf32>
    %77 = "stablehlo.exponential"(%76) : (tensor<4xf32>) -> tensor<4xf32>
    %78 = "stablehlo.log_plus_one"(%77) : (tensor<4xf32>) -> tensor<4xf32>
    %79 = "stablehlo.add"(%74, %78) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %80 = "stablehlo.compare"(%73, %73) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
    %81 = "stablehlo.add"(%71, %72) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %82 = "stablehlo.select"(%80, %81, %79) : (tensor<4xi1>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %83 = "stablehlo.slice"(%82) {limit_indices = array<i64: 3>, start_indices = array<i64: 0>, strides = array<i64: 2>} : (tensor<4xf32>) -> tensor<2xf32>
    %84 = "stablehlo.slice"(%82) {limit_indices = array<i64: 4>, start_indices = array<i64: 1>, strides = array<i64: 2>} : (tensor<4xf32>) -> tensor<2xf32>
    %85 = "stablehlo.subtract"(%83, %84) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %86 = "stablehlo.maximum"(%83, %84) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %87 = "stablehlo.abs"(%85) : (tensor<2xf32>) -> tensor<2xf32>
    %88 = "stablehlo.negate"(%87) : (tensor<2xf32>) -> tensor<2xf32>
    %89 = "stablehlo.exponential"(%88) : (tensor<2xf32>) -> tensor<2xf32>
    %90 = "stablehlo.log_plus_one"(%89) : (tensor<2xf32>) -> tensor<2xf32>
    %91 = "stablehlo.add"(%86, %90) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %92 = "stablehlo.compare"(%85, %85) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
    %93 = "stablehlo.add"(%83, %84) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %94 = "stablehlo.select"(%92, %93, %91) : (tensor<2xi1>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %95 = "stablehlo.slice"(%94) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 2>} : (tensor<2xf32>) -> tensor<1xf32>
    %96 = "stablehlo.slice"(%94) {limit_indices = array<i64: 2>, start_indices = array<i64: 1>, strides = array<i64: 2>} : (tensor<2xf32>) -> tensor<1xf32>
    %97 = "stablehlo.subtract"(%95, %96) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %98 = "stablehlo.maximum"(%95, %96) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %99 = "stablehlo.abs"(%97) : (tensor<1xf32>) -> tensor<1xf32>
    %100 = "stablehlo.negate"(%99) : (tensor<1xf32>) -> tensor<1xf32>
    %101 = "stablehlo.exponential"(%100) : (tensor<1xf32>) -> tensor<1xf32>
    %102 = "stablehlo.log_plus_one"(%101) : (tensor<1xf32>) -> tensor<1xf32>
    %103 = "stablehlo.add"(%98, %102) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %104 = "stablehlo.compare"(%97, %97) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xi1>
    %105 = "stablehlo.add"(%95, %96) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %106 = "stablehlo.select"(%104, %105, %103) : (tensor<1xi1>, tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %107 = "stablehlo.slice"(%94) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<2xf32>) -> tensor<1xf32>
    %108 = "stablehlo.pad"(%107, %25) {edge_padding_high = array<i64: 1>, edge_padding_low = array<i64: 0>, interior_padding = array<i64: 1>} : (tensor<1xf32>, tensor<f32>) -> tensor<2xf32>
    %109 = "stablehlo.pad"(%106, %25) {edge_padding_high = array<i64: 0>, edge_padding_low = array<i64: 1>, interior_padding = array<i64: 1>} : (tensor<1xf32>, tensor<f32>) -> tensor<2xf32>
    %110 = "stablehlo.add"(%108, %109) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %111 = "stablehlo.slice"(%82) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<4xf32>) -> tensor<1xf32>
    %112 = "stablehlo.pad"(%111, %25) {edge_padding_high = array<i64: 3>, edge_padding_low = array<i64: 0>, interior_padding = array<i64: 1>} : (tensor<1xf32>, tensor<f32>) -> tensor<4xf32>
    %113 = "stablehlo.slice"(%110) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<2xf32>) -> tensor<1xf32>
    %114 = "stablehlo.slice"(%82) {limit_indices = array<i64: 4>, start_indices = array<i64: 2>, strides = array<i64: 2>} : (tensor<4xf32>) -> tensor<1xf32>
    %115 = "stablehlo.subtract"(%113, %114) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %116 = "stablehlo.maximum"(%113, %114) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %117 = "stablehlo.abs"(%115) : (tensor<1xf32>) -> tensor<1xf32>
    %118 = "stablehlo.negate"(%117) : (tensor<1xf32>) -> tensor<1xf32>
    %119 = "stablehlo.exponential"(%118) : (tensor<1xf32>) -> tensor<1xf32>
    %120 = "stablehlo.log_plus_one"(%119) : (tensor<1xf32>) -> tensor<1xf32>
    %121 = "stablehlo.add"(%116, %120) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %122 = "stablehlo.compare"(%115, %115) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xi1>
    %123 = "stablehlo.add"(%113, %114) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %124 = "stablehlo.select"(%122, %123, %121) : (tensor<1xi1>, tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %125 = "stablehlo.pad"(%124, %25) {edge_padding_high = array<i64: 1>, edge_padding_low = array<i64: 2>, interior_padding = array<i64: 1>} : (tensor<1xf32>, tensor<f32>) -> tensor<4xf32>
    %126 = "stablehlo.pad"(%110, %25) {edge_padding_high = array<i64: 0>, edge_padding_low = array<i64: 1>, interior_padding = array<i64: 1>} : (tensor<2xf32>, tensor<f32>) -> tensor<4xf32>
    %127 = "stablehlo.add"(%112, %125) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %128 = "stablehlo.add"(%127, %126) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %129 = "stablehlo.slice"(%70) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<9xf32>) -> tensor<1xf32>
    %130 = "stablehlo.pad"(%129, %25) {edge_padding_high = array<i64: 8>, edge_padding_low = array<i64: 0>, interior_padding = array<i64: 1>} : (tensor<1xf32>, tensor<f32>) -> tensor<9xf32>
    %131 = "stablehlo.slice"(%128) {limit_indices = array<i64: 4>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<4xf32>) -> tensor<4xf32>
    %132 = "stablehlo.slice"(%70) {limit_indices = array<i64: 9>, start_indices = array<i64: 2>, strides = array<i64: 2>} : (tensor<9xf32>) -> tensor<4xf32>
    %133 = "stablehlo.subtract"(%131, %132) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %134 = "stablehlo.maximum"(%131, %132) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %135 = "stablehlo.abs"(%133) : (tensor<4xf32>) -> tensor<4xf32>
    %136 = "stablehlo.negate"(%135) : (tensor<4xf32>) -> tensor<4xf32>
    %137 = "stablehlo.exponential"(%136) : (tensor<4xf32>) -> tensor<4xf32>
    %138 = "stablehlo.log_plus_one"(%137) : (tensor<4xf32>) -> tensor<4xf32>
    %139 = "stablehlo.add"(%134, %138) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %140 = "stablehlo.compare"(%133, %133) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
    %141 = "stablehlo.add"(%131, %132) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %142 = "stablehlo.select"(%140, %141, %139) : (tensor<4xi1>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %143 = "stablehlo.pad"(%142, %25) {edge_padding_high = array<i64: 0>, edge_padding_low = array<i64: 2>, interior_padding = array<i64: 1>} : (tensor<4xf32>, tensor<f32>) -> tensor<9xf32>
    %144 = "stablehlo.pad"(%128, %25) {edge_padding_high = array<i64: 1>, edge_padding_low = array<i64: 1>, interior_padding = array<i64: 1>} : (tensor<4xf32>, tensor<f32>) -> tensor<9xf32>
    %145 = "stablehlo.add"(%130, %143) : (tensor<9xf32>, tensor<9xf32>) -> tensor<9xf32>
    %146 = "stablehlo.add"(%145, %144) : (tensor<9xf32>, tensor<9xf32>) -> tensor<9xf32>
    %147 = "stablehlo.slice"(%58) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<18xf32>) -> tensor<1xf32>
    %148 = "stablehlo.pad"(%147, %25) {edge_padding_high = array<i64: 17>, edge_padding_low = array<i64: 0>, interior_padding = array<i64: 1>} : (tensor<1xf32>, tensor<f32>) -> tensor<18xf32>
    %149 = "stablehlo.slice"(%146) {limit_indices = array<i64: 8>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<9xf32>) -> tensor<8xf32>
    %150 = "stablehlo.slice"(%58) {limit_indices = array<i64: 18>, start_indices = array<i64: 2>, strides = array<i64: 2>} : (tensor<18xf32>) -> tensor<8xf32>
    %151 = "stablehlo.subtract"(%149, %150) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %152 = "stablehlo.maximum"(%149, %150) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %153 = "stablehlo.abs"(%151) : (tensor<8xf32>) -> tensor<8xf32>
    %154 = "stablehlo.negate"(%153) : (tensor<8xf32>) -> tensor<8xf32>
    %155 = "stablehlo.exponential"(%154) : (tensor<8xf32>) -> tensor<8xf32>
    %156 = "stablehlo.log_plus_one"(%155) : (tensor<8xf32>) -> tensor<8xf32>
    %157 = "stablehlo.add"(%152, %156) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %158 = "stablehlo.compare"(%151, %151) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xi1>
    %159 = "stablehlo.add"(%149, %150) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %160 = "stablehlo.select"(%158, %159, %157) : (tensor<8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %161 = "stablehlo.pad"(%160, %25) {edge_padding_high = array<i64: 1>, edge_padding_low = array<i64: 2>, interior_padding = array<i64: 1>} : (tensor<8xf32>, tensor<f32>) -> tensor<18xf32>
    %162 = "stablehlo.pad"(%146, %25) {edge_padding_high = array<i64: 0>, edge_padding_low = array<i64: 1>, interior_padding = array<i64: 1>} : (tensor<9xf32>, tensor<f32>) -> tensor<18xf32>
    %163 = "stablehlo.add"(%148, %161) : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %164 = "stablehlo.add"(%163, %162) : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %165 = "stablehlo.slice"(%arg2) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<37xf32>) -> tensor<1xf32>
    %166 = "stablehlo.pad"(%165, %25) {edge_padding_high = array<i64: 36>, edge_padding_low = array<i64: 0>, interior_padding = array<i64: 1>} : (tensor<1xf32>, tensor<f32>) -> tensor<37xf32>
    %167 = "stablehlo.slice"(%164) {limit_indices = array<i64: 18>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<18xf32>) -> tensor<18xf32>
    %168 = "stablehlo.slice"(%arg2) {limit_indices = array<i64: 37>, start_indices = array<i64: 2>, strides = array<i64: 2>} : (tensor<37xf32>) -> tensor<18xf32>
    %169 = "stablehlo.subtract"(%167, %168) : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %170 = "stablehlo.maximum"(%167, %168) : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %171 = "stablehlo.abs"(%169) : (tensor<18xf32>) -> tensor<18xf32>
    %172 = "stablehlo.negate"(%171) : (tensor<18xf32>) -> tensor<18xf32>
    %173 = "stablehlo.exponential"(%172) : (tensor<18xf32>) -> tensor<18xf32>
    %174 = "stablehlo.log_plus_one"(%173) : (tensor<18xf32>) -> tensor<18xf32>
    %175 = "stablehlo.add"(%170, %174) : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %176 = "stablehlo.compare"(%169, %169) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xi1>
    %177 = "stablehlo.add"(%167, %168) : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %178 = "stablehlo.select"(%176, %177, %175) : (tensor<18xi1>, tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %179 = "stablehlo.pad"(%178, %25) {edge_padding_high = array<i64: 0>, edge_padding_low = array<i64: 2>, interior_padding = array<i64: 1>} : (tensor<18xf32>, tensor<f32>) -> tensor<37xf32>
    %180 = "stablehlo.pad"(%164, %25) {edge_padding_high = array<i64: 1>, edge_padding_low = array<i64: 1>, interior_padding = array<i64: 1>} : (tensor<18xf32>, tensor<f32>) -> tensor<37xf32>
    %181 = "stablehlo.add"(%166, %179) : (tensor<37xf32>, tensor<37xf32>) -> tensor<37xf32>
    %182 = "stablehlo.add"(%181, %180) : (tensor<37xf32>, tensor<37xf32>) -> tensor<37xf32>
    %183 = "stablehlo.slice"(%arg3) {limit_indices = array<i64: 3>, start_indices = array<i64: 0>, strides = array<i64: 2>} : (tensor<4xf32>) -> tensor<2xf32>
    %184 = "stablehlo.slice"(%arg3) {limit_indices = array<i64: 4>, start_indices = array<i64: 1>, strides = array<i64: 2>} : (tensor<4xf32>) -> tensor<2xf32>
    %185 = "stablehlo.subtract"(%183, %184) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %186 = "stablehlo.maximum"(%183, %184) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %187 = "stablehlo.abs"(%185) : (tensor<2xf32>) -> tensor<2xf32>
    %188 = "stablehlo.negate"(%187) : (tensor<2xf32>) -> tensor<2xf32>
    %189 = "stablehlo.exponential"(%188) : (tensor<2xf32>) -> tensor<2xf32>
    %190 = "stablehlo.log_plus_one"(%189) : (tensor<2xf32>) -> tensor<2xf32>
    %191 = "stablehlo.add"(%186, %190) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %192 = "stablehlo.compare"(%185, %185) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
    %193 = "stablehlo.add"(%183, %184) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %194 = "stablehlo.select"(%192, %193, %191) : (tensor<2xi1>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %195 = "stablehlo.slice"(%194) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 2>} : (tensor<2xf32>) -> tensor<1xf32>
    %196 = "stablehlo.slice"(%194) {limit_indices = array<i64: 2>, start_indices = array<i64: 1>, strides = array<i64: 2>} : (tensor<2xf32>) -> tensor<1xf32>
    %197 = "stablehlo.subtract"(%195, %196) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %198 = "stablehlo.maximum"(%195, %196) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %199 = "stablehlo.abs"(%197) : (tensor<1xf32>) -> tensor<1xf32>
    %200 = "stablehlo.negate"(%199) : (tensor<1xf32>) -> tensor<1xf32>
    %201 = "stablehlo.exponential"(%200) : (tensor<1xf32>) -> tensor<1xf32>
    %202 = "stablehlo.log_plus_one"(%201) : (tensor<1xf32>) -> tensor<1xf32>
    %203 = "stablehlo.add"(%198, %202) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %204 = "stablehlo.compare"(%197, %197) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xi1>
    %205 = "stablehlo.add"(%195, %196) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %206 = "stablehlo.select"(%204, %205, %203) : (tensor<1xi1>, tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %207 = "stablehlo.slice"(%194) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<2xf32>) -> tensor<1xf32>
    %208 = "stablehlo.pad"(%207, %25) {edge_padding_high = array<i64: 1>, edge_padding_low = array<i64: 0>, interior_padding = array<i64: 1>} : (tensor<1xf32>, tensor<f32>) -> tensor<2xf32>
    %209 = "stablehlo.pad"(%206, %25) {edge_padding_high = array<i64: 0>, edge_padding_low = array<i64: 1>, interior_padding = array<i64: 1>} : (tensor<1xf32>, tensor<f32>) -> tensor<2xf32>
    %210 = "stablehlo.add"(%208, %209) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %211 = "stablehlo.slice"(%arg3) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<4xf32>) -> tensor<1xf32>
    %212 = "stablehlo.pad"(%211, %25) {edge_padding_high = array<i64: 3>, edge_padding_low = array<i64: 0>, interior_padding = array<i64: 1>} : (tensor<1xf32>, tensor<f32>) -> tensor<4xf32>
    %213 = "stablehlo.slice"(%210) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<2xf32>) -> tensor<1xf32>
    %214 = "stablehlo.slice"(%arg3) {limit_indices = array<i64: 4>, start_indices = array<i64: 2>, strides = array<i64: 2>} : (tensor<4xf32>) -> tensor<1xf32>
    %215 = "stablehlo.subtract"(%213, %214) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %216 = "stablehlo.maximum"(%213, %214) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %217 = "stablehlo.abs"(%215) : (tensor<1xf32>) -> tensor<1xf32>
    %218 = "stablehlo.negate"(%217) : (tensor<1xf32>) -> tensor<1xf32>
    %219 = "stablehlo.exponential"(%218) : (tensor<1xf32>) -> tensor<1xf32>
    %220 = "stablehlo.log_plus_one"(%219) : (tensor<1xf32>) -> tensor<1xf32>
    %221 = "stablehlo.add"(%216, %220) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %222 = "stablehlo.compare"(%215, %215) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xi1>
    %223 = "stablehlo.add"(%213, %214) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %224 = "stablehlo.select"(%222, %223, %221) : (tensor<1xi1>, tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %225 = "stablehlo.pad"(%224, %25) {edge_padding_high = array<i64: 1>, edge_padding_low = array<i64: 2>, interior_padding = array<i64: 1>} : (tensor<1xf32>, tensor<f32>) -> tensor<4xf32>
    %226 = "stablehlo.pad"(%210, %25) {edge_padding_high = array<i64: 0>, edge_padding_low = array<i64: 1>, interior_padding = array<i64: 1>} : (tensor<2xf32>, tensor<f32>) -> tensor<4xf32>
    %227 = "stablehlo.add"(%212, %225) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %228 = "stablehlo.add"(%227, %226) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    "func.return"(%46, %arg1, %182, %228) : (tensor<2x5xf32>, tensor<1xf32>, tensor<37xf32>, tensor<4xf32>) -> ()
  }) {function_type = (tensor<2x5xf32>, tensor<1xf32>, tensor<37xf32>, tensor<4xf32>) -> (tensor<2x5xf32>, tensor<1xf32>, tensor<37xf32>, tensor<4xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
