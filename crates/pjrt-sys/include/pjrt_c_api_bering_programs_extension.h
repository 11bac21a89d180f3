/* An extension of Bering's own CPU plugin: what can be done with a program without compiling it.
 *
 * PJRT takes StableHLO in, but has no way to read, rewrite or write it, and the dialect's library lies inside the plugin.
 * Found like any extension, in the chain that `PJRT_Api::extension_start` begins, by a type number that is none of
 * `PJRT_Extension_Type`: readers of the chain skip numbers that they do not know. */

#ifndef BERING_PJRT_C_API_BERING_PROGRAMS_EXTENSION_H_
#define BERING_PJRT_C_API_BERING_PROGRAMS_EXTENSION_H_

#include <stdbool.h>
#include <stddef.h>

#include "xla/pjrt/c/pjrt_c_api.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PJRT_API_BERING_PROGRAMS_EXTENSION_VERSION 1

/* `BRNG` in ASCII. */
#define PJRT_EXTENSION_TYPE_BERING_PROGRAMS 0x42524e47

typedef struct PJRT_Bering_ConvertedProgram PJRT_Bering_ConvertedProgram;

struct PJRT_Bering_Program_Convert_Args {
  size_t struct_size;
  PJRT_Extension_Base* extension_start;
  /* Of format `mlir`. */
  const PJRT_Program* program;
  /* Follow the static types of `main`'s arguments through a program with dynamic shapes first. Its shape assertions are
   * checked and removed; a shape that is dynamic in the end is an error. */
  bool refine;
  /* `text` (MLIR's pretty form) or `portable` (a StableHLO portable artifact). */
  const char* form;
  size_t form_size;
  /* The StableHLO version that readers of a portable artifact have at least, such as `1.8.0`; empty for the plugin's
   * choice, about twelve weeks old. */
  const char* version;
  size_t version_size;
  PJRT_Bering_ConvertedProgram* converted; /* out; owns `bytes` */
  void (*converted_deleter)(PJRT_Bering_ConvertedProgram* converted); /* out */
  const char* bytes;                                                  /* out */
  size_t bytes_size;                                                  /* out */
};
PJRT_DEFINE_STRUCT_TRAITS(PJRT_Bering_Program_Convert_Args, bytes_size);

/* Parses a program, and writes it in another form. It is read in a fork of the process: bytecode that is damaged may end the
 * process that reads it, and here that is an error. What was read so and written as text is safe to read anywhere. */
typedef PJRT_Error* PJRT_Bering_Program_Convert(PJRT_Bering_Program_Convert_Args* args);

struct PJRT_Bering_CustomCall_Find_Args {
  size_t struct_size;
  PJRT_Extension_Base* extension_start;
  const char* target;
  size_t target_size;
  bool found; /* out */
};
PJRT_DEFINE_STRUCT_TRAITS(PJRT_Bering_CustomCall_Find_Args, found);

/* Whether a custom-call target has a handler, XLA's own or a registered one. */
typedef PJRT_Error* PJRT_Bering_CustomCall_Find(PJRT_Bering_CustomCall_Find_Args* args);

typedef struct PJRT_Bering_Programs_Extension {
  PJRT_Extension_Base base;
  PJRT_Bering_Program_Convert* program_convert;
  PJRT_Bering_CustomCall_Find* custom_call_find;
} PJRT_Bering_Programs_Extension;
PJRT_DEFINE_STRUCT_TRAITS(PJRT_Bering_Programs_Extension, custom_call_find);

#ifdef __cplusplus
}
#endif

#endif /* BERING_PJRT_C_API_BERING_PROGRAMS_EXTENSION_H_ */
