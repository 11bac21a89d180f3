// Names `riegeli::Reader`, which XLA's compiler interface mentions as a parameter type; nothing here is called.

#ifndef BERING_STUBS_RIEGELI_BYTES_READER_H_
#define BERING_STUBS_RIEGELI_BYTES_READER_H_

namespace riegeli {

class Reader;

}  // namespace riegeli

#endif  // BERING_STUBS_RIEGELI_BYTES_READER_H_
