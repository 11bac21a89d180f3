/* The compiler's own header if it has one behind this directory, else what the C API headers need of it. */
#if defined(__has_include_next)
#if __has_include_next(<stddef.h>)
#include_next <stddef.h>
#define BERING_FOUND_STDDEF
#endif
#endif
#ifndef BERING_FOUND_STDDEF
typedef __SIZE_TYPE__ size_t;
typedef __PTRDIFF_TYPE__ ptrdiff_t;
#ifndef __cplusplus
typedef __WCHAR_TYPE__ wchar_t;
#endif
#undef NULL
#ifdef __cplusplus
#define NULL __null
#else
#define NULL ((void *)0)
#endif
#undef offsetof
#define offsetof(type, member) __builtin_offsetof(type, member)
#endif
