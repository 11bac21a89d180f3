// Names what XLA's headers mention of YNNPACK; its functions are inside the libraries, and nothing here is called.

#ifndef BERING_STUBS_YNNPACK_INCLUDE_YNNPACK_H_
#define BERING_STUBS_YNNPACK_INCLUDE_YNNPACK_H_

enum ynn_status {
  ynn_status_success,
  ynn_status_deprecated,
  ynn_status_error,
  ynn_status_invalid_parameter,
  ynn_status_unsupported_parameter,
};
enum ynn_type : int;

struct ynn_subgraph;
struct ynn_runtime;
struct ynn_threadpool;
typedef ynn_subgraph* ynn_subgraph_t;
typedef ynn_runtime* ynn_runtime_t;
typedef ynn_threadpool* ynn_threadpool_t;

extern "C" {
void ynn_delete_subgraph(ynn_subgraph_t subgraph);
void ynn_delete_runtime(ynn_runtime_t runtime);
void ynn_delete_threadpool(ynn_threadpool_t threadpool);
}

#endif  // BERING_STUBS_YNNPACK_INCLUDE_YNNPACK_H_
