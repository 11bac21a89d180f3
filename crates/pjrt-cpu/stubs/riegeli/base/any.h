// Names `riegeli::Any`, which XLA's compiler interface mentions as a parameter type; nothing here is called.

#ifndef BERING_STUBS_RIEGELI_BASE_ANY_H_
#define BERING_STUBS_RIEGELI_BASE_ANY_H_

namespace riegeli {

template <typename Handle>
class Any {};

}  // namespace riegeli

#endif  // BERING_STUBS_RIEGELI_BASE_ANY_H_
