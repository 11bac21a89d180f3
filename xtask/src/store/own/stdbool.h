/* The compiler's own header if it has one behind this directory, else the three words of it. */
#if defined(__has_include_next)
#if __has_include_next(<stdbool.h>)
#include_next <stdbool.h>
#define BERING_FOUND_STDBOOL
#endif
#endif
#if !defined(BERING_FOUND_STDBOOL) && !defined(__cplusplus)
#define bool _Bool
#define true 1
#define false 0
#define __bool_true_false_are_defined 1
#endif
