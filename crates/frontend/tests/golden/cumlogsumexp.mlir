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
    %25 = "stablehlo.concatenate"(%24, %23) {dimension = 1 : i64} : (tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x2xf32>
    %26 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 2, 1>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<2x5xf32>) -> tensor<2x1xf32>
    %27 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 2, 5>, start_indices = array<i64: 0, 2>, strides = array<i64: 1, 2>} : (tensor<2x5xf32>) -> tensor<2x2xf32>
    %28 = "stablehlo.slice"(%25) {limit_indices = array<i64: 2, 2>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<2x2xf32>) -> tensor<2x2xf32>
    %29 = "stablehlo.subtract"(%28, %27) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %30 = "stablehlo.maximum"(%28, %27) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %31 = "stablehlo.abs"(%29) : (tensor<2x2xf32>) -> tensor<2x2xf32>
    %32 = "stablehlo.negate"(%31) : (tensor<2x2xf32>) -> tensor<2x2xf32>
    %33 = "stablehlo.exponential"(%32) : (tensor<2x2xf32>) -> tensor<2x2xf32>
    %34 = "stablehlo.log_plus_one"(%33) : (tensor<2x2xf32>) -> tensor<2x2xf32>
    %35 = "stablehlo.add"(%30, %34) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %36 = "stablehlo.compare"(%29, %29) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xi1>
    %37 = "stablehlo.add"(%28, %27) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %38 = "stablehlo.select"(%36, %37, %35) : (tensor<2x2xi1>, tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %39 = "stablehlo.concatenate"(%26, %38) {dimension = 1 : i64} : (tensor<2x1xf32>, tensor<2x2xf32>) -> tensor<2x3xf32>
    %40 = "stablehlo.slice"(%39) {limit_indices = array<i64: 2, 2>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<2x3xf32>) -> tensor<2x2xf32>
    %41 = "stablehlo.reshape"(%40) : (tensor<2x2xf32>) -> tensor<2x2x1xf32>
    %42 = "stablehlo.reshape"(%25) : (tensor<2x2xf32>) -> tensor<2x2x1xf32>
    %43 = "stablehlo.concatenate"(%41, %42) {dimension = 2 : i64} : (tensor<2x2x1xf32>, tensor<2x2x1xf32>) -> tensor<2x2x2xf32>
    %44 = "stablehlo.reshape"(%43) : (tensor<2x2x2xf32>) -> tensor<2x4xf32>
    %45 = "stablehlo.slice"(%39) {limit_indices = array<i64: 2, 3>, start_indices = array<i64: 0, 2>, strides = array<i64: 1, 1>} : (tensor<2x3xf32>) -> tensor<2x1xf32>
    %46 = "stablehlo.concatenate"(%44, %45) {dimension = 1 : i64} : (tensor<2x4xf32>, tensor<2x1xf32>) -> tensor<2x5xf32>
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
    %108 = "stablehlo.concatenate"(%107, %106) {dimension = 0 : i64} : (tensor<1xf32>, tensor<1xf32>) -> tensor<2xf32>
    %109 = "stablehlo.slice"(%82) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<4xf32>) -> tensor<1xf32>
    %110 = "stablehlo.slice"(%82) {limit_indices = array<i64: 4>, start_indices = array<i64: 2>, strides = array<i64: 2>} : (tensor<4xf32>) -> tensor<1xf32>
    %111 = "stablehlo.slice"(%108) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<2xf32>) -> tensor<1xf32>
    %112 = "stablehlo.subtract"(%111, %110) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %113 = "stablehlo.maximum"(%111, %110) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %114 = "stablehlo.abs"(%112) : (tensor<1xf32>) -> tensor<1xf32>
    %115 = "stablehlo.negate"(%114) : (tensor<1xf32>) -> tensor<1xf32>
    %116 = "stablehlo.exponential"(%115) : (tensor<1xf32>) -> tensor<1xf32>
    %117 = "stablehlo.log_plus_one"(%116) : (tensor<1xf32>) -> tensor<1xf32>
    %118 = "stablehlo.add"(%113, %117) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %119 = "stablehlo.compare"(%112, %112) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xi1>
    %120 = "stablehlo.add"(%111, %110) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %121 = "stablehlo.select"(%119, %120, %118) : (tensor<1xi1>, tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %122 = "stablehlo.concatenate"(%109, %121) {dimension = 0 : i64} : (tensor<1xf32>, tensor<1xf32>) -> tensor<2xf32>
    %123 = "stablehlo.slice"(%122) {limit_indices = array<i64: 2>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<2xf32>) -> tensor<2xf32>
    %124 = "stablehlo.reshape"(%123) : (tensor<2xf32>) -> tensor<2x1xf32>
    %125 = "stablehlo.reshape"(%108) : (tensor<2xf32>) -> tensor<2x1xf32>
    %126 = "stablehlo.concatenate"(%124, %125) {dimension = 1 : i64} : (tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x2xf32>
    %127 = "stablehlo.reshape"(%126) : (tensor<2x2xf32>) -> tensor<4xf32>
    %128 = "stablehlo.slice"(%70) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<9xf32>) -> tensor<1xf32>
    %129 = "stablehlo.slice"(%70) {limit_indices = array<i64: 9>, start_indices = array<i64: 2>, strides = array<i64: 2>} : (tensor<9xf32>) -> tensor<4xf32>
    %130 = "stablehlo.slice"(%127) {limit_indices = array<i64: 4>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<4xf32>) -> tensor<4xf32>
    %131 = "stablehlo.subtract"(%130, %129) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %132 = "stablehlo.maximum"(%130, %129) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %133 = "stablehlo.abs"(%131) : (tensor<4xf32>) -> tensor<4xf32>
    %134 = "stablehlo.negate"(%133) : (tensor<4xf32>) -> tensor<4xf32>
    %135 = "stablehlo.exponential"(%134) : (tensor<4xf32>) -> tensor<4xf32>
    %136 = "stablehlo.log_plus_one"(%135) : (tensor<4xf32>) -> tensor<4xf32>
    %137 = "stablehlo.add"(%132, %136) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %138 = "stablehlo.compare"(%131, %131) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
    %139 = "stablehlo.add"(%130, %129) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %140 = "stablehlo.select"(%138, %139, %137) : (tensor<4xi1>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %141 = "stablehlo.concatenate"(%128, %140) {dimension = 0 : i64} : (tensor<1xf32>, tensor<4xf32>) -> tensor<5xf32>
    %142 = "stablehlo.slice"(%141) {limit_indices = array<i64: 4>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<5xf32>) -> tensor<4xf32>
    %143 = "stablehlo.reshape"(%142) : (tensor<4xf32>) -> tensor<4x1xf32>
    %144 = "stablehlo.reshape"(%127) : (tensor<4xf32>) -> tensor<4x1xf32>
    %145 = "stablehlo.concatenate"(%143, %144) {dimension = 1 : i64} : (tensor<4x1xf32>, tensor<4x1xf32>) -> tensor<4x2xf32>
    %146 = "stablehlo.reshape"(%145) : (tensor<4x2xf32>) -> tensor<8xf32>
    %147 = "stablehlo.slice"(%141) {limit_indices = array<i64: 5>, start_indices = array<i64: 4>, strides = array<i64: 1>} : (tensor<5xf32>) -> tensor<1xf32>
    %148 = "stablehlo.concatenate"(%146, %147) {dimension = 0 : i64} : (tensor<8xf32>, tensor<1xf32>) -> tensor<9xf32>
    %149 = "stablehlo.slice"(%58) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<18xf32>) -> tensor<1xf32>
    %150 = "stablehlo.slice"(%58) {limit_indices = array<i64: 18>, start_indices = array<i64: 2>, strides = array<i64: 2>} : (tensor<18xf32>) -> tensor<8xf32>
    %151 = "stablehlo.slice"(%148) {limit_indices = array<i64: 8>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<9xf32>) -> tensor<8xf32>
    %152 = "stablehlo.subtract"(%151, %150) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %153 = "stablehlo.maximum"(%151, %150) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %154 = "stablehlo.abs"(%152) : (tensor<8xf32>) -> tensor<8xf32>
    %155 = "stablehlo.negate"(%154) : (tensor<8xf32>) -> tensor<8xf32>
    %156 = "stablehlo.exponential"(%155) : (tensor<8xf32>) -> tensor<8xf32>
    %157 = "stablehlo.log_plus_one"(%156) : (tensor<8xf32>) -> tensor<8xf32>
    %158 = "stablehlo.add"(%153, %157) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %159 = "stablehlo.compare"(%152, %152) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xi1>
    %160 = "stablehlo.add"(%151, %150) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %161 = "stablehlo.select"(%159, %160, %158) : (tensor<8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %162 = "stablehlo.concatenate"(%149, %161) {dimension = 0 : i64} : (tensor<1xf32>, tensor<8xf32>) -> tensor<9xf32>
    %163 = "stablehlo.slice"(%162) {limit_indices = array<i64: 9>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<9xf32>) -> tensor<9xf32>
    %164 = "stablehlo.reshape"(%163) : (tensor<9xf32>) -> tensor<9x1xf32>
    %165 = "stablehlo.reshape"(%148) : (tensor<9xf32>) -> tensor<9x1xf32>
    %166 = "stablehlo.concatenate"(%164, %165) {dimension = 1 : i64} : (tensor<9x1xf32>, tensor<9x1xf32>) -> tensor<9x2xf32>
    %167 = "stablehlo.reshape"(%166) : (tensor<9x2xf32>) -> tensor<18xf32>
    %168 = "stablehlo.slice"(%arg2) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<37xf32>) -> tensor<1xf32>
    %169 = "stablehlo.slice"(%arg2) {limit_indices = array<i64: 37>, start_indices = array<i64: 2>, strides = array<i64: 2>} : (tensor<37xf32>) -> tensor<18xf32>
    %170 = "stablehlo.slice"(%167) {limit_indices = array<i64: 18>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<18xf32>) -> tensor<18xf32>
    %171 = "stablehlo.subtract"(%170, %169) : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %172 = "stablehlo.maximum"(%170, %169) : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %173 = "stablehlo.abs"(%171) : (tensor<18xf32>) -> tensor<18xf32>
    %174 = "stablehlo.negate"(%173) : (tensor<18xf32>) -> tensor<18xf32>
    %175 = "stablehlo.exponential"(%174) : (tensor<18xf32>) -> tensor<18xf32>
    %176 = "stablehlo.log_plus_one"(%175) : (tensor<18xf32>) -> tensor<18xf32>
    %177 = "stablehlo.add"(%172, %176) : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %178 = "stablehlo.compare"(%171, %171) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xi1>
    %179 = "stablehlo.add"(%170, %169) : (tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %180 = "stablehlo.select"(%178, %179, %177) : (tensor<18xi1>, tensor<18xf32>, tensor<18xf32>) -> tensor<18xf32>
    %181 = "stablehlo.concatenate"(%168, %180) {dimension = 0 : i64} : (tensor<1xf32>, tensor<18xf32>) -> tensor<19xf32>
    %182 = "stablehlo.slice"(%181) {limit_indices = array<i64: 18>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<19xf32>) -> tensor<18xf32>
    %183 = "stablehlo.reshape"(%182) : (tensor<18xf32>) -> tensor<18x1xf32>
    %184 = "stablehlo.reshape"(%167) : (tensor<18xf32>) -> tensor<18x1xf32>
    %185 = "stablehlo.concatenate"(%183, %184) {dimension = 1 : i64} : (tensor<18x1xf32>, tensor<18x1xf32>) -> tensor<18x2xf32>
    %186 = "stablehlo.reshape"(%185) : (tensor<18x2xf32>) -> tensor<36xf32>
    %187 = "stablehlo.slice"(%181) {limit_indices = array<i64: 19>, start_indices = array<i64: 18>, strides = array<i64: 1>} : (tensor<19xf32>) -> tensor<1xf32>
    %188 = "stablehlo.concatenate"(%186, %187) {dimension = 0 : i64} : (tensor<36xf32>, tensor<1xf32>) -> tensor<37xf32>
    %189 = "stablehlo.slice"(%arg3) {limit_indices = array<i64: 3>, start_indices = array<i64: 0>, strides = array<i64: 2>} : (tensor<4xf32>) -> tensor<2xf32>
    %190 = "stablehlo.slice"(%arg3) {limit_indices = array<i64: 4>, start_indices = array<i64: 1>, strides = array<i64: 2>} : (tensor<4xf32>) -> tensor<2xf32>
    %191 = "stablehlo.subtract"(%189, %190) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %192 = "stablehlo.maximum"(%189, %190) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %193 = "stablehlo.abs"(%191) : (tensor<2xf32>) -> tensor<2xf32>
    %194 = "stablehlo.negate"(%193) : (tensor<2xf32>) -> tensor<2xf32>
    %195 = "stablehlo.exponential"(%194) : (tensor<2xf32>) -> tensor<2xf32>
    %196 = "stablehlo.log_plus_one"(%195) : (tensor<2xf32>) -> tensor<2xf32>
    %197 = "stablehlo.add"(%192, %196) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %198 = "stablehlo.compare"(%191, %191) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
    %199 = "stablehlo.add"(%189, %190) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %200 = "stablehlo.select"(%198, %199, %197) : (tensor<2xi1>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %201 = "stablehlo.slice"(%200) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 2>} : (tensor<2xf32>) -> tensor<1xf32>
    %202 = "stablehlo.slice"(%200) {limit_indices = array<i64: 2>, start_indices = array<i64: 1>, strides = array<i64: 2>} : (tensor<2xf32>) -> tensor<1xf32>
    %203 = "stablehlo.subtract"(%201, %202) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %204 = "stablehlo.maximum"(%201, %202) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %205 = "stablehlo.abs"(%203) : (tensor<1xf32>) -> tensor<1xf32>
    %206 = "stablehlo.negate"(%205) : (tensor<1xf32>) -> tensor<1xf32>
    %207 = "stablehlo.exponential"(%206) : (tensor<1xf32>) -> tensor<1xf32>
    %208 = "stablehlo.log_plus_one"(%207) : (tensor<1xf32>) -> tensor<1xf32>
    %209 = "stablehlo.add"(%204, %208) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %210 = "stablehlo.compare"(%203, %203) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xi1>
    %211 = "stablehlo.add"(%201, %202) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %212 = "stablehlo.select"(%210, %211, %209) : (tensor<1xi1>, tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %213 = "stablehlo.slice"(%200) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<2xf32>) -> tensor<1xf32>
    %214 = "stablehlo.concatenate"(%213, %212) {dimension = 0 : i64} : (tensor<1xf32>, tensor<1xf32>) -> tensor<2xf32>
    %215 = "stablehlo.slice"(%arg3) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<4xf32>) -> tensor<1xf32>
    %216 = "stablehlo.slice"(%arg3) {limit_indices = array<i64: 4>, start_indices = array<i64: 2>, strides = array<i64: 2>} : (tensor<4xf32>) -> tensor<1xf32>
    %217 = "stablehlo.slice"(%214) {limit_indices = array<i64: 1>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<2xf32>) -> tensor<1xf32>
    %218 = "stablehlo.subtract"(%217, %216) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %219 = "stablehlo.maximum"(%217, %216) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %220 = "stablehlo.abs"(%218) : (tensor<1xf32>) -> tensor<1xf32>
    %221 = "stablehlo.negate"(%220) : (tensor<1xf32>) -> tensor<1xf32>
    %222 = "stablehlo.exponential"(%221) : (tensor<1xf32>) -> tensor<1xf32>
    %223 = "stablehlo.log_plus_one"(%222) : (tensor<1xf32>) -> tensor<1xf32>
    %224 = "stablehlo.add"(%219, %223) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %225 = "stablehlo.compare"(%218, %218) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xi1>
    %226 = "stablehlo.add"(%217, %216) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %227 = "stablehlo.select"(%225, %226, %224) : (tensor<1xi1>, tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %228 = "stablehlo.concatenate"(%215, %227) {dimension = 0 : i64} : (tensor<1xf32>, tensor<1xf32>) -> tensor<2xf32>
    %229 = "stablehlo.slice"(%228) {limit_indices = array<i64: 2>, start_indices = array<i64: 0>, strides = array<i64: 1>} : (tensor<2xf32>) -> tensor<2xf32>
    %230 = "stablehlo.reshape"(%229) : (tensor<2xf32>) -> tensor<2x1xf32>
    %231 = "stablehlo.reshape"(%214) : (tensor<2xf32>) -> tensor<2x1xf32>
    %232 = "stablehlo.concatenate"(%230, %231) {dimension = 1 : i64} : (tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x2xf32>
    %233 = "stablehlo.reshape"(%232) : (tensor<2x2xf32>) -> tensor<4xf32>
    "func.return"(%46, %arg1, %188, %233) : (tensor<2x5xf32>, tensor<1xf32>, tensor<37xf32>, tensor<4xf32>) -> ()
  }) {function_type = (tensor<2x5xf32>, tensor<1xf32>, tensor<37xf32>, tensor<4xf32>) -> (tensor<2x5xf32>, tensor<1xf32>, tensor<37xf32>, tensor<4xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
