#include "isolated.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <new>

namespace bering {
namespace {

// What reading may take: seconds of a processor, of which damaged bytecode can use up any number, and a second more for each so
// many bytes; and of a clock, far more than a busy machine makes of them.
constexpr size_t kProcessorSeconds = 10;
constexpr size_t kBytesASecond = 1 << 19;
constexpr size_t kClockFactor = 10;

// What the child writes before its bytes. Bytes without it, or fewer than it says, come from a child that died.
struct Reply {
  int32_t code;
  uint64_t size;
};

bool WriteAll(int file, const void* data, size_t size) {
  const char* at = static_cast<const char*>(data);
  while (size != 0) {
    const ssize_t written = write(file, at, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    at += written;
    size -= static_cast<size_t>(written);
  }
  return true;
}

std::string ReadAll(int file) {
  std::string bytes;
  char part[1 << 16];
  while (true) {
    const ssize_t count = read(file, part, sizeof(part));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return bytes;
    bytes.append(part, static_cast<size_t>(count));
  }
}

// So that what never ends does.
void LimitTime(size_t size) {
  const size_t seconds = kProcessorSeconds + size / kBytesASecond;
  // The hard limit is a second later: what ignores the signal of the soft one is killed.
  const struct rlimit processor = {seconds, seconds + 1};
  setrlimit(RLIMIT_CPU, &processor);
  alarm(static_cast<unsigned>(seconds * kClockFactor));
}

[[noreturn]] void Child(int pipe, size_t size, const std::function<absl::StatusOr<std::string>()>& work) {
  // The parent's handlers and its terminal are not for this.
  for (int number : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGALRM, SIGXCPU, SIGTERM, SIGPIPE}) signal(number, SIG_DFL);
  const int nowhere = open("/dev/null", O_WRONLY);
  dup2(nowhere, STDOUT_FILENO);
  dup2(nowhere, STDERR_FILENO);
  const struct rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  LimitTime(size);
  absl::StatusOr<std::string> result = absl::InternalError("an exception");
  try {
    result = work();
  } catch (...) {
  }
  const std::string bytes = result.ok() ? *std::move(result) : std::string(result.status().message());
  const Reply reply = {result.ok() ? 0 : result.status().raw_code(), bytes.size()};
  WriteAll(pipe, &reply, sizeof(reply)) && WriteAll(pipe, bytes.data(), bytes.size());
  // No destructors and no exit handlers: they are the parent's.
  _exit(0);
}

absl::Status Died(int status) {
  if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGALRM)) {
    return absl::InvalidArgumentError("the program is damaged, or too much to read: it took more time than its size is worth");
  }
  const int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  return absl::InvalidArgumentError(
      absl::StrCat("the program is damaged: reading it ended with ", number == 0 ? "no result" : strsignal(number)));
}

}  // namespace

std::shared_mutex& ParsingMutex() {
  static std::shared_mutex& mutex = *new std::shared_mutex;
  return mutex;
}

absl::StatusOr<std::string> RunIsolated(size_t size, const std::function<absl::StatusOr<std::string>()>& work) {
  int ends[2];
  // The lock covers the pipe, too: a child that another thread forks while this one's end is open would keep it open.
  ParsingMutex().lock();
  if (pipe2(ends, O_CLOEXEC) != 0) {
    ParsingMutex().unlock();
    return absl::ResourceExhaustedError("cannot make a pipe to read a program through");
  }
  const pid_t child = fork();
  if (child == 0) {
    // The lock is of a thread of the parent's, and nobody here may release it.
    new (&ParsingMutex()) std::shared_mutex;
    close(ends[0]);
    Child(ends[1], size, work);
  }
  close(ends[1]);
  ParsingMutex().unlock();
  if (child < 0) {
    close(ends[0]);
    return absl::ResourceExhaustedError("cannot start a process to read a program in");
  }
  std::string bytes = ReadAll(ends[0]);
  close(ends[0]);
  int status = 0;
  // Fails in a process that does not wait for its children; the bytes tell as much.
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  Reply reply;
  if (bytes.size() < sizeof(reply)) return Died(status);
  memcpy(&reply, bytes.data(), sizeof(reply));
  bytes.erase(0, sizeof(reply));
  if (bytes.size() != reply.size) return Died(status);
  if (reply.code != 0) return absl::Status(static_cast<absl::StatusCode>(reply.code), bytes);
  return bytes;
}

}  // namespace bering
